package retryhttp_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
)

// TestRead_clientTimeout: the client's Timeout is the caller's own limit.
func TestRead_clientTimeout(t *testing.T) {
	for name, step := range map[string]chattest.Step{"no head": chattest.Hang(), "in the middle": chattest.Stall(6)} {
		inBubble(t, name, func(t *testing.T) {
			p, client := claude.serve(step)
			client.Timeout = 5 * time.Second
			start := time.Now()
			h := readAll(t.Context(), client, post(t, claude.url), stream.Options{})
			require.Len(t, h.errs, 1)
			failed, ok := errors.AsType[*stream.Error](h.errs[0])
			require.True(t, ok, "%v", h.errs[0])
			assert.Equal(t, failure.Timeout, failed.Kind)
			assert.NotContains(t, failed.Error(), "SECRET")
			assert.Equal(t, 5*time.Second, time.Since(start))
			assert.Len(t, p.Requests(), 1)
		})
	}
}

// TestRead_transport: the transport of the client serves here too, and does not retry
// by itself.
func TestRead_transport(t *testing.T) {
	inBubble(t, "its hooks", func(t *testing.T) {
		p := &chattest.Transport{Handler: chattest.Anthropic(chattest.NewScript(
			chattest.AnthropicOverloadedResponse(),
			chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key"),
			chattest.DefaultReply()))}
		client := &http.Client{Transport: &retryhttp.Transport{
			Base:    p,
			Options: stream.Options{MaxAttempts: 1},
			BeforeRetry: func(_ context.Context, _ stream.RetryContext, req *http.Request) (*http.Request, error) {
				req.Header.Set("X-Api-Key", "renewed")
				return req, nil
			},
			Fallback: func(_ context.Context, _ stream.RetryContext, req *http.Request) (*http.Request, error) {
				req.Header.Set("X-Api-Key", "another")
				return req, nil
			},
		}}
		h := readAll(t.Context(), client, post(t, claude.url), stream.Options{})
		require.Empty(t, h.errs)
		assert.Equal(t, chattest.DefaultText, h.text)
		var keys []string
		for _, req := range p.Requests() {
			keys = append(keys, req.Header.Get("X-Api-Key"))
			assert.Equal(t, streamBody, string(req.Body))
		}
		assert.Equal(t, []string{"SECRET", "renewed", "another"}, keys)
	})
	inBubble(t, "its waits", func(t *testing.T) {
		p := &chattest.Transport{Handler: chattest.Anthropic(chattest.NewScript(
			chattest.AnthropicRateLimitResponse("30"), chattest.DefaultReply(), chattest.DefaultReply()))}
		client := &http.Client{Transport: &retryhttp.Transport{Base: p}}
		togetherWait(t, p, client, stream.Options{})
	})
	inBubble(t, "a room without one", func(t *testing.T) {
		p, client := claude.serve(chattest.AnthropicRateLimitResponse("30"), chattest.DefaultReply(), chattest.DefaultReply())
		togetherWait(t, p, client, stream.Options{Room: new(wait.Room), RoomKey: "anthropic"})
	})
}

// togetherWait begins a second reply while the first was told to wait 30 seconds.
func togetherWait(t *testing.T, p *chattest.Transport, client *http.Client, opts stream.Options) {
	start := time.Now()
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() {
			time.Sleep(time.Duration(i) * time.Second)
			h := readAll(t.Context(), client, post(t, claude.url), opts)
			assert.Empty(t, h.errs)
			assert.Equal(t, chattest.DefaultText, h.text)
		})
	}
	all.Wait()
	require.Len(t, p.Requests(), 3)
	for _, req := range p.Requests()[1:] {
		assert.GreaterOrEqual(t, req.Time.Sub(start), 30*time.Second)
	}
}

// TestRead_real reads over real connections, many at a time.
func TestRead_real(t *testing.T) {
	steps := make([]chattest.Step, 0, 60)
	for range 20 {
		steps = append(steps, chattest.AnthropicErrorResponse(529, "overloaded_error", "Overloaded"), chattest.CutAfterBytes(900), chattest.FailInStream(5, chattest.Error{Status: 500}))
	}
	server := httptest.NewServer(chattest.Anthropic(chattest.NewScript(steps...)))
	defer server.Close()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			h := readAll(t.Context(), server.Client(), post(t, server.URL+"/v1/messages"), stream.Options{Delays: quick})
			assert.Empty(t, h.errs)
			assert.Equal(t, chattest.DefaultText, h.text)
		})
	}
	all.Wait()
}

// TestRead_redirect: the client follows redirects, with the body.
func TestRead_redirect(t *testing.T) {
	real := httptest.NewServer(chattest.Anthropic(chattest.NewScript(chattest.AnthropicOverloadedResponse())))
	defer real.Close()
	var sent bytes.Buffer
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(&sent, r.Body)
		http.Redirect(w, r, real.URL+"/v1/messages", http.StatusTemporaryRedirect)
	}))
	defer moved.Close()
	h := readAll(t.Context(), nil, post(t, moved.URL+"/v1/messages"), stream.Options{Delays: quick})
	require.Empty(t, h.errs)
	assert.Equal(t, chattest.DefaultText, h.text)
	assert.Equal(t, streamBody+streamBody, sent.String())
}

// TestRead_connection: bodies are read to their end, without which a connection cannot
// serve the next request.
func TestRead_connection(t *testing.T) {
	for name, api := range map[string]fakeAPI{"messages": claude, "chat": {chattest.OpenAIChat, "https://api.openai.com/v1/chat/completions"}, "responses": responses} {
		inBubble(t, name, func(t *testing.T) {
			p, client := api.serve(chattest.ErrorResponse(chattest.Error{Status: 503}), chattest.DefaultReply())
			toEnd := 0
			client.Transport = roundTripper(func(req *http.Request) (*http.Response, error) {
				res, err := p.RoundTrip(req)
				if err == nil {
					res.Body = &untilEnd{res.Body, &toEnd}
				}
				return res, err
			})
			h := readAll(t.Context(), client, post(t, api.url), stream.Options{})
			require.Empty(t, h.errs)
			assert.Equal(t, chattest.DefaultText, h.text)
			assert.Equal(t, 2, toEnd)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// untilEnd counts bodies that were read to their end.
type untilEnd struct {
	io.ReadCloser
	count *int
}

func (b *untilEnd) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		*b.count++
	}
	return n, err
}

// TestRead_endless: a body that never ends holds up a complete reply for a moment only.
func TestRead_endless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		whole := plain(chattest.Anthropic, claude.url, 1)
		p := &chattest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, whole)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		})}
		ended := ends(p)
		start := time.Now()
		h := readAll(t.Context(), &http.Client{Transport: p}, post(t, claude.url), stream.Options{})
		require.Empty(t, h.errs)
		assert.Equal(t, chattest.DefaultText, h.text)
		assert.Equal(t, 100*time.Millisecond, time.Since(start))
		synctest.Wait()
		assert.EqualValues(t, 1, ended.Load())
	})
}
