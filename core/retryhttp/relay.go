package retryhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// relay is a call whose reply goes on to a reader as the provider's bytes. A goroutine
// makes the attempts and reads their bodies until the reply is complete or has failed;
// what is left of the body is then read by whoever reads the response.
type relay struct {
	call
	// req is the caller's request.
	req *http.Request
	// ctx ends with that of the request, and when the response is closed.
	ctx    context.Context
	cancel context.CancelCauseFunc
	// handed receives the response, or failed the error.
	handed chan *http.Response
	failed chan error
	// out is what the reader of the response reads.
	out *body
	// last is the latest response; it belongs to the goroutine.
	last *exchange

	// feeding guards the attempt and its undecided bytes: the goroutine and the
	// hold's timer take turns. current is nil between attempts.
	feeding   sync.Mutex
	current   *stream.Attempt
	undecided []byte
}

func newRelay(t *Transport, req, own *http.Request, opts stream.Options) (*relay, error) {
	if err := refuse(opts); err != nil {
		return nil, err
	}
	r := &relay{
		call: call{transport: t, own: own}, req: req,
		handed: make(chan *http.Response, 1), failed: make(chan error, 1),
	}
	r.ctx, r.cancel = context.WithCancelCause(req.Context())
	r.out = newBody(req.Context(), r.cancel)
	opts.Relay, opts.OnEvent, opts.RoomKey = r, nil, ""
	told := opts.OnRetry
	opts.OnRetry = func(retry event.ChatStreamRetry) {
		r.drop() // a wait may be long
		if told != nil {
			told(retry)
		}
	}
	if err := r.open(opts); err != nil {
		r.cancel(nil)
		return nil, err
	}
	return r, nil
}

// wait runs the call until there is a response or an error.
func (r *relay) wait() (*http.Response, error) {
	go r.run()
	select {
	case res := <-r.handed:
		return res, nil
	case err := <-r.failed:
		raise(err)
		return nil, err
	}
}

// run makes the attempts and says how they ended.
func (r *relay) run() {
	done := false
	defer func() {
		if !done {
			err := &panicError{recover(), debug.Stack()}
			r.fail(err, err)
		}
	}()
	// Whoever waits for the reader looks again when the context ends.
	stop := context.AfterFunc(r.ctx, r.out.wake)
	defer stop()
	err := r.stream.Run(r.ctx, r.attempt)
	done = true
	ending := stream.EndError
	if failed, ok := errors.AsType[*stream.Error](err); ok {
		ending = failed.Ending
	}
	// There is no response to hand out if a limit ended the retries after a wait.
	if r.last != nil && (err == nil || ending == stream.EndResponse) {
		r.handRest()
		return
	}
	over := err
	if ending == stream.EndBody {
		over = io.EOF
	}
	r.fail(err, over)
}

// fail ends the call: with err if no response was handed out, otherwise its body with
// over.
func (r *relay) fail(err, over error) {
	r.out.end(over)
	if !r.out.handed() {
		r.failed <- err
	}
	r.drop()
	r.cancel(nil)
}

// drop lets go of the latest response.
func (r *relay) drop() {
	if r.last != nil {
		r.last.close()
		r.last = nil
	}
}

// attempt sends the request and reads what comes back.
func (r *relay) attempt(ctx context.Context, a *stream.Attempt) error {
	r.drop()
	reqCtx, cancel := context.WithCancel(r.ctx)
	stop := context.AfterFunc(ctx, cancel)
	// A response that is handed out outlives the attempt.
	defer stop()
	req, err := r.request(reqCtx, a.Resume())
	if err != nil {
		cancel()
		return err
	}
	res, err := r.transport.base().RoundTrip(req)
	if err != nil {
		cancel()
		return err
	}
	r.last = &exchange{Response: res, cancel: cancel, away: origin(r.own.URL) != origin(r.req.URL)}
	return r.read(a, r.last)
}

// read reads the response, as far as the attempt needs it.
func (r *relay) read(a *stream.Attempt, e *exchange) error {
	if e.away && e.StatusCode >= 300 && e.StatusCode < 400 && e.Header.Get("Location") != "" {
		// Who follows it would send there what the first request had.
		refused := failure.New(failure.Unknown, e.StatusCode)
		refused.Detail = "retryhttp: " + origin(r.own.URL) + " answers with a redirect, which is not followed as BeforeRetry or Fallback named that server; have it name the URL that the redirect leads to"
		return &failure.Error{Failure: refused}
	}
	head := e.head()
	if e.StatusCode >= 200 && e.StatusCode < 300 && (e.encoded() || r.own.Method == http.MethodHead) {
		head.StatusCode = http.StatusNoContent // there is nothing to look at
	}
	r.begin(a)
	defer r.begin(nil)
	if !a.Respond(head) {
		e.unseen = a.Unseen()
		return nil
	}
	timer := time.AfterFunc(max(r.transport.hold(), 0), func() { r.release(a, e) })
	defer timer.Stop()
	e.err = r.pump(a, e)
	r.begin(nil) // from now on the timer leaves the attempt alone
	e.unseen = a.Unseen()
	return e.err
}

// begin says which attempt is fed from now on.
func (r *relay) begin(a *stream.Attempt) {
	r.feeding.Lock()
	defer r.feeding.Unlock()
	if r.current = a; a != nil {
		r.undecided = nil
	}
}

// release hands the response out although the reply has not begun.
func (r *relay) release(a *stream.Attempt, e *exchange) {
	r.feeding.Lock()
	defer r.feeding.Unlock()
	if r.current == a && a.PassHeld() {
		r.hand(e)
	}
}

// pump feeds the body to the attempt, no faster than it is read once there is a
// reader.
func (r *relay) pump(a *stream.Attempt, e *exchange) error {
	buf := make([]byte, 32<<10)
	for more := true; more; {
		if err := r.out.awaitReader(r.ctx); err != nil {
			return err
		}
		r.waiting(a)
		n, err := e.Body.Read(buf)
		if n > 0 {
			more = r.feed(a, buf[:n])
		}
		if err != nil {
			if err == io.EOF {
				err = nil
			}
			e.err = err
			return err
		}
	}
	return nil
}

// waiting says that the next chunk is waited for.
func (r *relay) waiting(a *stream.Attempt) {
	r.feeding.Lock()
	defer r.feeding.Unlock() // OnStatus may panic
	a.Waiting()
}

// feed feeds a chunk.
func (r *relay) feed(a *stream.Attempt, chunk []byte) (more bool) {
	r.feeding.Lock()
	defer r.feeding.Unlock()
	r.undecided = append(r.undecided, chunk...)
	return a.Feed(chunk)
}
