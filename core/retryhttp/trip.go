package retryhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"runtime/debug"
	"sync"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// trip is one request and its response. A goroutine makes the attempts and reads
// their bodies until the reply is complete or has failed; what is left of the body
// is then read by whoever reads the response.
type trip struct {
	transport *Transport
	// req is the caller's request, own the one that attempts are made of: a copy, or
	// what BeforeRetry or Fallback returned. tried are the digests of those that have
	// failed for good.
	req, own *http.Request
	tried    []uint64
	stream   *stream.Stream
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

func newTrip(t *Transport, req, own *http.Request, opts stream.Options) *trip {
	f := &trip{
		transport: t, req: req, own: own,
		handed: make(chan *http.Response, 1), failed: make(chan error, 1),
	}
	f.ctx, f.cancel = context.WithCancelCause(req.Context())
	f.out = newBody(req.Context(), f.cancel)
	opts.URL, opts.Relay, opts.OnEvent, opts.Body = own.URL.String(), f, nil, f.body
	if t.BeforeRetry != nil {
		ask := opts.BeforeRetry
		opts.BeforeRetry = func(ctx context.Context, r stream.RetryContext) error {
			if ask != nil {
				if err := ask(ctx, r); err != nil {
					return err
				}
			}
			return f.beforeRetry(ctx, r)
		}
	}
	opts.Fallback = nil
	if t.Fallback != nil && own.Body == nil {
		opts.Fallback = f.fallback
	}
	told := opts.OnRetry
	opts.OnRetry = func(r event.ChatStreamRetry) {
		f.drop() // a wait may be long
		if told != nil {
			told(r)
		}
	}
	f.stream = stream.New(opts)
	return f
}

// wait runs the trip until there is a response or an error.
func (f *trip) wait() (*http.Response, error) {
	go f.run()
	select {
	case res := <-f.handed:
		return res, nil
	case err := <-f.failed:
		raise(err)
		return nil, err
	}
}

// run makes the attempts and says how they ended.
func (f *trip) run() {
	done := false
	defer func() {
		if !done {
			err := &panicError{recover(), debug.Stack()}
			f.fail(err, err)
		}
	}()
	// Whoever waits for the reader looks again when the context ends.
	stop := context.AfterFunc(f.ctx, f.out.wake)
	defer stop()
	err := f.stream.Run(f.ctx, f.attempt)
	done = true
	ending := stream.EndError
	if failed, ok := errors.AsType[*stream.Error](err); ok {
		ending = failed.Ending
	}
	// There is no response to hand out if a limit ended the retries after a wait.
	if f.last != nil && (err == nil || ending == stream.EndResponse) {
		f.handRest()
		return
	}
	over := err
	if ending == stream.EndBody {
		over = io.EOF
	}
	f.fail(err, over)
}

// fail ends the trip: with err if no response was handed out, otherwise its body with
// over.
func (f *trip) fail(err, over error) {
	f.out.end(over)
	if !f.out.handed() {
		f.failed <- err
	}
	f.drop()
	f.cancel(nil)
}

// drop lets go of the latest response.
func (f *trip) drop() {
	if f.last != nil {
		f.last.close()
		f.last = nil
	}
}

// attempt sends the request and reads what comes back.
func (f *trip) attempt(ctx context.Context, a *stream.Attempt) error {
	f.drop()
	reqCtx, cancel := context.WithCancel(f.ctx)
	stop := context.AfterFunc(ctx, cancel)
	// A response that is handed out outlives the attempt.
	defer stop()
	req, err := f.request(reqCtx, a.Resume())
	if err != nil {
		cancel()
		// It came from no connection, so nothing is presumed of it.
		return &failure.Error{Failure: failure.Classify(err), Cause: err}
	}
	res, err := f.transport.base().RoundTrip(req)
	if err != nil {
		cancel()
		return err
	}
	f.last = &exchange{Response: res, cancel: cancel, away: origin(f.own.URL) != origin(f.req.URL)}
	return f.read(a, f.last)
}

// begin says which attempt is fed from now on.
func (f *trip) begin(a *stream.Attempt) {
	f.feeding.Lock()
	defer f.feeding.Unlock()
	if f.current = a; a != nil {
		f.undecided = nil
	}
}

// release hands the response out although the reply has not begun.
func (f *trip) release(a *stream.Attempt, e *exchange) {
	f.feeding.Lock()
	defer f.feeding.Unlock()
	if f.current == a && a.PassHeld() {
		f.hand(e)
	}
}

// pump feeds the body to the attempt, no faster than it is read once there is a
// reader.
func (f *trip) pump(a *stream.Attempt, e *exchange) error {
	buf := make([]byte, 32<<10)
	for more := true; more; {
		if err := f.out.awaitReader(f.ctx); err != nil {
			return err
		}
		f.waiting(a)
		n, err := e.Body.Read(buf)
		if n > 0 {
			more = f.feed(a, buf[:n])
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
func (f *trip) waiting(a *stream.Attempt) {
	f.feeding.Lock()
	defer f.feeding.Unlock() // OnStatus may panic
	a.Waiting()
}

// feed feeds a chunk.
func (f *trip) feed(a *stream.Attempt, chunk []byte) (more bool) {
	f.feeding.Lock()
	defer f.feeding.Unlock()
	f.undecided = append(f.undecided, chunk...)
	return a.Feed(chunk)
}
