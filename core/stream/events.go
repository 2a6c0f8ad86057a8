package stream

import "github.com/retrystream/retrystream/core/provider"

// events is the sink that hands out the events of a reply, and a reset before the
// first one of an attempt that starts over.
type events reading

func (e *events) like(chunk []byte) (rest []byte) {
	r := (*reading)(e)
	for len(chunk) > 0 {
		n, text := r.reader.Again(chunk, &r.event.Event)
		if n == 0 || r.isTooLarge() {
			break
		}
		chunk = chunk[n:]
		r.body.decoder.Skip(n)
		r.event.ID, r.event.Text = r.body.decoder.LastID(), text
		e.hand()
		if !r.clocks.progress {
			r.progressed() // which once for a chunk is enough
		}
	}
	return chunk
}

func (e *events) take(sig *provider.Signal) {
	if !sig.Void && !sig.Skip {
		e.event.Text, e.event.Facts = sig.Text, sig.Facts
		e.hand()
	}
}

// hand hands the event to whoever reads the stream.
func (e *events) hand() {
	s, ev := e.stream, &e.event
	if s.opts.OnEvent == nil {
		return
	}
	if s.reply.show(len(ev.Text) > 0) {
		s.opts.OnEvent(&Event{Reset: s.attempts})
	}
	s.opts.OnEvent(ev)
}
