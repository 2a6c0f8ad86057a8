package retry_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// fell is what came of a request with a fallback: through retryStream, or through
// createRetryFetch.
type fell struct {
	Text    string                  `json:"text"`
	Resets  int                     `json:"resets"`
	Status  int                     `json:"status"`
	Error   *library.Error          `json:"error"`
	Retries []event.ChatStreamRetry `json:"retries"`
	Calls   []before                `json:"calls"`
	Last    event.ChatStreamStatus  `json:"last"`
}

// fallBack sends a request with a secret in each of its parts. fallback is a function, in
// which other is the second URL.
func fallBack(tb *browser.Tab, relays bool, url, other, fallback string, options map[string]any) fell {
	tb.T.Helper()
	return browser.Call[fell](tb, "fall", url, other, relays, options, targets(fallback))
}

// fallLate does so through createRetryFetch with a fault that is put off until some of
// the reply was read. begin starts the fake with it.
func fallLate(tb *browser.Tab, begin func(until chattest.Option) (url string), fallback string) fell {
	tb.T.Helper()
	read := make(chan struct{})
	tb.Call("fallLater", begin(chattest.Until(read)), targets(fallback))
	tb.WaitFor(`tests.begun`)
	close(read)
	tb.WaitFor(`tests.fallen`)
	return browser.Eval[fell](tb, `tests.fallen`)
}

// targets gives a fallback the names of what it may go on with.
func targets(fallback string) browser.JS { return browser.JS("({ url, other, all }) => " + fallback) }

// used is what no attempt cures.
var used = chattest.OpenAIErrorResponse(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota, please check your plan and billing details.")

// usedInside is the same in the stream, after so many events.
func usedInside(after int, opts ...chattest.Option) chattest.Step {
	return chattest.FailInStream(after, chattest.Error{Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota."}, opts...)
}

const (
	smaller  = `() => ({ init: { body: '{"stream":true,"model":"small"}' } })`
	otherKey = `() => ({ init: { headers: { authorization: "Bearer sk-second", "content-type": "application/json" } } })`
	whole    = `() => ({ input: other, init: { method: "POST", headers: { authorization: "Bearer sk-second" }, body: '{"stream":true}' } })`
)

// TestFallback: what has failed for good goes on at once with another model, with another
// key, or elsewhere, where nothing of the first request comes.
func TestFallback(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	busy := chattest.OpenAIServerErrorResponse()
	for _, tt := range []struct {
		name, fallback string
		options        map[string]any
		steps          []chattest.Step
		kind           failure.Kind
		first          int // requests that the first target got
		away           bool
	}{
		{"another model", smaller, nil, []chattest.Step{used}, failure.UsageLimit, 1, false},
		{"another key, later", "async " + otherKey, nil, []chattest.Step{used}, failure.UsageLimit, 1, false},
		{"another origin", whole, map[string]any{"provider": "openai"}, []chattest.Step{used}, failure.UsageLimit, 1, true},
		{"a Request to another origin", `() => ({ input: new Request(other, { method: "POST", headers: { authorization: "Bearer sk-second" }, body: '{"stream":true}' }) })`, nil, []chattest.Step{used}, failure.UsageLimit, 1, true},
		{"in the opening", smaller, nil, []chattest.Step{usedInside(1)}, failure.UsageLimit, 1, false},
		{"no more attempts", smaller, map[string]any{"maxAttempts": 2}, []chattest.Step{busy, busy}, failure.Server, 2, false},
		{"too long a wait", otherKey, nil, []chattest.Step{chattest.OpenAIErrorResponse(429, "tokens", "rate_limit_exceeded", "Rate limit reached. Please try again in 17m12s.")}, failure.RateLimit, 1, false},
		{"a model that is gone", smaller, nil, []chattest.Step{chattest.OpenAIErrorResponse(404, "invalid_request_error", "model_not_found", "The model does not exist.")}, failure.ModelNotFound, 1, false},
	} {
		for _, relays := range []bool{false, true} {
			name := fmt.Sprint(tt.name, ", relays: ", relays)
			provider, other := site.NewFake(t, chattest.OpenAIChat, tt.steps...), site.NewFake(t, chattest.OpenAIChat)
			got := fallBack(tb, relays, provider.URL+site.ChatPath+"?key=sk-first", other.URL+site.ChatPath, tt.fallback, tt.options)
			require.Nil(t, got.Error, name)
			if relays {
				assert.Equal(t, 200, got.Status, name)
				assert.Contains(t, got.Text, "[DONE]", name)
				assert.NotContains(t, got.Text, "quota", name)
			} else {
				assert.Equal(t, chattest.DefaultText, got.Text, name)
			}
			require.Len(t, got.Calls, 1, name)
			c := got.Calls[0]
			assert.Equal(t, tt.kind, c.Kind, name)
			assert.Equal(t, tt.first, c.Attempt, name)
			assert.Equal(t, "[object AbortSignal]", c.Signal, name)
			require.Len(t, got.Retries, tt.first, name)
			last := got.Retries[tt.first-1]
			assert.Zero(t, last.DelayMs, name)
			assert.Equal(t, c.Error, last.Error, name)
			assert.Equal(t, tt.first+1, got.Last.Attempt, name)
			requests := provider.Asked("chat")
			if !tt.away {
				require.Len(t, requests, tt.first+1, name)
				next := requests[tt.first]
				if tt.fallback == smaller {
					assert.JSONEq(t, `{"stream":true,"model":"small"}`, string(next.Body), name)
					assert.Equal(t, "Bearer sk-first", next.Header.Get("Authorization"), name)
				} else {
					assert.Equal(t, requests[0].Body, next.Body, name)
					assert.Equal(t, "Bearer sk-second", next.Header.Get("Authorization"), name)
				}
				continue
			}
			assert.Len(t, requests, 1, name)
			seconds := 0
			for _, r := range other.Asked("chat") {
				assert.NotContains(t, fmt.Sprint(r.Header, r.Query, string(r.Body)), "sk-first", name)
				if r.Method == http.MethodPost {
					seconds++
					assert.Equal(t, "Bearer sk-second", r.Header.Get("Authorization"), name)
					assert.JSONEq(t, `{"stream":true}`, string(r.Body), name)
				}
			}
			assert.Equal(t, 1, seconds, name)
		}
	}
	t.Run("after some text", func(t *testing.T) {
		provider := site.NewFake(t, chattest.OpenAIChat, usedInside(5, chattest.Pace(5*time.Millisecond)))
		got := fallBack(tb, false, provider.URL+site.ChatPath, "", smaller, nil)
		require.Nil(t, got.Error)
		assert.Equal(t, chattest.DefaultText, got.Text)
		assert.Equal(t, 1, got.Resets)
		assert.NotEmpty(t, got.Calls[0].Text)
	})
	t.Run("after content was passed on", func(t *testing.T) {
		var provider *site.Site
		got := fallLate(tb, func(until chattest.Option) string {
			provider = site.NewFake(t, chattest.OpenAIChat, usedInside(5, until))
			return provider.URL + site.ChatPath
		}, smaller)
		assert.Contains(t, got.Text, "You exceeded your current quota")
		assert.Empty(t, got.Calls)
		assert.Len(t, provider.Requests(), 1)
	})
}

// TestFallbackEnds: where there is none, or it is no good, the stream fails as it would
// have, and a target is tried once.
func TestFallbackEnds(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	const same = `'{"stream":true,"model":"large","prompt":"sk-first"}'`
	for _, tt := range []struct {
		name, fallback string
		requests       int
		message, cause string
	}{
		{"none", `() => {}`, 1, "", ""},
		{"null", `async () => null`, 1, "", ""},
		{"false", `() => false`, 1, "", ""},
		{"nothing new", `() => ({})`, 1, "", ""},
		{"the same body", `() => ({ init: { body: ` + same + ` } })`, 1, "", ""},
		{"the same as bytes", `() => ({ init: { body: new TextEncoder().encode(` + same + `) } })`, 1, "", ""},
		{"the same request", `() => ({ input: new Request(url, { ...all, body: new Blob([` + same + `]) }) })`, 1, "", ""},
		{"the same address, spelled differently", `() => ({ input: url.replace("/v1/", "/v1/./") + "#other" })`, 1, "", ""},
		{"always the same answer", smaller, 2, "", ""},
		{"always the same form", `() => { const body = new FormData(); body.set("model", "small"); return { init: { body, headers: {} } }; }`, 2, "", ""},
		{"there and back", `({ attempt }) => ({ init: { body: attempt % 2 ? "{}" : '{"stream":true}' } })`, 3, "", ""},
		{"ever new ones", `({ attempt }) => ({ init: { body: '{"stream":true,"seed":' + attempt + '}' } })`, 17, "", ""},
		{"throws", `() => { throw new RangeError("my own") }`, 1, "It was not tried elsewhere: fallback failed.", "my own"},
		{"nonsense", `() => "small"`, 1, "fallback failed", "fallback must return nothing, false, or { input, init }"},
		{"another origin and no more", `() => ({ input: other })`, 1, "fallback failed", "fallback asks another origin"},
		{"another API", `() => ({ input: new URL("/v1/messages", url) })`, 1, "fallback named an address of another API", ""},
	} {
		for _, relays := range []bool{false, true} {
			if tt.name == "another API" && !relays {
				continue // which a page may read
			}
			name := fmt.Sprint(tt.name, ", relays: ", relays)
			steps := make([]chattest.Step, 20)
			for i := range steps {
				steps[i] = used
			}
			provider, other := site.NewFake(t, chattest.OpenAIChat, steps...), site.NewFake(t, chattest.OpenAIChat)
			got := fallBack(tb, relays, provider.URL+site.ChatPath, other.URL+site.ChatPath, tt.fallback, nil)
			assert.Len(t, provider.Asked("v1"), tt.requests, name)
			assert.Empty(t, other.Requests(), name)
			assert.Len(t, got.Retries, tt.requests-1, name)
			assert.Equal(t, event.PhaseFailed, got.Last.Phase, name)
			assert.Contains(t, got.Last.Message, tt.message, name)
			if tt.name == "always the same form" {
				continue // which the fake says is no JSON
			}
			if relays {
				assert.Nil(t, got.Error, name)
				assert.Equal(t, 429, got.Status, name)
				assert.Contains(t, got.Text, "You exceeded your current quota", name)
				continue
			}
			require.NotNil(t, got.Error, name)
			assert.Equal(t, failure.UsageLimit, got.Error.Kind, name)
			assert.Equal(t, tt.requests, got.Error.Attempts, name)
			assert.Contains(t, got.Error.Message, tt.message, name)
			assert.Contains(t, got.Error.CauseMessage, tt.cause, name)
			if tt.message == "" {
				assert.NotContains(t, got.Error.Message, "fallback", name)
			}
		}
	}
}

// TestFallbackNeverSettles: who stops the stream ends it at once.
func TestFallbackNeverSettles(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	got := browser.Call[string](tb, "stopWhileFalling", site.NewFake(t, chattest.OpenAIChat, used).URL+site.ChatPath)
	assert.Equal(t, "AbortError true", got)
}
