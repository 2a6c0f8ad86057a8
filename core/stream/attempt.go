package stream

import (
	"context"
	"io"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
)

// Attempt is one request and what comes back. Its methods do not block, and
// belong to one goroutine at a time.
type Attempt struct {
	// Number counts the stream's attempts from 1.
	Number int

	// ctx ends with the attempt.
	ctx context.Context
	// leave lets the next stream of the Room go.
	leave func()
	// resume is what to ask for, if the attempt goes on where the last one broke.
	resume *Resume
	reading
}

// Resume returns the request for the rest of the reply, nil if the attempt starts
// it from its beginning. It is nil unless Options say PartialResume.
func (a *Attempt) Resume() *Resume { return a.resume }

// Context returns the context of the attempt, which ends when it is to be given up.
// It is what the function given to Run gets.
func (a *Attempt) Context() context.Context { return a.ctx }

// Respond takes the response's head; for a status outside 200-299 with the
// start of the body. It returns whether the body should be read and fed.
func (a *Attempt) Respond(res provider.Response) (read bool) {
	a.body.head = res
	a.reader.Respond(res)
	a.clocks.responded()
	if res.StatusCode >= 200 && res.StatusCode < 300 && res.StatusCode != 204 && res.StatusCode != 205 {
		a.leave() // the server serves: the next stream may ask it
		return true
	}
	switch {
	case res.StatusCode < 400 && a.client.wantsAny():
		a.ignore()
	case res.StatusCode == 0:
		f := a.failure(failure.Blocked, 0)
		f.Message = `The browser hides this response. Ask without mode "no-cors" and redirect "manual".`
		a.fail(f)
	case res.StatusCode < 300:
		f := a.failure(failure.Unknown, res.StatusCode)
		f.Message = "The server answered without any content. Check the URL and what answers there."
		a.fail(f)
	default:
		a.fail(a.stream.target.provider.Judge(res, time.Now()))
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
	rest := chunk
	if r, ok := a.sink.(*relay); ok && r.isFlowing() {
		if rest = r.skim(chunk); len(rest) == 0 {
			return true
		}
	}
	a.clocks.fed()
	if len(rest) < len(chunk) {
		a.clocks.progressed()
	}
	return a.feed(rest)
}

// Waiting tells that the next byte is now being waited for. Time in which nobody
// reads, because the page is slow, is no silence of the provider. It reports whether
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

// PassHeld tells that the reader shall wait no longer for the beginning of this
// attempt's reply, and that a response is handed out now: whole events that are
// held are passed, and from now on each as it comes. Call it as long after the
// response's head as the reader may be kept waiting. It does nothing once
// something was passed, and belongs to the goroutine that feeds. It returns false
// when nothing more is to be fed, as Feed does: then the function given to Run
// should return.
func (a *Attempt) PassHeld() (more bool) {
	a.client.passHeld()
	return !a.stopped
}

// Unseen reports whether the body is none to look at and is passed on as it is: a
// document, say, that took longer than the hold. Run returns nil for it. What goes
// wrong with the transfer is then the reader's to see; whereas after the end of a
// reply that was read nothing that becomes of the connection matters.
func (a *Attempt) Unseen() bool { return a.body.format == unseen }
