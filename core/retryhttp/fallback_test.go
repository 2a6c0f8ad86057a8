package retryhttp_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

const chatPath = "/v1/chat/completions"

// used is what no attempt cures.
func used() chattest.Step {
	return chattest.OpenAIErrorResponse(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.")
}

// ask sends a request of which nothing may reach another server.
func ask(t *testing.T, tr *retryhttp.Transport, url string) (*http.Response, error) {
	t.Helper()
	req := post(t, url+chatPath+"?key=SECRET")
	for _, name := range []string{"Authorization", "Cookie", "X-Own"} {
		req.Header.Set(name, "SECRET")
	}
	tr.Base = &http.Transport{DisableKeepAlives: true}
	return (&http.Client{Transport: tr}).Do(req)
}

func withModel(req *http.Request, model string) *http.Request {
	req.Body = io.NopCloser(strings.NewReader(`{"stream":true,"model":"` + model + `"}`))
	return req
}

// TestFallback: a request that failed for good goes on elsewhere, and to another origin
// nothing of it goes.
func TestFallback(t *testing.T) {
	reply := chattest.Reply("From there.")
	elsewhere := func(ctx context.Context, _ *http.Request, other string) (*http.Request, error) {
		next, err := http.NewRequestWithContext(ctx, http.MethodPost, other, strings.NewReader(`{"stream":true}`))
		next.Header.Set("Authorization", "second")
		return next, err
	}
	for name, tc := range map[string]struct {
		fallback func(ctx context.Context, req *http.Request, other string) (*http.Request, error)
		first    []chattest.Step
		opts     stream.Options
		// check looks at the request after the fallback.
		check func(t *testing.T, r chattest.Request)
		away  bool
	}{
		"another model": {
			fallback: func(_ context.Context, req *http.Request, _ string) (*http.Request, error) {
				return withModel(req, "small"), nil
			},
			first: []chattest.Step{used(), reply},
			check: func(t *testing.T, r chattest.Request) {
				assert.JSONEq(t, `{"stream":true,"model":"small"}`, string(r.Body))
				assert.Equal(t, "SECRET", r.Header.Get("Authorization"))
				assert.Equal(t, "key=SECRET", r.Query)
			},
		},
		"another key": {
			fallback: func(ctx context.Context, req *http.Request, _ string) (*http.Request, error) {
				req = req.Clone(ctx)
				req.Header.Set("Authorization", "second")
				return req, nil
			},
			first: []chattest.Step{used(), reply},
			check: func(t *testing.T, r chattest.Request) {
				assert.Equal(t, "second", r.Header.Get("Authorization"))
				assert.Equal(t, streamBody, string(r.Body))
			},
		},
		"another origin": {
			fallback: elsewhere,
			first:    []chattest.Step{used()}, away: true,
		},
		"another origin when the attempts are made": {
			fallback: elsewhere,
			first:    []chattest.Step{chattest.OpenAIServerErrorResponse()}, away: true,
			opts: stream.Options{MaxAttempts: 1},
		},
		"another origin in the opening": {
			fallback: elsewhere,
			first:    []chattest.Step{chattest.FailInStream(1, chattest.Error{Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota."})}, away: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			first, other := chattest.NewOpenAIChat(t, tc.first...), chattest.NewOpenAIChat(t, reply)
			var asked []stream.RetryContext
			var retries []event.ChatStreamRetry
			tr := &retryhttp.Transport{Options: tc.opts}
			tr.Fallback = func(ctx context.Context, r stream.RetryContext, req *http.Request) (*http.Request, error) {
				asked = append(asked, r)
				return tc.fallback(ctx, req, other.URL+chatPath)
			}
			tr.Options.OnRetry = func(r event.ChatStreamRetry) { retries = append(retries, r) }
			res, err := ask(t, tr, first.URL)
			require.NoError(t, err)
			assert.Equal(t, 200, res.StatusCode)
			text := read(t, res)
			assert.Contains(t, text, "From")
			assert.NotContains(t, text, "quota")
			assert.Len(t, asked, 1)
			require.Len(t, retries, 1)
			assert.Zero(t, retries[0].DelayMs)
			if !tc.away {
				require.Len(t, first.Requests(), 2)
				tc.check(t, first.Requests()[1])
				return
			}
			require.Len(t, other.Requests(), 1)
			got := other.Requests()[0]
			assert.NotContains(t, fmt.Sprint(got.Header, got.Query, string(got.Body)), "SECRET")
			assert.Equal(t, "second", got.Header.Get("Authorization"))
			assert.Empty(t, got.Header.Get("X-Own"))
			assert.Empty(t, got.Query)
			assert.JSONEq(t, `{"stream":true}`, string(got.Body))
		})
	}
}

// TestFallback_none: where there is none, or it is no good, the client gets the failure,
// and nothing more is sent.
func TestFallback_none(t *testing.T) {
	again := 0
	for name, tc := range map[string]struct {
		fallback func(ctx context.Context, req *http.Request, other string) (*http.Request, error)
		requests int
		says     string
	}{
		"nil":      {func(context.Context, *http.Request, string) (*http.Request, error) { return nil, nil }, 1, ""},
		"the same": {func(_ context.Context, req *http.Request, _ string) (*http.Request, error) { return req, nil }, 1, ""},
		"a clone": {func(ctx context.Context, req *http.Request, _ string) (*http.Request, error) {
			return req.Clone(ctx), nil
		}, 1, ""},
		"a new one like it": {func(ctx context.Context, req *http.Request, _ string) (*http.Request, error) {
			body, err := io.ReadAll(req.Body)
			next, _ := http.NewRequestWithContext(ctx, req.Method, req.URL.String(), bytes.NewReader(body))
			next.Header = req.Header.Clone()
			return next, err
		}, 1, ""},
		"the same answer always": {func(_ context.Context, req *http.Request, _ string) (*http.Request, error) {
			return withModel(req, "small"), nil
		}, 2, ""},
		"there and back": {func(_ context.Context, req *http.Request, _ string) (*http.Request, error) {
			again++
			return withModel(req, []string{"a", "b"}[again%2]), nil
		}, 3, ""},
		"an error": {func(context.Context, *http.Request, string) (*http.Request, error) {
			return nil, errors.New("no model; had x-api-key: SECRET")
		}, 1, "It was not tried elsewhere: fallback failed."},
		"its copy to another origin": {func(ctx context.Context, req *http.Request, other string) (*http.Request, error) {
			req = req.Clone(ctx)
			req.URL.Host = strings.TrimSuffix(strings.TrimPrefix(other, "http://"), chatPath)
			return req, nil
		}, 1, "Fallback would send a request that was made for"},
		"a POST without a body": {func(ctx context.Context, _ *http.Request, other string) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, other, nil)
		}, 1, "Fallback returned is a POST without a body"},
		"another API": {func(ctx context.Context, _ *http.Request, other string) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, strings.Replace(other, chatPath, "/v1/messages", 1), strings.NewReader("{}"))
		}, 1, "fallback named an address of another API"},
	} {
		t.Run(name, func(t *testing.T) {
			first, other := chattest.NewOpenAIChat(t, used(), used(), used(), used()), chattest.NewOpenAIChat(t)
			tr := &retryhttp.Transport{Fallback: func(ctx context.Context, _ stream.RetryContext, req *http.Request) (*http.Request, error) {
				return tc.fallback(ctx, req, other.URL+chatPath)
			}}
			var last event.ChatStreamStatus
			tr.Options.OnStatus = func(s event.ChatStreamStatus) { last = s }
			res, err := ask(t, tr, first.URL)
			require.NoError(t, err)
			assert.Equal(t, 429, res.StatusCode)
			assert.Contains(t, read(t, res), "You exceeded your current quota", "the answer that there is")
			assert.Len(t, first.Requests(), tc.requests)
			assert.Empty(t, other.Requests())
			if strings.HasPrefix(tc.says, "It") {
				assert.Contains(t, last.Message, tc.says)
			}
			if tc.requests > 1 || tc.says == "" {
				return
			}
			// Where there is no answer to hand out, the error says it.
			again := &retryhttp.Transport{Fallback: tr.Fallback, Options: stream.Options{MaxAttempts: 1}}
			lost := listen(t, func(c net.Conn) { _ = c.Close() })
			_, err = ask(t, again, "http://"+lost)
			require.ErrorContains(t, err, tc.says)
			assert.NotContains(t, strings.Replace(err.Error(), "?key=SECRET", "", 1), "SECRET") // which is net/http's
		})
	}
}

// TestFallback_spelling: what failed is tried once, however its address is spelled.
func TestFallback_spelling(t *testing.T) {
	for name, spell := range map[string]func(req *http.Request){
		"a fragment":        func(req *http.Request) { req.URL.Fragment = "other" },
		"the default port":  func(req *http.Request) { req.URL.Host, req.Host = "Host.test:80", "" },
		"the scheme's case": func(req *http.Request) { req.URL.Scheme = "HTTP" },
		"a host of its own": func(req *http.Request) { req.Host = "HOST.test:80" },
	} {
		t.Run(name, func(t *testing.T) {
			requests, asked := 0, 0
			tr := &retryhttp.Transport{
				Base: base(func(*http.Request) (*http.Response, error) {
					requests++
					body := `{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota."}}`
					return &http.Response{StatusCode: 429, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
				}),
				Fallback: func(_ context.Context, _ stream.RetryContext, req *http.Request) (*http.Request, error) {
					asked++
					spell(req)
					return req, nil
				},
			}
			res, err := (&http.Client{Transport: tr}).Do(post(t, "http://host.test"+chatPath))
			require.NoError(t, err)
			read(t, res)
			assert.Equal(t, []int{1, 1}, []int{requests, asked})
		})
	}
}

// TestFallback_content: what was passed on is the client's, and is not asked for again.
func TestFallback_content(t *testing.T) {
	quota := chattest.Error{Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota."}
	first := chattest.NewOpenAIChat(t, chattest.FailInStream(5, quota, chattest.Pace(5*time.Millisecond)))
	tr := &retryhttp.Transport{Fallback: func(context.Context, stream.RetryContext, *http.Request) (*http.Request, error) {
		t.Error("asked")
		return nil, nil
	}}
	res, err := ask(t, tr, first.URL)
	require.NoError(t, err)
	assert.Contains(t, read(t, res), quota.Message)
	assert.Len(t, first.Requests(), 1)
}

// TestFallback_once: a body that can be sent only once was sent.
func TestFallback_once(t *testing.T) {
	first := chattest.NewOpenAIChat(t, used())
	tr := &retryhttp.Transport{MaxBody: 10, Fallback: func(_ context.Context, _ stream.RetryContext, req *http.Request) (*http.Request, error) {
		t.Error("asked")
		return nil, nil
	}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, first.URL+chatPath, io.MultiReader(strings.NewReader(streamBody)))
	require.NoError(t, err)
	res, err := (&http.Client{Transport: tr}).Do(req)
	require.NoError(t, err)
	assert.Equal(t, 429, res.StatusCode)
	read(t, res)
}
