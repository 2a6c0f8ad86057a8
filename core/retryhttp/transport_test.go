package retryhttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

func refuse(context.Context, stream.RetryContext) error { return stream.ErrRefused }

// replies gives a handler its answers one by one, and then the last.
func replies(answers ...http.HandlerFunc) http.Handler {
	n := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n++
		answers[min(n, len(answers))-1](w, r)
	})
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func says(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

// TestUntouched: what is no stream passes as it came.
func TestUntouched(t *testing.T) {
	zipped := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = io.WriteString(w, text)
		_ = w.Close()
		return b.String()
	}
	for name, tc := range map[string]struct {
		method  string
		handler http.HandlerFunc
		status  int
		body    string
	}{
		"a document": {"POST", says("application/json", `{"id":"x"}`), 200, `{"id":"x"}`},
		"a web page": {"GET", says("text/html", "<html>"), 200, "<html>"},
		"binary":     {"GET", says("image/png", "\x89PNG"), 200, "\x89PNG"},
		"nothing":    {"POST", says("application/json", ""), 200, ""},
		"HEAD":       {"HEAD", says("text/event-stream", ""), 200, ""},
		"204":        {"POST", status(204), 204, ""},
		"304":        {"GET", status(304), 304, ""},
		"a redirect": {"POST", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/other", http.StatusTemporaryRedirect)
		}, 307, ""},
		"a final 404": {"GET", status(404), 404, ""},
		"large":       {"GET", says("application/json", `"`+strings.Repeat("x", 1<<20)+`"`), 200, `"` + strings.Repeat("x", 1<<20) + `"`},
		"gzip for who asked": {"POST", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			says("text/event-stream", zipped("data: hello\n\n"))(w, r)
		}, 200, zipped("data: hello\n\n")},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := retrying(&retryhttp.Transport{}, tc.handler)
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			req, err := http.NewRequestWithContext(t.Context(), tc.method, "https://example.test/", nil)
			require.NoError(t, err)
			start := time.Now()
			res, err := client.Do(req)
			require.NoError(t, err)
			assert.Equal(t, tc.status, res.StatusCode)
			assert.Equal(t, tc.body, read(t, res))
			assert.Len(t, p.Requests(), 1)
			assert.Zero(t, time.Since(start))
		})
	}
}

// TestErrorInside: an error body inside a 200 is an error.
func TestErrorInside(t *testing.T) {
	const busy = `{"error":{"type":"overloaded_error","message":"Overloaded"}}`
	const wrong = `{"error":{"type":"authentication_error","message":"No"}}`
	for name, tc := range map[string]struct {
		answers  []http.HandlerFunc
		body     string
		requests int
	}{
		"retried":     {[]http.HandlerFunc{says("application/json", busy), says("application/json", `{"id":"x"}`)}, `{"id":"x"}`, 2},
		"final":       {[]http.HandlerFunc{says("application/json", wrong)}, wrong, 1},
		"cut":         {[]http.HandlerFunc{cut(`{"id":`), says("application/json", `{"id":"x"}`)}, `{"id":"x"}`, 2},
		"unavailable": {[]http.HandlerFunc{status(503), says("application/json", `{"id":"x"}`)}, `{"id":"x"}`, 2},
		"cut, encoded": {[]http.HandlerFunc{func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			w.WriteHeader(503)
		}, says("text/plain", "x")}, "x", 2},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := retrying(&retryhttp.Transport{}, replies(tc.answers...))
			res, err := client.Do(post(t, "https://api.anthropic.com/v1/messages"))
			require.NoError(t, err)
			assert.Equal(t, 200, res.StatusCode)
			assert.Equal(t, tc.body, read(t, res))
			assert.Len(t, p.Requests(), tc.requests)
		})
	}
}

func cut(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		says("application/json", body)(w, r)
		panic(http.ErrAbortHandler)
	}
}

// TestRequests: each attempt sends the same request, and the caller's stays as it
// is.
func TestRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		change   func(*http.Request)
		tr       *retryhttp.Transport
		requests int
		status   int
		length   int64
	}{
		"GetBody":  {func(*http.Request) {}, &retryhttp.Transport{}, 2, 200, int64(len(streamBody))},
		"one shot": {func(r *http.Request) { r.GetBody, r.ContentLength = nil, -1 }, &retryhttp.Transport{}, 2, 200, int64(len(streamBody))},
		"too long to keep": {
			func(r *http.Request) { r.GetBody, r.ContentLength = nil, -1 },
			&retryhttp.Transport{MaxBody: 10}, 1, 529, -1,
		},
		"too long, whatever Adjust says": {
			func(r *http.Request) { r.GetBody, r.ContentLength = nil, -1 },
			&retryhttp.Transport{MaxBody: 10, Adjust: func(_ *http.Request, opts *stream.Options) { opts.MaxAttempts = 5 }}, 1, 529, -1,
		},
		"just short enough": {func(r *http.Request) { r.GetBody = nil }, &retryhttp.Transport{MaxBody: int64(len(streamBody))}, 2, 200, int64(len(streamBody))},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := anthropic(tc.tr, chattest.AnthropicOverloadedResponse(), chattest.DefaultReply())
			o := observe(p)
			req := post(t, messagesURL)
			tc.change(req)
			closed := &closing{ReadCloser: req.Body}
			req.Body = closed
			before := req.Header.Clone()
			res, err := client.Do(req)
			require.NoError(t, err)
			assert.Equal(t, tc.status, res.StatusCode)
			read(t, res)
			assert.Equal(t, before, req.Header)
			assert.True(t, closed.closed)
			require.Len(t, p.Requests(), tc.requests)
			for i, sent := range p.Requests() {
				assert.Equal(t, streamBody, string(sent.Body))
				assert.Equal(t, tc.length, o.lengths[i])
				assert.Equal(t, "SECRET", sent.Header.Get("X-Api-Key"))
			}
		})
	}
	inBubble(t, "a body that cannot be read", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{})
		req := post(t, "https://api.anthropic.com/v1/messages")
		req.GetBody = nil
		broken := errors.New("the disk is gone")
		req.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), errorReader{broken}))
		_, err := client.Do(req)
		assert.ErrorIs(t, err, broken)
	})
	inBubble(t, "the rest of a reply", func(t *testing.T) {
		p, client := retrying(&retryhttp.Transport{}, chattest.Interactions(chattest.NewScript(chattest.CutAfterEvents(6))))
		o := observe(p)
		req := post(t, "https://generativelanguage.googleapis.com/v1beta/interactions")
		req.Header.Set("Content-Type", "application/json")
		res, err := client.Do(req)
		require.NoError(t, err)
		read(t, res)
		rest := p.Requests()[1]
		assert.Equal(t, "GET", rest.Method)
		assert.Equal(t, "SECRET", rest.Header.Get("X-Api-Key"))
		assert.Empty(t, rest.Header.Get("Content-Type"))
		assert.Empty(t, rest.Body)
		assert.Zero(t, o.lengths[1])
	})
}

type closing struct {
	io.ReadCloser
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return c.ReadCloser.Close()
}

type errorReader struct{ err error }

func (r errorReader) Read([]byte) (int, error) { return 0, r.err }

// TestRoom: requests to one server with one credential wait together.
func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &retryhttp.Transport{}
		p, client := anthropic(tr, chattest.AnthropicRateLimitResponse("30"))
		start := time.Now()
		ask := func(url, key string, want time.Duration) {
			req := post(t, url)
			req.Header.Set("X-Api-Key", key)
			res, err := client.Do(req)
			if assert.NoError(t, err) {
				_, _ = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				assert.Equal(t, want, time.Since(start), "%s %s", url, key)
			}
		}
		done := make(chan struct{}, 5)
		for i, tc := range []struct {
			url, key string
			want     time.Duration
		}{
			{"https://api.anthropic.com/v1/messages", "a", 30 * time.Second},
			{"https://api.anthropic.com/v1/messages", "a", 30 * time.Second},
			{"https://api.anthropic.com/v1/messages", "b", time.Second},
			{"https://api.anthropic.com/v1/messages?key=x", "a", time.Second},
			{"https://example.test/v1/messages", "a", time.Second},
		} {
			go func() {
				defer func() { done <- struct{}{} }()
				if i > 0 {
					time.Sleep(time.Second)
				}
				ask(tc.url, tc.key, tc.want)
			}()
		}
		for range cap(done) {
			<-done
		}
		assert.Len(t, p.Requests(), 6)
	})
}

// TestAdjust: options of one request, which itself is only looked at.
func TestAdjust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var retries []event.ChatStreamRetry
		tr := &retryhttp.Transport{
			Options: stream.Options{OnEvent: func(*stream.Event) { t.Error("an event") }},
			Adjust: func(req *http.Request, opts *stream.Options) {
				opts.OnRetry = func(r event.ChatStreamRetry) { retries = append(retries, r) }
				assert.Equal(t, "SECRET", req.Header.Get("X-Api-Key"))
				req.Header.Set("X-Api-Key", "another")
				req.URL.Host = "example.test"
			},
		}
		p, client := anthropic(tr, chattest.AnthropicOverloadedResponse())
		o := observe(p)
		req := post(t, messagesURL)
		res, err := client.Do(req)
		require.NoError(t, err)
		read(t, res)
		require.Len(t, retries, 1)
		assert.Equal(t, "anthropic", retries[0].Provider)
		assert.Equal(t, "api.anthropic.com", req.URL.Host)
		assert.Equal(t, []string{"api.anthropic.com", "api.anthropic.com"}, o.hosts)
		for _, sent := range p.Requests() {
			assert.Equal(t, "SECRET", sent.Header.Get("X-Api-Key"))
		}
	})
}

// quick are delays for tests whose time is real: none to speak of.
var quick = retry.Delays{Initial: time.Nanosecond, Max: time.Nanosecond}

// TestRealConnections: the same over TCP, compressed, by the default transport,
// which leaves no goroutine behind.
func TestRealConnections(t *testing.T) {
	server := chattest.NewAnthropic(t, chattest.AnthropicOverloadedResponse(), chattest.CutAfterEvents(2), chattest.DefaultReply())
	base := http.DefaultTransport.(*http.Transport).Clone()
	client := &http.Client{Transport: &retryhttp.Transport{Base: base, Options: stream.Options{Delays: quick}}}
	before := runtime.NumGoroutine()
	res, err := client.Do(post(t, server.URL+"/v1/messages"))
	require.NoError(t, err)
	assert.Contains(t, read(t, res), "message_stop")
	assert.Len(t, server.Requests(), 3)

	zipped := httptest.NewServer(replies(status(500), func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "gzip", r.Header.Get("Accept-Encoding"))
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(z, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n")
	}))
	defer zipped.Close()
	res, err = client.Do(post(t, zipped.URL+"/v1/chat/completions"))
	require.NoError(t, err)
	assert.True(t, res.Uncompressed)
	assert.Contains(t, read(t, res), "Hi")

	client.CloseIdleConnections()
	for runtime.NumGoroutine() > before+2 { // or the test runs into its limit
		runtime.Gosched()
	}
}
