package retryhttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// maxLooked is how much of a request body is read to tell what it asks for, in bytes.
const maxLooked = 8 << 20

// exchange is the response to one attempt's request, with what ends it and what was
// read of it.
type exchange struct {
	*http.Response
	cancel context.CancelFunc
	// away: it comes from another origin than the one that the caller's request names.
	away bool
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

// body returns the start of the request's body, nil if it cannot be had again.
func (f *trip) body(context.Context) []byte {
	if f.own.GetBody == nil {
		return nil
	}
	body, err := f.own.GetBody()
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

// read reads the response, as far as the attempt needs it.
func (f *trip) read(a *stream.Attempt, e *exchange) error {
	encoded := e.Header.Get("Content-Encoding") != "" && e.Header.Get("Content-Encoding") != "identity"
	head := provider.Response{StatusCode: e.StatusCode, Header: e.Header.Get}
	switch {
	case e.away && e.StatusCode >= 300 && e.StatusCode < 400 && e.Header.Get("Location") != "":
		// Who follows it would send there what the first request had.
		refused := failure.New(failure.Unknown, e.StatusCode)
		refused.Detail = "retryhttp: " + origin(f.own.URL) + " answers with a redirect, which is not followed as BeforeRetry or Fallback named that server; have it name the URL that the redirect leads to"
		return &failure.Error{Failure: refused}
	case e.StatusCode >= 400:
		e.readStart()
		if !encoded {
			head.Body = e.start
		}
	case e.StatusCode >= 200 && e.StatusCode < 300 && (encoded || f.own.Method == http.MethodHead):
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
	f.begin(nil) // from now on the timer leaves the attempt alone
	e.unseen = a.Unseen()
	return e.err
}
