package retryhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// maxErrorBody is how much of an error response is read to judge it, in bytes.
const maxErrorBody = 64 << 10

// trip is one request and its response. A goroutine makes the attempts and reads
// their bodies until the reply is complete or has failed; what is left of the body
// is then read by whoever reads the response.
type trip struct {
	transport *Transport
	// req is the caller's request, own the copy that attempts are made of.
	req, own *http.Request
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

// exchange is one response with what ends it.
type exchange struct {
	*http.Response
	cancel context.CancelFunc
	// start is the beginning of the body where that was read to judge it.
	start []byte
	// unseen and err tell how the reading of it went.
	unseen bool
	err    error
}

func (e *exchange) close() {
	e.cancel()
	_ = e.Body.Close()
}

func newTrip(t *Transport, req, own *http.Request, opts stream.Options) *trip {
	f := &trip{
		transport: t, req: req, own: own,
		handed: make(chan *http.Response, 1), failed: make(chan error, 1),
	}
	f.ctx, f.cancel = context.WithCancelCause(req.Context())
	f.out = newBody(req.Context(), f.cancel)
	opts.URL, opts.Relay, opts.OnEvent = own.URL.String(), f, nil
	if before := opts.BeforeRetry; before != nil {
		opts.BeforeRetry = func(ctx context.Context, r stream.RetryContext) error {
			old := own.URL.String()
			err := before(ctx, r)
			if now := own.URL.String(); now != old {
				f.stream.SetURL(now)
			}
			return err
		}
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
		return nil, err
	}
}

// run makes the attempts and says how they ended.
func (f *trip) run() {
	// Whoever waits for the reader looks again when the context ends.
	stop := context.AfterFunc(f.ctx, f.out.wake)
	defer stop()
	err := f.stream.Run(f.ctx, f.attempt)
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
	f.last = &exchange{Response: res, cancel: cancel}
	return f.read(a, f.last)
}

// request makes the attempt's request; rest is set if it is for the rest of a
// reply.
func (f *trip) request(ctx context.Context, rest *stream.Resume) (req *http.Request, err error) {
	req = f.own.Clone(ctx)
	again := req.GetBody
	if rest != nil {
		if req.URL, err = url.Parse(rest.URL); err != nil {
			return nil, errors.New("the URL for the rest of the reply cannot be parsed") // url.Error shows it
		}
		if rest.Method != "" {
			req.Method = rest.Method
		}
		if !rest.KeepBody {
			again, req.GetBody, req.ContentLength = nil, nil, 0
			req.Header.Del("Content-Type")
		}
		if rest.HeaderName != "" {
			req.Header.Set(rest.HeaderName, rest.HeaderValue)
		}
	}
	if again != nil {
		req.Body, err = again()
	}
	return req, err
}

// read reads the response, as far as the attempt needs it.
func (f *trip) read(a *stream.Attempt, e *exchange) error {
	encoded := e.Header.Get("Content-Encoding") != "" && e.Header.Get("Content-Encoding") != "identity"
	head := provider.Response{StatusCode: e.StatusCode, Header: e.Header.Get}
	switch {
	case e.StatusCode >= 400:
		e.start, _ = io.ReadAll(io.LimitReader(e.Body, maxErrorBody))
		if !encoded {
			head.Body = e.start
		}
	case e.StatusCode >= 200 && e.StatusCode < 300 && (encoded || f.req.Method == http.MethodHead):
		head.StatusCode = http.StatusNoContent // there is nothing to look at
	}
	f.begin(a)
	defer f.begin(nil)
	if !a.Respond(head) {
		e.unseen = a.Unseen()
		return nil
	}
	timer := time.AfterFunc(max(f.transport.hold(), 0), func() { f.release(a, e) })
	defer timer.Stop()
	e.err = f.pump(a, e)
	e.unseen = a.Unseen()
	return e.err
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
		f.feeding.Lock()
		a.Waiting()
		f.feeding.Unlock()
		n, err := e.Body.Read(buf)
		f.feeding.Lock()
		if n > 0 {
			f.undecided = append(f.undecided, buf[:n]...)
			more = a.Feed(buf[:n])
		}
		f.feeding.Unlock()
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

// take takes the next n undecided bytes.
func (f *trip) take(n int) []byte {
	b := f.undecided[:n]
	f.undecided = f.undecided[n:]
	return b
}

// Pass, Drop and Append are what the stream decides; see stream.Relay.
func (f *trip) Pass(n int) {
	f.out.add(f.take(n))
	f.hand(f.last)
}

func (f *trip) Drop(n int) { f.take(n) }

func (f *trip) Append(b []byte) {
	f.out.add(b)
	f.hand(f.last)
}

// hand hands the response out, whose body is not known yet to be whole.
func (f *trip) hand(e *exchange) {
	f.handOut(e, func(res *http.Response) {
		res.Header = res.Header.Clone()
		res.Header.Del("Content-Length")
		res.ContentLength = -1
	})
}

// handOut hands the response out, once.
func (f *trip) handOut(e *exchange, change func(*http.Response)) {
	if e == nil || !f.out.hand() {
		return
	}
	res := *e.Response
	res.Request = f.req
	change(&res)
	res.Body = f.out
	if w, ok := e.Body.(io.Writer); ok {
		res.Body = struct {
			*body
			io.Writer
		}{f.out, w} // a protocol that was switched to
	}
	f.handed <- &res
}

// handRest hands the response out if that is not done, and leaves what is left of
// the body to its reader.
func (f *trip) handRest() {
	e := f.last
	f.out.add(e.start)
	f.out.add(f.undecided)
	f.out.leave(e)
	f.handOut(e, func(*http.Response) {})
}
