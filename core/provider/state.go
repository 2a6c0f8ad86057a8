package provider

import (
	"slices"

	"github.com/retrystream/retrystream/core/internal/dialect"
)

// state is what the events so far have made of the reply. While it stays the same,
// events that are alike mean the same.
type state struct {
	// content: the reply has brought something to show.
	content bool
	// complete: the reply has ended by its provider's own signal.
	complete bool
	// covered: a [DONE] came although the field for a reason to finish was empty.
	covered bool
	// reason is what is known of the field for a reason to finish.
	reason reasonField
	// seen are the choices that there are, a bit each; only for dialects that number
	// them.
	seen uint64
	// finished are the choices that have ended.
	finished uint64
	// tools is what is known of its tool calls.
	tools tools
	// account is why there may be nothing in the reply.
	account account
}

// reasonField is whether the events have a field for a reason to finish. They have
// none, as far as was seen, where it is 0.
type reasonField uint8

const (
	// empty: nothing has filled it in.
	empty reasonField = iota + 1
	// filled: it was filled in, for all choices.
	filled
)

// account is what tells a reply with nothing in it from an answer that is missing.
type account struct {
	// shown: there was something to show before the end.
	shown bool
	// explained: the reason to finish says why there is nothing.
	explained bool
	// used: tokens were written.
	used bool
}

// follow makes of the state what the event that was parsed states.
func (r *Reader) follow(d *dialect.Dialect) {
	f := &r.fact
	r.content = r.content || f.Content
	if f.Keyed {
		r.reason = max(r.reason, empty)
	}
	if !r.account.shown {
		r.account.note(f)
	}
	if f.Seen != 0 {
		r.seen |= f.Seen
		// Content after its end reopens a choice.
		r.finished = r.finished&^f.Active | f.Finished
		if r.complete = r.finished != 0 && r.finished == r.seen; r.complete {
			r.reason = filled
		}
	}
	r.complete = f.Complete || r.complete && !f.Reopens
	for i := range f.Tools {
		r.tools.take(&f.Tools[i])
	}
	if f.Done && !r.complete && d.DoneEnds && r.content && (r.reason == filled || !r.provider.strict()) {
		// Servers exist that send no reason to finish. Who has a field for it and
		// leaves it empty may have lost its upstream.
		r.covered = r.reason == empty
		r.complete = !r.covered
	}
}

// note takes what an event says of a reply that has shown nothing.
func (a *account) note(f *dialect.Fact) {
	a.shown = f.Content || f.Refused
	for i := range f.Tools {
		a.shown = a.shown || f.Tools[i].Kind < dialect.ToolEnd
	}
	if f.Usage.Known {
		a.used = f.Usage.Output > 0 // the last count is right: an opening may say 1
	}
	if f.Finish != nil {
		a.explained = !slices.Contains(goodFinishes[:usualFinishes], string(f.Finish))
	}
}
