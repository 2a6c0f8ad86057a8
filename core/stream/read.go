package stream

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// reading is how an attempt reads a body: what it is made of, what that means, and
// where it goes.
type reading struct {
	stream *Stream
	// reader is what the events mean.
	reader *provider.Reader
	// body is what they are made of.
	body body
	// sink is where they go.
	sink sink
	// client is who gets the body.
	client client
	// event is what is handed out: the same memory for each event.
	event Event
	// signal is what the reader made of it.
	signal provider.Signal
	// each is what FeedText was given.
	each func(text []byte)
	// phase is what was told of the attempt.
	phase event.Phase
	// clocks watch over it.
	clocks clocks
	findings
}

// findings are what is known so far of an attempt's end.
type findings struct {
	// stopped: nothing of use can follow.
	stopped bool
	// err is the verdict, once something in the response has settled it.
	err error
	// reported is where in the body an error of the provider's own ends that failed the
	// attempt; 0 for none.
	reported int
	// content: the reply has brought something to show.
	content bool
	// doubt is why the reply may be none to hand out, although its server ended it.
	doubt doubt
	// tail is what stands after the last event of a reply that is complete.
	tail tail
}

// feed reads the next chunk.
func (r *reading) feed(chunk []byte) (more bool) {
	if r.stopped {
		return false
	}
	b := &r.body
	b.size += len(chunk)
	switch b.format {
	case eventStream:
		known := b.isBegun()
		b.keepStart(chunk)
		if known || !r.client.isOther(false) {
			r.readEvents(chunk)
		}
	case undecided:
		r.open(chunk)
	case oneLine, document:
		b.keepDocument(chunk)
		r.stopped = len(b.start) >= maxDocument && !r.client.wantsAll()
		r.tryLines(chunk)
	case jsonLines:
		r.readLines(chunk)
	}
	r.client.fed()
	return !r.stopped
}

func (r *reading) open(chunk []byte) {
	b := &r.body
	all, start := b.open(chunk, !r.client.wantsAny())
	switch b.format {
	case oneLine:
		b.keepDocument(start)
		r.tryLines(start)
	case eventStream:
		r.client.skip(b.size - len(start))
		b.keepStart(start)
		if !r.client.isOther(false) {
			r.readEvents(all)
		}
	}
}

// tryLines turns a document into a stream of lines if its first line, which ends in
// this chunk or not yet, is one. No byte is looked at twice, nor the line.
func (r *reading) tryLines(chunk []byte) {
	b := &r.body
	if b.format != oneLine || bytes.IndexByte(chunk, '\n') < 0 {
		return
	}
	b.format = document
	line, _, ended := bytes.Cut(b.start, []byte("\n"))
	if !ended || !r.reader.OpensLines(line) {
		return
	}
	all := b.start
	b.format, b.start, r.stopped = jsonLines, nil, false
	r.readLines(all)
}

func (r *reading) readLines(chunk []byte) {
	if err := r.body.lines.Feed(chunk, r.handle); err != nil {
		r.tooLarge(err)
	}
}

func (r *reading) readEvents(chunk []byte) {
	b := &r.body
	b.push(chunk)
	for !r.stopped {
		between := b.decoder.Between()
		if between != nil {
			if len(between) > 0 {
				between = r.sink.like(between)
			}
			if len(between) == 0 {
				return
			}
		}
		ev, raw, ok, err := b.next()
		if err != nil {
			r.tooLarge(err)
		}
		if !ok {
			return
		}
		r.handle(ev)
		if len(between) > 0 {
			r.reader.Learn(raw, ev)
		}
	}
}

// isTooLarge reports whether the event that reader.Again has set is.
func (r *reading) isTooLarge() bool { return len(r.event.Data) > r.stream.opts.MaxEventBytes }

// handle reads one event and hands it on.
func (r *reading) handle(ev sse.Event) {
	if r.stopped {
		return
	}
	sig := &r.signal
	*sig = r.reader.Read(ev)
	r.event.Event = ev
	r.content = r.content || sig.Content
	if sig.Failure != nil {
		if !sig.Unreported && !r.body.ended {
			r.reported = r.body.at()
		}
		r.fail(*sig.Failure)
		return
	}
	if sig.Restarted {
		r.stream.reply.revoke()
	}
	r.sink.take(sig)
	if sig.Progress {
		r.progressed()
	}
	if sig.Done {
		r.stopped = true
	}
}

// progressed notes that the reply got further.
func (r *reading) progressed() {
	r.clocks.progressed()
	if r.phase != event.PhaseStreaming {
		r.stream.setProvider(r.reader.Provider())
		r.stream.served()
		r.show(event.PhaseStreaming)
	}
}

func (r *reading) show(phase event.Phase) {
	r.phase = phase
	r.stream.told.set(event.ChatStreamStatus{Phase: phase, Attempt: r.stream.attempts})
}

// ignore leaves the body to its reader.
func (r *reading) ignore() { r.body.format, r.stopped = unseen, true }

// fail ends the attempt with a failure that was seen in its response.
func (r *reading) fail(f failure.Failure) {
	r.stopped = true
	if r.err == nil {
		r.err = &failure.Error{Failure: f}
	}
}

// tooLarge ends the attempt at an event beyond Options.MaxEventBytes.
func (r *reading) tooLarge(cause error) {
	f := r.failure(failure.Unknown, 0)
	f.Message = "One event of the reply is larger than this program accepts. It was not read."
	if large, ok := errors.AsType[*sse.TooLargeError](cause); ok {
		f.Detail = "limit: " + strconv.Itoa(large.Limit) + " bytes"
	}
	r.stopped = true
	r.err = &failure.Error{Failure: f, Cause: cause}
}

// failure returns a failure of this attempt's provider.
func (r *reading) failure(kind failure.Kind, status int) failure.Failure {
	return r.reader.Provider().Failure(kind, status)
}
