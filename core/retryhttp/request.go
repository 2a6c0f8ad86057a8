package retryhttp

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/retrystream/retrystream/core/stream"
)

// copyOf returns a copy of a request without its body.
func copyOf(req *http.Request) *http.Request {
	own := req.Clone(req.Context())
	own.Body = nil
	if own.Header == nil {
		own.Header = http.Header{}
	}
	own.Header.Del(lentHeader)
	return own
}

// keepBody sees to it that own, a copy of req, can be sent again: it has a GetBody if
// it has a body. A body that is too long for that is own's, which can be sent once.
func (t *Transport) keepBody(req, own *http.Request) (once bool, err error) {
	if !hasBody(req) {
		own.GetBody, own.ContentLength = nil, 0
		return false, nil
	}
	if req.GetBody != nil {
		return false, req.Body.Close()
	}
	most := cmp.Or(t.MaxBody, DefaultMaxBody)
	start, err := io.ReadAll(io.LimitReader(req.Body, most+1))
	if err == nil && int64(len(start)) > most {
		own.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(start), req.Body), req.Body}
		return true, nil
	}
	own.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(start)), nil }
	own.ContentLength = int64(len(start))
	return false, errors.Join(err, req.Body.Close())
}

func hasBody(req *http.Request) bool { return req.Body != nil && req.Body != http.NoBody }

// lentHeader is in the header of a request that BeforeRetry or Fallback is shown, and
// so in that of each copy of it. It is never sent.
const lentHeader = "Retrystream-Copy-Of"

// lentBody is the body of such a request. It is made when it is read.
type lentBody struct {
	open func() (io.ReadCloser, error)
	body io.ReadCloser
}

// Read implements io.Reader.
func (b *lentBody) Read(p []byte) (n int, err error) {
	if b.body == nil {
		if b.body, err = b.open(); err != nil {
			return 0, err
		}
	}
	return b.body.Read(p)
}

// Close implements io.Closer.
func (b *lentBody) Close() error {
	if b.body == nil {
		return nil
	}
	return b.body.Close()
}

// lend returns a copy of a request for BeforeRetry or Fallback to look at and change.
func lend(ctx context.Context, own *http.Request) *http.Request {
	req := own.Clone(ctx)
	req.Header.Set(lentHeader, origin(own.URL))
	if own.GetBody != nil {
		req.GetBody = func() (io.ReadCloser, error) { return &lentBody{open: own.GetBody}, nil }
		req.Body, _ = req.GetBody()
	}
	return req
}

// lendsBody reports whether the GetBody of a request is that of one that was lent.
func lendsBody(req *http.Request) bool {
	if req.GetBody == nil {
		return false
	}
	body, err := req.GetBody()
	if err != nil {
		return false // which shows when it is sent
	}
	_, lent := body.(*lentBody)
	_ = body.Close()
	return lent
}

// beforeRetry asks for the request of the attempts to come.
func (c *call) beforeRetry(ctx context.Context, r stream.RetryContext) error {
	own, goesOn, err := c.ask(ctx, r, "BeforeRetry", c.transport.BeforeRetry)
	if err != nil {
		return err
	}
	c.own = own
	if !goesOn {
		c.stream.SetURL(own.URL.String())
	}
	c.stream.SetRoomKey(c.transport.key(own))
	return nil
}

// fallback asks for the request to go on with where the one so far has failed for good.
func (c *call) fallback(ctx context.Context, r stream.RetryContext) (*stream.Target, error) {
	own, _, err := c.ask(ctx, r, fallbackName, c.transport.Fallback)
	if own == nil || err != nil {
		return nil, err
	}
	for _, req := range []*http.Request{c.own, own} {
		digest, err := c.transport.digest(req)
		if err != nil {
			return nil, err
		}
		if req == own && slices.Contains(c.tried, digest) {
			return nil, nil
		}
		c.tried = append(c.tried, digest)
	}
	c.own = own
	return &stream.Target{URL: own.URL.String(), RoomKey: c.transport.key(own)}, nil
}

// callback is BeforeRetry or Fallback.
type callback func(context.Context, stream.RetryContext, *http.Request) (*http.Request, error)

// fallbackName is how Fallback is named to adopt and ask.
const fallbackName = "Fallback"

// ask has a callback of the transport's, with its name, say what to send from now on.
// By nil BeforeRetry means the request that it was lent, and Fallback none.
func (c *call) ask(ctx context.Context, r stream.RetryContext, name string, callback callback) (own *http.Request, goesOn bool, err error) {
	req := lend(ctx, c.own)
	if req.Body != nil {
		defer func(b io.Closer) { _ = b.Close() }(req.Body)
	}
	next, err := callback(ctx, r, req)
	switch {
	case err != nil || next == nil && name == fallbackName:
		return nil, false, err
	case next == nil:
		next = req
	}
	return c.adopt(name, next, next == req)
}

// adopt makes the request of the attempts to come out of what the callback with that
// name returned. itself tells that this is the very request that it was lent, goesOn
// that what it asks for is still the same reply.
func (c *call) adopt(name string, next *http.Request, itself bool) (own *http.Request, goesOn bool, err error) {
	if next.URL == nil || next.URL.Host == "" {
		return nil, false, errors.New("retryhttp: the request that " + name + " returned has no URL with a host; make it with http.NewRequestWithContext")
	}
	was, now := origin(c.own.URL), origin(next.URL)
	lends := lendsBody(next)
	lent := itself || lends || next.Header.Get(lentHeader) != ""
	// The Host of a copy is still that of the server it was made for.
	if host := cmp.Or(c.own.Host, c.own.URL.Host); was != now && (lent || next.Host == host && host != next.URL.Host) {
		return nil, false, errors.New("retryhttp: " + name + " would send a request that was made for " + was + ", with its key and its body, to " + now +
			"; return a new one that has its own, made with http.NewRequestWithContext")
	}
	own = copyOf(next)
	_, same := next.Body.(*lentBody)
	if lent && (same || c.own.GetBody == nil && !hasBody(next)) {
		own.GetBody, own.ContentLength = c.own.GetBody, c.own.ContentLength
		return own, own.URL.String() == c.own.URL.String() && own.Method == c.own.Method, nil
	}
	if lends {
		own.GetBody = nil // that of another body
		with := *next
		with.GetBody = nil
		next = &with
	}
	once, err := c.transport.keepBody(next, own)
	switch {
	case err != nil:
		return nil, false, err
	case once:
		return nil, false, errors.Join(errors.New("retryhttp: the request that "+name+" returned has a body longer than MaxBody; give it a GetBody"), own.Body.Close())
	case own.GetBody == nil && c.own.GetBody != nil && needsBody(own.Method):
		return nil, false, errors.New("retryhttp: the request that " + name + " returned is a " + own.Method +
			" without a body, and does not inherit that of the first one; give it its own (it may be read from the request that " + name + " is given)")
	}
	return own, false, nil
}

// needsBody reports whether requests of a method are nothing without a body.
func needsBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// origin is the scheme, the host and the port of a URL.
func origin(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(u.Hostname()), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" || scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		return scheme + "://" + host
	}
	return scheme + "://" + host + ":" + port
}
