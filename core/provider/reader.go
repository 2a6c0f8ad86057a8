package provider

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/internal/resume"
	"github.com/retrystream/retrystream/core/internal/template"
	"github.com/retrystream/retrystream/core/sse"
)

// Signal is what one event means.
type Signal struct {
	// Text is the reply text that the event adds, often empty. It is valid until
	// the next Read.
	Text []byte
	// Facts is what else the event states; nil unless WantFacts was called. It is
	// valid until the next Read.
	Facts *Facts
	// Progress reports whether the model got further; false for pings and openings.
	Progress bool
	// Content reports whether the reply has brought something to show by now: text,
	// reasoning, a tool call's name or arguments; or that it is complete. Events
	// before it only open the reply.
	Content bool
	// Done reports whether nothing of use follows: reading can stop.
	Done bool
	// Void reports whether the event is no part of the reply: it came after the end,
	// broken or an error, or says that the reply has failed but not yet why.
	Void bool
	// Failure is set when the event is an error: the attempt has failed.
	Failure *failure.Failure
	// Skip reports whether the event was handed out in an earlier attempt: nothing of
	// it is to be handed on. Only in a reader made by NewResumed.
	Skip bool
	// Restarted reports whether the answer is not the rest of the reply but a new one
	// from its beginning, of which this is the first event: all that came before is
	// void. Only in a reader made by NewResumed.
	Restarted bool

	// Unreported reports whether the event does not say of itself that it is the
	// Failure: it is damaged, is not what was asked for, or has a reason to finish that
	// means a failure.
	Unreported bool

	// damaged: the event is not what its server meant to send.
	damaged bool
}

// Reader looks at the events of one attempt, in order.
type Reader struct {
	provider Provider
	// confirmed: an event has shown which dialect it is.
	confirmed bool
	// announced: a header has shown it.
	announced bool
	// understood: an event was JSON as it should be.
	understood bool
	state
	// failed is the failure that an event named without saying why.
	failed *failure.Failure
	// track is nil unless the stream may have to be resumed.
	track *resume.Tracker
	// facts is nil unless somebody wants them.
	facts *Facts

	// signal is what the last event means. It is used again for each event, as are
	// fact and text, so that reading allocates nothing.
	signal Signal
	// fact is what the last event states.
	fact dialect.Fact
	// text is the signal's.
	text []byte
	// unquoter is that of text.
	unquoter jsonscan.Unquoter
	// unread is the first memory of fact.Unread, as much as most providers' events take.
	unread [12]jsonscan.Span
	// texts is that of fact.Texts.
	texts [1]jsonscan.Span
	// steps is that of fact.Tools.
	steps [1]dialect.ToolStep

	// template is the last event, if the next one may be compared with it.
	template template.Template
	// plain: all that the event read last meant was progress and perhaps text.
	plain bool
}

// NewReader returns a reader for one attempt's stream.
func (p Provider) NewReader() *Reader {
	r := &Reader{provider: p, template: template.New()}
	r.fact.Unread, r.fact.Texts, r.fact.Tools = r.unread[:0], r.texts[:0], r.steps[:0]
	return r
}

// Provider returns who the reader believes it reads: Find's answer, or what the
// events have shown since.
func (r *Reader) Provider() Provider { return r.provider }

// Complete reports whether the reply is whole: its provider's end signal was seen.
func (r *Reader) Complete() bool { return r.complete }

// MayEnd reports whether the reply is whole if its body now ends cleanly: Complete,
// or any event at all in a stream of an unknown kind, which has no other end.
func (r *Reader) MayEnd() bool {
	return r.complete || r.provider.dialect == nil && r.content
}

// Empty reports whether the reply is whole, in a known API, has nothing in it, and
// nothing says why: neither another reason to finish than the usual one nor a count of
// tokens that were written.
func (r *Reader) Empty() bool {
	return r.complete && r.provider.dialect != nil && r.account == account{}
}

// Failed returns the failure that an event named without saying why, as far as it
// can be judged without. It is false while there is none.
func (r *Reader) Failed() (f failure.Failure, ok bool) {
	if r.failed == nil {
		return f, false
	}
	return *r.failed, true
}

// Cut returns the verdict on a body that has ended although the reply is not complete.
// It is only presumed where the reply may have ended after all, at a server that
// nobody knows.
func (r *Reader) Cut() failure.Failure {
	f, d := failure.New(failure.Truncated, 0), r.provider.dialect
	f.Presumed = r.covered && !r.provider.hosted() || d != nil && d.ByHand && !r.announced && !r.provider.certain && r.content
	return r.provider.sign(f)
}

// Read looks at the next event.
func (r *Reader) Read(ev sse.Event) Signal {
	r.signal, r.plain, r.text = Signal{Content: r.content}, false, r.text[:0]
	if r.facts != nil {
		r.facts.reset()
	}
	if isHeartbeat(ev) {
		return r.signal
	}
	if !r.confirmed {
		r.recognise(ev)
	}
	whole := r.parse(ev)
	if r.track != nil {
		r.readTracked(ev, whole)
	} else {
		r.look(ev, whole)
	}
	return r.signal
}

// parse has the event's dialect read it.
func (r *Reader) parse(ev sse.Event) (whole bool) {
	if r.provider.dialect == nil {
		r.fact.Place = dialect.Place{}
		return true
	}
	// Once there was something to show, most values change nothing.
	r.fact.All = !r.content || !r.account.shown || r.facts != nil
	r.fact.WithPlace = r.track != nil
	return r.provider.dialect.Parse(ev, &r.fact)
}

// look judges an event that was parsed.
func (r *Reader) look(ev sse.Event, whole bool) {
	s, f := &r.signal, &r.fact
	d := r.provider.dialect
	if d == nil {
		r.readGeneric(ev)
		return
	}
	was := r.state
	r.understood = r.understood || whole
	r.follow(d)
	s.Progress, s.Done = f.Progress, f.Done
	if s.Failure = r.judgeEvent(ev); s.Failure == nil && !whole || s.Failure != nil && s.Failure.Kind == failure.Unknown && !Whole(ev) {
		s.Failure = r.malformed(ev)
	}
	switch {
	case s.Failure != nil && was.complete:
		// What comes after the end is no longer the reply's.
		r.state = was
		*s = Signal{Done: true, Void: true, Content: true}
		return
	case s.Failure != nil:
		// A damaged end is none.
		r.complete, s.Done = false, false
	case r.failed != nil:
		s.Void, s.Progress = true, false
	default:
		r.addText(ev.Data)
		if r.complete && !was.complete {
			r.text = r.unquoter.Flush(r.text) // half a character stays alone
		}
		if r.facts != nil {
			r.facts.add(f, ev.Data)
			s.Facts = r.facts
		}
	}
	s.Text = r.text
	r.content = r.content || r.complete
	s.Content = r.content
	if r.state != was {
		// From now on an event may mean something else than it did.
		r.template.Forget()
		return
	}
	// After an end, an event that is nearly the same may reopen the reply.
	r.plain = s.Progress && s.Content && !s.Done && !s.Void && s.Failure == nil && r.track == nil && !f.All && r.finished == 0
}

// addText adds the event's text to the signal's.
func (r *Reader) addText(data []byte) {
	for _, span := range r.fact.Texts {
		r.text = r.unquoter.Append(r.text, data[span.Start:span.End])
	}
}

// Again looks at the start of chunk, where an event begins. If an event stands
// there whole that differs from the last one only where that changes nothing but
// the reply's text, it sets ev and returns the event's length in the chunk and the
// text: the event means progress and nothing else. Otherwise it returns 0, and the
// event must be decoded and given to Read. An event that it sets has no id of its
// own.
func (r *Reader) Again(chunk []byte, ev *sse.Event) (length int, text []byte) {
	length, text, escaped := r.template.Again(chunk, ev)
	if length > 0 && (escaped || r.unquoter.Pending()) {
		r.text = r.unquoter.Append(r.text[:0], text)
		text = r.text
	}
	return length, text
}

// Learn takes the event that Read has just looked at, and raw, which is the event
// as it stood in the stream, blank line included.
func (r *Reader) Learn(raw []byte, ev sse.Event) {
	if !r.plain {
		r.template.Forget()
		return
	}
	r.template.Learn(raw, ev, r.fact.Unread, r.fact.Texts)
}
