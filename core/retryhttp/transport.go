// Package retryhttp makes a Go program's streamed replies survive failure, whoever sends
// the requests. [Read] ranges over the events of a reply; for a client of the program's
// own, such as OpenAI's or Anthropic's SDK, a [Transport] goes into the http.Client that
// it is given:
//
//	openai.NewClient(
//		option.WithHTTPClient(&http.Client{Transport: &retryhttp.Transport{}}),
//		option.WithMaxRetries(0), // two that retry multiply
//	)
//
// That client sees a real response with the provider's bytes. The beginning of a
// streamed reply is held until there is something to show; until then an attempt
// that fails is replaced unseen by the next one. Later the reply goes on where it
// broke, if the provider can give the rest; otherwise the client gets the
// provider's own error event, so that it fails as it does with any error of the
// provider's. The decisions are those of the package stream in relay mode.
package retryhttp

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"net/http"
	"sync"
	"time"

	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
)

const (
	// DefaultHold is how long after a response's head the beginning of a reply is
	// held, unless a Transport says otherwise.
	DefaultHold = stream.DefaultHold
	// DefaultMaxBody is the longest request body that is kept for another attempt, in
	// bytes, unless a Transport says otherwise.
	DefaultMaxBody = 32 << 20
)

// Transport is an http.RoundTripper that tries again. The zero value is ready to
// use; set its fields before the first request. It serves any number of requests
// at the same time, and those to one server with one credential wait together when
// one of them is told to wait.
//
// Give it to clients of models alone: a POST that failed on its way is sent again,
// whatever it does. Requests of every kind go through it. What is no stream of
// events is passed on as it is, after it was judged by its status and, if it is
// JSON, by whether it is an error body; documents are read whole before that, for
// as long as Hold.
//
// A response's body must be closed, as always. Its Read returns a *stream.Error
// where the reply failed and could not say so in the provider's form.
type Transport struct {
	// Base sends the requests; http.DefaultTransport if nil.
	Base http.RoundTripper
	// Hold is how long after the response's head the beginning of a reply is held at
	// most: 10 seconds if 0, not at all if negative. While it is, a failure stays
	// unseen.
	Hold time.Duration
	// MaxBody is the longest request body that is kept for another attempt, in bytes:
	// 32 MiB if 0, none if negative. It matters for requests without GetBody, whose body is read before
	// they are sent; one that is longer is sent once, without retries.
	MaxBody int64
	// Options are the options of every request, which fails with a *stream.OptionError if
	// they cannot be meant. URL, Fallback and Host are the transport's own and to be left
	// out; OnEvent and RoomKey have no effect, and a Room is the transport's unless set.
	// The callbacks are called on goroutines of the transport's. BeforeRetry there may
	// refuse another attempt; only the one below may change its request.
	Options stream.Options
	// Adjust, if not nil, may change the options of one request, to tell it in OnRetry,
	// say. req is a copy of it to look at: what is changed there changes nothing.
	Adjust func(req *http.Request, opts *stream.Options)
	// BeforeRetry, if not nil, is called before each wait for another attempt, once the
	// one of the options has agreed. It returns the request to send from then on, nil
	// for req, or an error, such as stream.ErrRefused, to have no further attempt made.
	// It must end soon after its context does, which also has the values of the
	// request's.
	//
	// req is a copy of the request as it was, and may be changed, to renew its key, say.
	// To another origin, which is a scheme, host and port, nothing of it goes: name all
	// of that request by a new one, made by http.NewRequestWithContext, with its own key
	// and body, which may be read from req.Body. A request to another origin that is req,
	// a clone of it, or has a copy of its header is an error, and so is one that lacks
	// the body that its method needs. (Copies are known by a header Retrystream-Copy-Of,
	// which is not sent.) Another URL, method or body is another reply, which starts
	// over, if nothing of the last one was handed out.
	BeforeRetry func(ctx context.Context, r stream.RetryContext, req *http.Request) (*http.Request, error)
	// Fallback, if not nil, is called when a request has failed for good and nothing of
	// its reply was handed out: with what no attempt can cure, or at a limit of the
	// options; see stream.Options. It returns the request to go on with at once, by the
	// rules of BeforeRetry: req with another key or another model in its body, or a new
	// request to another origin. Nil is for none, and so is a request that sends what one
	// that has failed for good sent; then the client gets the failure. It must ask the
	// same API, which the client reads. A body that can be sent only once has no fallback.
	Fallback func(ctx context.Context, r stream.RetryContext, req *http.Request) (*http.Request, error)

	room wait.Room
	seed maphash.Seed // see key
	once sync.Once
}

func (t *Transport) base() http.RoundTripper {
	if t.Base == nil {
		return http.DefaultTransport
	}
	return t.Base
}

func (t *Transport) hold() time.Duration { return cmp.Or(t.Hold, DefaultHold) }

// CloseIdleConnections closes those of Base.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

var errNoURL = errors.New("retryhttp: the request has no URL; make it with http.NewRequestWithContext")

// RoundTrip sends a request, as often as it takes, and returns once there is
// something of a response to hand out. An error is that of the request's context,
// or a *stream.Error, which tells the kind of the failure and no secret.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL == nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, errNoURL
	}
	opts := t.Options
	own := copyOf(req)
	once, err := t.keepBody(req, own)
	if err != nil {
		return nil, err
	}
	if t.Adjust != nil {
		t.Adjust(copyOf(own), &opts)
	}
	if once {
		opts.MaxAttempts = 1
	}
	r, err := newRelay(t, req, own, opts)
	if err != nil {
		if once {
			err = errors.Join(err, own.Body.Close())
		}
		return nil, err
	}
	return r.wait()
}
