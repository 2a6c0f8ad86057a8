package retryhttp

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// maxLooked is how much of a request body is read to tell what it asks for, in bytes.
const maxLooked = 8 << 20

// call is a caller's request, which a stream serves by as many as it takes.
type call struct {
	transport *Transport
	// own is the request that attempts are made of: a copy of the caller's, or what
	// BeforeRetry or Fallback returned. tried are the digests of those that have failed
	// for good.
	own    *http.Request
	tried  []uint64
	stream *stream.Stream
}

// refuse returns a *stream.OptionError for the first option that a call sets by itself.
func refuse(opts stream.Options) error {
	const leave = "is the request's; leave it out"
	switch {
	case opts.URL != "":
		return &stream.OptionError{Option: "URL", Problem: leave}
	case opts.Fallback != nil:
		return &stream.OptionError{Option: "Fallback", Problem: "names an address but no request; set that of a retryhttp.Transport"}
	case opts.Relay != nil || opts.Sent:
		return &stream.OptionError{Option: "Host", Problem: "is for whoever sends the requests, which retryhttp does; leave it out"}
	case opts.Body != nil:
		return &stream.OptionError{Option: "Host.Body", Problem: leave}
	}
	return nil
}

// open makes the stream of the call.
func (c *call) open(opts stream.Options) (err error) {
	t := c.transport
	opts.URL, opts.Body, opts.RoomKey = c.own.URL.String(), c.body, cmp.Or(opts.RoomKey, t.key(c.own))
	if opts.Room == nil {
		opts.Room = &t.room
	}
	if t.BeforeRetry != nil {
		ask := opts.BeforeRetry
		opts.BeforeRetry = func(ctx context.Context, r stream.RetryContext) error {
			if ask != nil {
				if err := ask(ctx, r); err != nil {
					return err
				}
			}
			return c.beforeRetry(ctx, r)
		}
	}
	if t.Fallback != nil && c.own.Body == nil {
		opts.Fallback = c.fallback
	}
	c.stream, err = stream.New(opts)
	return err
}

// request makes an attempt's request; rest is set if it is for the rest of a reply. An
// error came from no connection, so nothing is presumed of it.
func (c *call) request(ctx context.Context, rest *stream.Resume) (req *http.Request, err error) {
	defer func() {
		if err != nil {
			err = &failure.Error{Failure: failure.Classify(err), Cause: err}
		}
	}()
	req = c.own.Clone(ctx)
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

// body returns the start of the request's body, nil if it cannot be had again.
func (c *call) body(context.Context) []byte {
	if c.own.GetBody == nil {
		return nil
	}
	body, err := c.own.GetBody()
	if err != nil {
		return nil
	}
	defer func() { _ = body.Close() }()
	start, err := io.ReadAll(io.LimitReader(body, maxLooked))
	if err != nil {
		return nil
	}
	return start
}
