//go:build !js

package stream_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// post makes attempts with a real HTTP client.
func post(url string) func(context.Context, *stream.Attempt) error {
	return postWith(http.DefaultClient, url)
}

func postWith(client *http.Client, url string) func(context.Context, *stream.Attempt) error {
	return func(ctx context.Context, a *stream.Attempt) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"stream":true}`))
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		head := provider.Response{StatusCode: res.StatusCode, Header: res.Header.Get}
		if res.StatusCode >= 300 {
			head.Body, _ = io.ReadAll(io.LimitReader(res.Body, provider.MaxErrorBody))
		}
		if !a.Respond(head) {
			return nil
		}
		return a.ReadBody(res.Body)
	}
}

// TestFakeProviders plays each fault of the fakes: over real connections, but for
// silence, which takes virtual time.
func TestFakeProviders(t *testing.T) {
	const text = "The quick brown fox 敏捷的狐狸 🦊 jumps."
	fakes := map[string]struct {
		start func(chattest.TB, ...chattest.Step) *chattest.Server
		fake  func(*chattest.Script) http.Handler
		path  string
	}{
		"anthropic": {chattest.NewAnthropic, chattest.Anthropic, "/v1/messages"},
		"chat":      {chattest.NewOpenAIChat, chattest.OpenAIChat, "/v1/chat/completions"},
		"responses": {chattest.NewOpenAIResponses, chattest.OpenAIResponses, "/v1/responses"},
		"gemini":    {chattest.NewGemini, chattest.Gemini, "/v1beta/models/m:streamGenerateContent?alt=sse"},
	}
	overloaded := chattest.Error{Status: 503, Type: "server_error", Message: "overloaded"}
	faults := map[string]struct {
		step  chattest.Step
		kinds []failure.Kind
	}{
		"rate limit":             {chattest.ErrorResponse(chattest.Error{Status: 429, Message: "slow down"}), []failure.Kind{failure.RateLimit, failure.Overloaded}},
		"an error inside":        {chattest.FailInStream(4, overloaded, chattest.Text(text)), nil},
		"an error, then [DONE]":  {chattest.DoneAfterError(4, overloaded, chattest.Text(text)), nil},
		"cut after 100 bytes":    {chattest.CutAfterBytes(100, chattest.Text(text)), []failure.Kind{failure.Network}},
		"cut after 4 events":     {chattest.CutAfterEvents(4, chattest.Text(text)), []failure.Kind{failure.Network}},
		"a clean end, too early": {chattest.EndEarly(3, chattest.Text(text)), []failure.Kind{failure.Truncated}},
		"silence":                {chattest.Stall(3, chattest.Text(text)), []failure.Kind{failure.Stalled}},
		"no answer":              {chattest.Hang(), []failure.Kind{failure.Stalled}},
		"a web page":             {chattest.RawResponse(502, http.Header{"Content-Type": {"text/html"}}, "<html>"), []failure.Kind{failure.Server}},
	}
	for name, fake := range fakes {
		for fault, tc := range faults {
			reply := chattest.Reply(text, chattest.ChunkBytes(7))
			read := func(t *testing.T, client *http.Client, url string, opts stream.Options) {
				var got strings.Builder
				var retries []failure.Kind
				s := mustNew(stream.Options{
					URL: url, SilenceTimeout: opts.SilenceTimeout, Delays: opts.Delays,
					OnEvent: func(ev *stream.Event) {
						if ev.Reset > 0 {
							got.Reset()
						}
						got.Write(ev.Text)
					},
					OnRetry: func(r event.ChatStreamRetry) { retries = append(retries, r.Kind) },
				})
				require.NoError(t, s.Run(t.Context(), postWith(client, url)))
				assert.Equal(t, text, got.String())
				require.Len(t, retries, 1)
				if tc.kinds != nil {
					assert.Contains(t, tc.kinds, retries[0])
				}
			}
			t.Run(name+"/"+fault, func(t *testing.T) {
				if slices.Contains(tc.kinds, failure.Stalled) {
					synctest.Test(t, func(t *testing.T) {
						p := &chattest.Transport{Handler: fake.fake(chattest.NewScript(tc.step, reply))}
						read(t, &http.Client{Transport: p}, "https://fake.test"+fake.path, stream.Options{SilenceTimeout: 3 * time.Second})
						assert.Len(t, p.Requests(), 2)
					})
					return
				}
				t.Parallel()
				server := fake.start(t, tc.step, reply)
				// A busy machine must not look like a silent provider.
				read(t, http.DefaultClient, server.URL+fake.path, stream.Options{
					SilenceTimeout: 24 * time.Hour, Delays: retry.Delays{Initial: time.Nanosecond, Max: time.Nanosecond},
				})
				assert.Len(t, server.Requests(), 2)
			})
		}
	}
}
