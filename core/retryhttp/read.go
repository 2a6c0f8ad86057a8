package retryhttp

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"sync/atomic"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// Read sends a request with client, nil for http.DefaultClient, as often as it takes,
// and returns the events of the reply to range over:
//
//	for ev, err := range retryhttp.Read(ctx, nil, req, stream.Options{}) {
//		switch {
//		case err != nil:
//			return err
//		case ev.Reset > 0:
//			reply.Reset() // the reply starts over
//		default:
//			reply.Write(ev.Text)
//		}
//	}
//
// A reply that breaks off goes on where it broke if the provider can give the rest, as
// Options.Partial is stream.PartialResume unless set. Otherwise it starts over with an
// event that is a reset, which voids all before it.
//
// Nothing is sent before the range, and each event is read when the loop asks for it: a
// slow loop slows the provider down and does not count as its silence. The
// callbacks of opts are called on the loop's goroutine. An event's bytes are valid until
// the next iteration; copy what is to be kept, as appending and writing do. To leave the
// loop ends the request at once, and nothing stays behind.
//
// A reply that cannot be had ends the loop with one error: a *stream.Error, which tells
// the kind of the failure and no secret, or context.Cause of ctx once that has ended.
// Before anything is sent it may be a *stream.OptionError for what cannot be meant by
// opts, or say that the request cannot be sent, or not again. Without an error the reply
// is complete. The sequence can be ranged over once.
//
// ctx stands for that of the request, which is not changed, and whose body is sent again
// by its GetBody, or kept in memory up to Transport.MaxBody. The client's redirects and
// cookies hold for every attempt. Its Timeout is best left 0: an attempt that it ends is
// the last, as the time was up; the timeouts of opts end one that is followed by another.
//
// If the client's Transport is a *Transport, it serves here too: by its Base and
// MaxBody, and by its BeforeRetry and Fallback, which may change the request; and all
// that it reads and sends with one credential waits together. Its Options and Adjust are
// for clients that know nothing of streams; opts take their place. URL, OnEvent, Fallback
// and Host in opts are to be left out.
func Read(ctx context.Context, client *http.Client, req *http.Request, opts stream.Options) iter.Seq2[stream.Event, error] {
	var begun atomic.Bool
	return func(yield func(stream.Event, error) bool) {
		if begun.Swap(true) {
			yield(stream.Event{}, errors.New("retryhttp: a reply can be read once; call Read again to ask again"))
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r := &reading{yield: yield, leave: cancel}
		if err := r.run(ctx, client, req, opts); err != nil && !r.left {
			yield(stream.Event{}, err)
		}
	}
}

// reading is a call whose reply is ranged over.
type reading struct {
	call
	client *http.Client
	yield  func(stream.Event, error) bool
	// left tells that the loop was left, which leave makes known to all that waits.
	left  bool
	leave context.CancelFunc
}

// run makes the attempts until the reply is complete or has failed.
func (r *reading) run(ctx context.Context, client *http.Client, req *http.Request, opts stream.Options) error {
	if err := refuseToRead(req, opts); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return err
	}
	r.transport, r.client = through(client)
	r.own = copyOf(req.WithContext(ctx))
	once, err := r.transport.keepBody(req, r.own)
	switch {
	case err != nil:
		return err
	case once:
		_ = r.own.Body.Close()
		return errors.New("retryhttp: the request's body is longer than MaxBody and cannot be sent again; give the request a GetBody")
	}
	opts.OnEvent = r.onEvent
	if opts.Partial == "" {
		opts.Partial = stream.PartialResume
	}
	if err := r.open(opts); err != nil {
		return err
	}
	return r.stream.Run(ctx, r.attempt)
}

// refuseToRead returns an error for what no reply can be read with.
func refuseToRead(req *http.Request, opts stream.Options) error {
	switch {
	case req.URL == nil:
		return errNoURL
	case req.RequestURI != "":
		return errors.New("retryhttp: the request is one that a server was sent, as it has a RequestURI; make one to send with http.NewRequestWithContext")
	case opts.OnEvent != nil:
		return &stream.OptionError{Option: "OnEvent", Problem: "is not called by retryhttp.Read, whose loop is given the events; leave it out"}
	}
	return refuse(opts)
}

// through returns the transport whose rules hold for a client, and the client that sends
// each attempt's request.
func through(client *http.Client) (*Transport, *http.Client) {
	if client == nil {
		client = http.DefaultClient
	}
	t, ok := client.Transport.(*Transport)
	if !ok {
		return &Transport{}, client
	}
	// Two that retry multiply.
	sends := *client
	sends.Transport = t.base()
	return t, &sends
}

// onEvent hands an event to the loop.
func (r *reading) onEvent(ev *stream.Event) {
	if !r.left && !r.yield(*ev, nil) {
		r.left = true
		r.leave()
	}
}

// attempt sends the request and reads what comes back.
func (r *reading) attempt(ctx context.Context, a *stream.Attempt) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := r.request(ctx, a.Resume())
	if err != nil {
		return err
	}
	res, err := r.client.Do(req)
	if err != nil {
		return err
	}
	e := &exchange{Response: res, cancel: cancel}
	defer e.close()
	head := e.head()
	if res.StatusCode < 300 && e.encoded() {
		refused := failure.New(failure.Unknown, res.StatusCode)
		refused.Detail = "retryhttp: the reply is compressed, which the request asked for by its own Accept-Encoding; leave that out, and net/http reads it"
		return &failure.Error{Failure: refused}
	}
	if !a.Respond(head) {
		return nil
	}
	if err := a.ReadBody(&bodyUntil{ctx, e.Body}); err != nil || ctx.Err() != nil {
		return err
	}
	e.readEnd()
	return nil
}

// bodyUntil is a body of which nothing is read once a context has ended, even if its
// transport would go on.
type bodyUntil struct {
	ctx context.Context
	io.Reader
}

// Read implements io.Reader.
func (b *bodyUntil) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	return b.Reader.Read(p)
}
