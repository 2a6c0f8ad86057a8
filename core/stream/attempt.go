package stream

import (
	"context"
	"io"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// Attempt is one request and what comes back. Its methods do not block, and
// belong to one goroutine at a time.
type Attempt struct {
	// Number counts the stream's attempts from 1.
	Number int

	stream *Stream
	leave  func()
	// resume is what to ask for, if the attempt goes on where the last one broke.
	resume  *Resume
	reader  *provider.Reader
	decoder sse.Decoder
	lines   sse.Lines
	emit    func(sse.Event)
	head    provider.Response
	// opening is the start of the body, for bodies that are no event stream.
	opening []byte
	// strays are lines of an event stream that are none of its own, for errors that
	// came into it unframed; with the event around them. part is what came of the
	// event that is not whole yet.
	strays, part []byte
	stray        bool // part has such a line
	lined        bool // a document's first line has ended
	format       format
	phase        event.Phase
	// event is what is handed out: the same memory for each event.
	event   Event
	stopped bool
	// got is how many bytes of the body were fed. content: the reply has brought
	// something to show.
	got     int
	content bool
	// doubt is why the reply may be none to hand out, although its server ended it.
	doubt doubt
	// err is the verdict, once something in the response has settled it.
	err error
	clocks
	relaying
}

// format is what a body turned out to be, by its first bytes.
type format int

const (
	undecided format = iota
	eventStream
	jsonLines // one JSON object a line
	document  // JSON or a web page
)

const (
	// maxDocument is how much is kept of a body that is no event stream; as much
	// as the package provider looks at, and a byte to tell that there was more.
	maxDocument = provider.MaxErrorBody + 1
	// maxOpening is how much is kept of an event stream's start.
	maxOpening = 512
	// maxStrays is how much is kept of what does not belong into an event stream,
	// at least.
	maxStrays = 4 << 10
)

// run makes one attempt with do, and returns why it failed. leave is called as soon as
// the server serves: see enter.
func (s *Stream) run(parent context.Context, leave func(), do func(context.Context, *Attempt) error) error {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	a := &Attempt{Number: s.attempts, stream: s, leave: leave}
	s.last = a
	a.prepare()
	a.relayTo(s.opts.Relay)
	a.decoder.MaxEventBytes = s.opts.MaxEventBytes
	a.lines.MaxEventBytes = s.opts.MaxEventBytes
	a.emit = a.handle
	a.clocks.begin(s.opts, cancel)
	s.setAttempt(a)
	defer s.setAttempt(nil)
	defer a.clocks.end()
	err := do(ctx, a)
	if stall, ok := context.Cause(ctx).(*stallError); ok {
		err = stall
	}
	return a.verdict(parent, err)
}

// Respond takes the response's head; for a status outside 200-299 with the
// start of the body. It returns whether the body should be read and fed.
func (a *Attempt) Respond(res provider.Response) (read bool) {
	a.head = res
	a.reader.Respond(res)
	a.clocks.responded()
	if res.StatusCode >= 200 && res.StatusCode < 300 && res.StatusCode != 204 && res.StatusCode != 205 {
		a.leave() // the server serves: the next stream may ask it
		return true
	}
	switch {
	case res.StatusCode < 400 && a.passesUnseen():
		a.passUnseen()
	case res.StatusCode == 0:
		f := a.failure(failure.Blocked, 0)
		f.Message = `The browser hides this response. Ask without mode "no-cors" and redirect "manual".`
		a.fail(f)
	case res.StatusCode < 300:
		f := a.failure(failure.Unknown, res.StatusCode)
		f.Message = "The server answered without any content. Check the URL and what answers there."
		a.fail(f)
	default:
		a.fail(a.stream.provider.Judge(res, time.Now()))
	}
	return false
}

// ReadBody feeds the whole body.
func (a *Attempt) ReadBody(body io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		a.Waiting()
		n, err := body.Read(buf)
		if n > 0 && !a.Feed(buf[:n]) || err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Feed takes the next chunk of the body. It returns false when nothing of use
// can follow: the reply is complete or the attempt has failed. The chunk may be
// reused afterwards.
func (a *Attempt) Feed(chunk []byte) (more bool) {
	a.clocks.fed()
	return a.feed(chunk)
}

// FeedText is Feed for a caller that wants no more than the text, and waits for the
// next chunk from then on: it does what Waiting does, and tells what that tells.
// Most events of a reply are like the one before. Of these each is called with the
// text; all others are handed out as by Feed. each must return at once: what it
// takes counts as the provider's silence.
func (a *Attempt) FeedText(chunk []byte, each func(text []byte)) (more, timed bool) {
	rest := a.skim(chunk, each)
	a.got += len(chunk) - len(rest)
	skimmed := len(rest) < len(chunk)
	if skimmed && len(rest) == 0 {
		return true, a.clocks.skimmed()
	}
	a.clocks.fed()
	if skimmed {
		a.clocks.progressed()
	}
	if more = a.feed(rest); more {
		timed = a.Waiting()
	}
	return more, timed
}

func (a *Attempt) feed(chunk []byte) (more bool) {
	if a.stopped {
		return false
	}
	a.got += len(chunk)
	switch a.format {
	case undecided:
		a.open(chunk)
	case document:
		a.keepDocument(chunk)
		a.stopped = a.to == nil && len(a.opening) >= maxDocument
		a.tryLines(chunk)
	case jsonLines:
		a.decodeLines(chunk)
	case eventStream:
		a.keep(chunk, maxOpening)
		if !a.isOther() {
			a.decode(chunk)
		}
	}
	if a.to != nil {
		a.relayFed()
	}
	return !a.stopped
}

// handle looks at one event and hands it on.
func (a *Attempt) handle(ev sse.Event) {
	if !a.stopped {
		sig := a.reader.Read(ev)
		a.event.Event = ev
		a.take(&a.event, &sig)
	}
}

// take hands on an event that was looked at.
func (a *Attempt) take(ev *Event, sig *provider.Signal) {
	a.content = a.content || sig.Content
	if sig.Failure != nil {
		a.relayFailure(sig)
		a.fail(*sig.Failure)
		return
	}
	if sig.Restarted {
		a.stream.shown.revoke()
	}
	if a.to != nil {
		a.relayEvent(sig)
	} else if !sig.Void && !sig.Skip {
		ev.Text, ev.Facts = sig.Text, sig.Facts
		a.stream.handOut(ev, a.Number)
	}
	if sig.Progress {
		a.progressed()
	}
	if sig.Done {
		a.stopped = true
	}
}

// shown is what was handed out of a reply.
type shown uint8

const (
	blank shown = iota
	// part: of the reply that is being read.
	part
	// void: of one that is not. A reset comes before the next event.
	void
)

// revoke makes void what was handed out.
func (s *shown) revoke() {
	if *s == part {
		*s = void
	}
}

// handOut hands an event to whoever reads the stream.
func (s *Stream) handOut(ev *Event, attempt int) {
	if s.opts.OnEvent == nil {
		return
	}
	if s.shown == void {
		s.texts = false
		s.opts.OnEvent(&Event{Reset: attempt})
	}
	s.shown = part
	s.texts = s.texts || len(ev.Text) > 0
	s.opts.OnEvent(ev)
}

// progressed notes that the reply got further.
func (a *Attempt) progressed() {
	a.clocks.progressed()
	if a.phase != event.PhaseStreaming {
		a.stream.setProvider(a.reader.Provider())
		a.stream.served()
		a.show(event.PhaseStreaming)
	}
}

// Waiting says that the next byte is now being waited for. Time in which nobody
// reads, because the page is slow, is no silence of the provider. It tells whether
// a timer was set, for a caller that has to run Go's scheduler to have it noticed.
func (a *Attempt) Waiting() (timed bool) {
	queued, timed := a.clocks.waiting()
	if queued && a.phase != event.PhaseQueued {
		a.show(event.PhaseQueued)
	}
	return timed
}

// Progressed reports whether the reply got further by what was fed last.
func (a *Attempt) Progressed() bool { return a.clocks.progress }

func (a *Attempt) show(phase event.Phase) {
	a.phase = phase
	a.stream.setStatus(event.ChatStreamStatus{Phase: phase, Attempt: a.Number})
}
