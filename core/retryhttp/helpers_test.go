package retryhttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/retryhttp"
)

var errReset = errors.New("read tcp 127.0.0.1:443: connection reset by peer")

// provider is an http.RoundTripper that a handler answers, without any network:
// so tests run in virtual time, which also finds goroutines that stay behind.
type provider struct {
	handler http.Handler

	mu   sync.Mutex
	sent []*http.Request // with their bodies as they came
	ends int             // of handlers
}

func (p *provider) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
		_ = req.Body.Close()
	}
	ctx, cancel := context.WithCancel(req.Context())
	served := req.Clone(ctx)
	served.Body = io.NopCloser(bytes.NewReader(body))
	p.mu.Lock()
	kept := req.Clone(context.Background())
	kept.Body = io.NopCloser(bytes.NewReader(body))
	p.sent = append(p.sent, kept)
	p.mu.Unlock()
	pr, pw := io.Pipe()
	context.AfterFunc(ctx, func() { _ = pr.CloseWithError(ctx.Err()) })
	w := &pipeWriter{header: http.Header{}, head: make(chan *http.Response, 1), body: pw}
	broken := make(chan error, 1)
	go func() {
		defer func() {
			if recover() != nil {
				broken <- errReset
				_ = pw.CloseWithError(errReset)
			} else {
				w.WriteHeader(200)
				_ = pw.Close()
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			p.ends++
		}()
		p.handler.ServeHTTP(w, served)
	}()
	select {
	case res := <-w.head:
		res.Request = req
		res.Body = &pipeBody{pr, cancel}
		return res, nil
	case err := <-broken:
		cancel()
		return nil, err
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
}

func (p *provider) requests() []*http.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

type pipeBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipeBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}

type pipeWriter struct {
	header http.Header
	head   chan *http.Response
	body   *io.PipeWriter
	once   sync.Once
}

func (w *pipeWriter) Header() http.Header { return w.header }

func (w *pipeWriter) WriteHeader(status int) {
	w.once.Do(func() {
		w.head <- &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header.Clone(), ContentLength: -1}
	})
}

func (w *pipeWriter) Write(b []byte) (int, error) {
	w.WriteHeader(200)
	return w.body.Write(b)
}

func (w *pipeWriter) Flush() { w.WriteHeader(200) }

// inBubble runs a test in virtual time; it fails if a goroutine stays behind.
func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// anthropic is a provider with this script, and a client that retries.
func anthropic(tr *retryhttp.Transport, steps ...chattest.Step) (*provider, *http.Client) {
	return retrying(tr, chattest.Anthropic(chattest.NewScript(steps...)))
}

func retrying(tr *retryhttp.Transport, handler http.Handler) (*provider, *http.Client) {
	p := &provider{handler: handler}
	tr.Base = p
	return p, &http.Client{Transport: tr}
}

const (
	messagesURL = "https://api.anthropic.com/v1/messages?key=SECRET"
	streamBody  = `{"stream":true,"stream_options":{"include_usage":true}}`
)

func post(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(streamBody))
	require.NoError(t, err)
	req.Header.Set("X-Api-Key", "SECRET")
	return req
}

// plain gives the whole reply as the fake sends it to request number n.
func plain(fake func(*chattest.Script) http.Handler, url string, n int) string {
	steps := make([]chattest.Step, n)
	for i := range steps {
		steps[i] = chattest.DefaultReply()
	}
	handler := fake(chattest.NewScript(steps...))
	for {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, url, strings.NewReader(streamBody)))
		if n--; n == 0 {
			return rec.Body.String()
		}
	}
}

// read reads a body to its clean end and closes it.
func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return string(body)
}
