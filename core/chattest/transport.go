package chattest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

// Transport answers an http.Client's requests with a handler, such as a fake,
// without any network. What waits, waits in the virtual time of a test in
// testing/synctest, which also finds goroutines that stay behind. Where a fake
// breaks the connection, the client gets io.ErrUnexpectedEOF.
type Transport struct {
	// Handler answers.
	Handler http.Handler

	mu       sync.Mutex
	requests []Request
}

// Requests returns the requests so far in the order they arrived.
func (t *Transport) Requests() []Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Request(nil), t.requests...)
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	t.mu.Lock()
	t.requests = append(t.requests, Request{
		Method: req.Method, Path: req.URL.Path, Query: req.URL.RawQuery,
		Header: req.Header.Clone(), Body: body, Time: time.Now(),
	})
	t.mu.Unlock()

	// The server's context ends when the client's does or the body is closed.
	ctx, cancel := context.WithCancel(req.Context())
	served := req.Clone(ctx)
	served.Body = io.NopCloser(bytes.NewReader(body))
	served.RequestURI = req.URL.RequestURI()
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	r, w := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = r.Close() })
	res := &pipedResponse{header: http.Header{}, body: w, head: make(chan *http.Response, 1)}
	broken := make(chan struct{})
	go func() {
		defer func() {
			if recover() != nil { // how a handler breaks a connection
				_ = w.CloseWithError(io.ErrUnexpectedEOF)
				close(broken)
				return
			}
			res.WriteHeader(http.StatusOK)
			_ = w.Close()
		}()
		t.Handler.ServeHTTP(res, served)
	}()
	give := func(res *http.Response) (*http.Response, error) {
		res.Request = req
		res.Body = &pipedBody{r, req.Context(), func() { stop(); cancel() }}
		return res, nil
	}
	select {
	case res := <-res.head:
		return give(res)
	case <-broken:
		select {
		case res := <-res.head: // it had begun
			return give(res)
		default:
		}
		cancel()
		return nil, io.ErrUnexpectedEOF
	case <-ctx.Done():
		cancel()
		return nil, context.Cause(ctx)
	}
}

// pipedBody is a response's body; closed, it ends the handler.
type pipedBody struct {
	*io.PipeReader
	ctx context.Context
	end func()
}

func (b *pipedBody) Read(p []byte) (int, error) {
	n, err := b.PipeReader.Read(p)
	if err != nil && b.ctx.Err() != nil {
		err = context.Cause(b.ctx)
	}
	return n, err
}

func (b *pipedBody) Close() error {
	b.end()
	return b.PipeReader.Close()
}

// pipedResponse is the handler's side of a response.
type pipedResponse struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	head   chan *http.Response
}

func (p *pipedResponse) Header() http.Header { return p.header }

func (p *pipedResponse) WriteHeader(status int) {
	p.once.Do(func() {
		p.head <- &http.Response{
			StatusCode: status, Status: http.StatusText(status),
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: p.header.Clone(), ContentLength: -1,
		}
	})
}

func (p *pipedResponse) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.body.Write(b)
}

func (p *pipedResponse) Flush() { p.WriteHeader(http.StatusOK) }
