package stream

import (
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/provider"
)

// text is the sink that hands out no more than the text of events that are like the
// one before, and all others as events does.
type text reading

// FeedText is Feed for a caller that wants no more than the text, and waits for the
// next chunk from then on: it does what Waiting does, and returns what that returns.
// Most events of a reply are like the one before. Of these each is called with the
// text; all others are handed out as by Feed. each must return at once: what it
// takes counts as the provider's silence.
func (a *Attempt) FeedText(chunk []byte, each func(text []byte)) (more, timed bool) {
	t, ok := a.sink.(*text)
	if e, isEvents := a.sink.(*events); isEvents {
		t, ok = (*text)(e), true
		a.sink = t
	}
	rest := chunk
	if ok && !a.stopped && a.phase == event.PhaseStreaming && a.body.decoder.AtEvent() {
		rest = t.skim(chunk, each)
	}
	skimmed := len(rest) < len(chunk)
	a.body.size += len(chunk) - len(rest)
	if skimmed && len(rest) == 0 {
		return true, a.clocks.skimmed()
	}
	a.clocks.fed()
	if skimmed {
		a.clocks.progressed()
	}
	a.each = each
	more = a.feed(rest)
	a.each = nil
	if more {
		timed = a.Waiting()
	}
	return more, timed
}

// skim reads the events at the start of chunk, at which one begins, that are like the
// one before, and returns what is left.
func (t *text) skim(chunk []byte, each func(text []byte)) (rest []byte) {
	said := false
	for len(chunk) > 0 {
		n, text := t.reader.Again(chunk, &t.event.Event)
		if n == 0 || (*reading)(t).isTooLarge() {
			break
		}
		if len(text) > 0 {
			said = true // the first may be the other half of a character
			each(text)
		}
		chunk = chunk[n:]
	}
	if said {
		t.stream.reply.show(true)
	}
	return chunk
}

func (t *text) like(chunk []byte) (rest []byte) {
	if t.each == nil { // it came by Feed
		return (*events)(t).like(chunk)
	}
	rest = t.skim(chunk, t.each)
	if n := len(chunk) - len(rest); n > 0 {
		t.body.decoder.Skip(n)
		if !t.clocks.progress {
			(*reading)(t).progressed()
		}
	}
	return rest
}

func (t *text) take(sig *provider.Signal) { (*events)(t).take(sig) }
