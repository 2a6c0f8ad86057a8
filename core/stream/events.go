package stream

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
)

// events hands out the events of a reply, and a reset before the first one of an
// attempt that starts over.
type events struct{ *reading }

func (e events) like(chunk []byte) (rest []byte) {
	for len(chunk) > 0 {
		n, text := e.reader.Again(chunk, &e.event.Event)
		if n == 0 || e.isTooLarge() {
			break
		}
		chunk = chunk[n:]
		e.body.decoder.Skip(n)
		e.event.ID, e.event.Text = e.body.decoder.LastID(), text
		e.hand()
		if !e.clocks.progress {
			e.progressed() // which once for a chunk is enough
		}
	}
	return chunk
}

func (e events) take(sig *provider.Signal) {
	if !sig.Void && !sig.Skip {
		e.event.Text, e.event.Facts = sig.Text, sig.Facts
		e.hand()
	}
}

// hand hands the event to whoever reads the stream.
func (e events) hand() {
	s, ev := e.stream, &e.event
	if s.opts.OnEvent == nil {
		return
	}
	if s.reply.show(len(ev.Text) > 0) {
		s.opts.OnEvent(&Event{Reset: s.attempts})
	}
	s.opts.OnEvent(ev)
}

func (events) fed() {}

func (events) end(tail) {}

func (events) wantsAny() bool { return false }

func (events) wantsAll() bool { return false }

func (events) isOther(bool) bool { return false }

func (events) skip(int) {}

func (events) passHeld() {}

func (events) fail(failure.Failure) Ending { return EndError }
