package retry_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// before is what a call of beforeRetry was given.
type before struct {
	Attempt    int          `json:"attempt"`
	Error      string       `json:"error"`
	Kind       failure.Kind `json:"kind"`
	Provider   string       `json:"provider"`
	StatusCode int          `json:"status_code"`
	ToolCall   bool         `json:"tool_call"`
	Text       string       `json:"text"`
	Signal     string       `json:"signal"`
	Aborted    bool         `json:"aborted"`
	Keys       []string     `json:"keys"`
}

// readBefore reads a stream whose beforeRetry is a JavaScript function.
func readBefore(tb *browser.Tab, url, beforeRetry string, options ...map[string]any) (library.Seen, []before) {
	tb.T.Helper()
	o := map[string]any{}
	if len(options) > 0 {
		o = options[0]
	}
	type both struct {
		Seen  library.Seen `json:"seen"`
		Calls []before     `json:"calls"`
	}
	got := browser.Call[both](tb, "readBefore", url, o, browser.JS("(url) => "+beforeRetry))
	return got.Seen, got.Calls
}

// TestBeforeRetryChanges: it may change every part of the next request, and is
// told what there is to know.
func TestBeforeRetryChanges(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	other := site.NewFake(t, chattest.OpenAIChat, chattest.Reply("From elsewhere."))
	for _, tt := range []struct {
		name, answer string
		check        func(t *testing.T, first, second chattest.Request)
	}{
		{"nothing", `() => {}`, func(t *testing.T, first, second chattest.Request) {
			assert.Equal(t, first.Body, second.Body)
			assert.Equal(t, first.Header, second.Header)
		}},
		{"null", `() => null`, func(t *testing.T, first, second chattest.Request) { assert.Equal(t, first.Body, second.Body) }},
		{"what is undefined", `() => ({ init: { headers: undefined, body: undefined, method: undefined } })`, func(t *testing.T, first, second chattest.Request) {
			assert.Equal(t, first.Method, second.Method)
			assert.Equal(t, first.Body, second.Body)
			assert.Equal(t, first.Header, second.Header)
		}},
		{"the body", `async () => ({ init: { body: JSON.stringify({ stream: true, model: "smaller" }) } })`, func(t *testing.T, first, second chattest.Request) {
			assert.JSONEq(t, `{"stream":true,"model":"smaller"}`, string(second.Body))
			assert.Equal(t, first.Header.Get("Content-Type"), second.Header.Get("Content-Type"))
		}},
		{"the key", `() => ({ init: { headers: { authorization: "Bearer sk-second", "content-type": "application/json" } } })`, func(t *testing.T, first, second chattest.Request) {
			assert.Equal(t, "Bearer sk-second", second.Header.Get("Authorization"))
			assert.Equal(t, first.Body, second.Body)
		}},
		{"the URL", `({ text }) => ({ input: new URL("?again=1", url) })`, func(t *testing.T, first, second chattest.Request) {
			assert.Equal(t, "again=1", second.Query)
			assert.Equal(t, first.Body, second.Body)
		}},
		{"a Request", `() => ({ input: new Request(url + "?again=2", { method: "POST", body: "{\"stream\":true}" }) })`, func(t *testing.T, first, second chattest.Request) {
			assert.Equal(t, "again=2", second.Query)
			assert.JSONEq(t, `{"stream":true}`, string(second.Body))
			assert.NotEqual(t, first.Header.Get("Content-Type"), second.Header.Get("Content-Type"))
		}},
	} {
		provider := site.NewFake(t, chattest.OpenAIChat, chattest.EndEarly(8))
		got, calls := readBefore(tb, provider.URL+site.ChatPath, tt.answer)
		require.Nil(t, got.Error, tt.name)
		assert.Equal(t, chattest.DefaultText, got.Text, tt.name)
		requests := provider.Requests()
		require.Len(t, requests, 2, tt.name)
		tt.check(t, requests[0], requests[1])
		require.Len(t, calls, 1)
		c := calls[0]
		assert.Equal(t, []string{"attempt", "error", "kind", "provider", "signal", "text", "tool_call"}, c.Keys)
		assert.Equal(t, 1, c.Attempt)
		assert.Equal(t, failure.Truncated, c.Kind)
		assert.Equal(t, got.Retries[0].Error, c.Error)
		assert.NotEmpty(t, c.Text)
		assert.Equal(t, "[object AbortSignal]", c.Signal)
		assert.False(t, c.ToolCall || c.Aborted)
	}
	// Another server altogether.
	provider := site.NewFake(t, chattest.Anthropic, chattest.AnthropicOverloadedResponse())
	got, calls := readBefore(tb, provider.URL+"/v1/messages", `() => ({ input: "`+other.URL+site.ChatPath+`", init: { method: "POST", body: "{\"stream\":true}" } })`)
	require.Nil(t, got.Error)
	assert.Equal(t, "From elsewhere.", got.Text)
	assert.Equal(t, 529, calls[0].StatusCode)
	assert.Len(t, provider.Requests(), 1)
}

// TestBeforeRetryGivesNothingAway: another origin gets nothing of the request but
// what the answer names, and a Request stands for itself.
func TestBeforeRetryGivesNothingAway(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	const own = `{ method: "POST", headers: { "x-own": "second" }, body: "{\"stream\":true}" }`
	for _, tt := range []struct{ name, input, answer string }{
		{"a URL", `first, init`, `({ input: other, init: ` + own + ` })`},
		{"a URL after a Request", `new Request(first, init), {}`, `({ input: other, init: ` + own + ` })`},
		{"a Request", `first, init`, `({ input: new Request(other, ` + own + `) })`},
		{"a Request after a Request", `new Request(first, init), {}`, `({ input: new Request(other, ` + own + `) })`},
		{"a Request of the same origin", `first, init`, `({ input: new Request(first, ` + own + `) })`},
		{"there and back", `first, init`, `attempt === 1 ? { input: other, init: ` + own + ` } : { input: first, init: ` + own + ` }`},
	} {
		provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse())
		other := site.NewFake(t, chattest.OpenAIChat)
		if tt.name == "there and back" {
			other = site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse())
		}
		const names = "({ first, other, init, attempt }) => "
		got := browser.Call[string](tb, "giveNothingAway", provider.URL+site.ChatPath+"?key=sk-first", other.URL+site.ChatPath,
			browser.JS(names+"["+tt.input+"]"), browser.JS(names+"("+tt.answer+")"))
		assert.Equal(t, chattest.DefaultText, got, tt.name)
		requests := provider.Requests()
		seconds := append(other.Asked("chat"), requests[1:]...)
		require.NotEmpty(t, seconds, tt.name)
		for _, r := range seconds {
			if r.Method == http.MethodOptions {
				continue
			}
			assert.JSONEq(t, `{"stream":true}`, string(r.Body), tt.name)
			assert.Equal(t, "second", r.Header.Get("X-Own"), tt.name)
			for name, values := range r.Header {
				assert.NotContains(t, strings.Join(values, " "), "sk-first", tt.name+" "+name)
			}
		}
	}
}

// TestBeforeRetryGivesNothingAwayLater: not with the request for the rest of the other
// server's reply, nor where there was nothing to name.
func TestBeforeRetryGivesNothingAwayLater(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct{ name, method, init string }{
		{"the rest", "POST", `{ method: "POST", headers: { "content-type": "application/json", "x-own": "second" }, body: "{\"stream\":true,\"background\":true}" }`},
		{"a GET", "GET", `{}`},
	} {
		provider := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Access-Control-Allow-Headers", "*, authorization")
			if r.Method != http.MethodOptions {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		other := site.NewFake(t, chattest.OpenAIResponses, chattest.EndEarly(8, chattest.Background()))
		tb.Call("goElsewhere", provider.URL+"/v1/responses?key=sk-first", other.URL+"/v1/responses", tt.method, browser.JS(tt.init))
		seconds := other.Asked("responses")
		require.NotEmpty(t, seconds, tt.name)
		if tt.method == "POST" {
			assert.Equal(t, http.MethodGet, seconds[len(seconds)-1].Method, "no rest was asked for")
			assert.Equal(t, "second", seconds[len(seconds)-1].Header.Get("X-Own"))
		}
		for _, r := range seconds {
			assert.NotContains(t, fmt.Sprint(r), "sk-first", tt.name)
		}
	}
}

// TestBeforeRetryAfterARequest: a URL of the same origin gets what the Request held.
func TestBeforeRetryAfterARequest(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.EndEarly(8), chattest.EndEarly(8))
	assert.Equal(t, chattest.DefaultText, browser.Call[string](tb, "readAfterRequest", provider.URL+site.ChatPath))
	requests := provider.Requests()
	require.Len(t, requests, 3)
	for i, r := range requests[1:] {
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, "again="+strconv.Itoa(i+1), r.Query)
		assert.Equal(t, requests[0].Body, r.Body)
		assert.Equal(t, requests[0].Header, r.Header)
	}
}

// TestBeforeRetryKnowsToolCalls: whoever runs tools must not run one twice.
func TestBeforeRetryKnowsToolCalls(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	call := chattest.ToolCall{Name: "send_mail", Arguments: `{"to":"you"}`}
	whole := chattest.Reply("I will.", func(s *chattest.Step) { s.ToolCall = &call })
	for _, events := range []int{3, 100} {
		step := whole
		step.Fault, step.After = chattest.FaultEarlyEnd, events
		provider := site.NewFake(t, chattest.Anthropic, step)
		got, calls := readBefore(tb, provider.URL+"/v1/messages", `({ tool_call }) => tool_call ? false : undefined`)
		require.Len(t, calls, 1)
		if calls[0].ToolCall {
			assert.Equal(t, 100, events)
			require.NotNil(t, got.Error)
			assert.Contains(t, got.Error.Message, "beforeRetry refused")
			assert.Len(t, provider.Requests(), 1)
			continue
		}
		assert.Equal(t, 3, events)
		assert.Nil(t, got.Error)
	}
}

// TestBeforeRetryEnds: a refusal, an exception and nonsense end the stream, each
// with an error that says so and that the page's own is the cause of.
func TestBeforeRetryEnds(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct{ name, answer, message, cause string }{
		{"refuses", `() => false`, "beforeRetry refused", ""},
		{"refuses later", `async () => false`, "beforeRetry refused", ""},
		{"throws", `() => { throw new RangeError("my own") }`, "beforeRetry failed", "my own"},
		{"rejects", `() => Promise.reject(new RangeError("my own"))`, "beforeRetry failed", "my own"},
		{"rejects with nothing", `() => Promise.reject()`, "beforeRetry failed", ""},
		{"true", `() => true`, "beforeRetry failed", "must return nothing, false, or { input, init }"},
		{"a string", `() => "https://example.com"`, "beforeRetry failed", "must return nothing, false, or { input, init }"},
		{"a Request by itself", `() => new Request("https://other.example/")`, "beforeRetry failed", "must return nothing, false, or { input, init }"},
		{"a URL by itself", `() => new URL("https://other.example/")`, "beforeRetry failed", "must return nothing, false, or { input, init }"},
		{"a list", `() => []`, "beforeRetry failed", "must return nothing, false, or { input, init }"},
		{"unknown members", `() => ({ body: "{}" })`, "beforeRetry failed", `"body"`},
		{"init of a wrong type", `() => ({ init: 5 })`, "beforeRetry failed", "init"},
		{"a body to be sent once", `() => ({ init: { body: new ReadableStream(), duplex: "half" } })`, "beforeRetry failed", "only once"},
		{"a URL that is none", `() => ({ input: "http://[/?key=sk-secret" })`, "beforeRetry failed", "is not a URL"},
		{"a method without a body", `() => ({ init: { method: "GET" } })`, "beforeRetry failed", "GET"},
		{"another origin and no more", `() => ({ input: "https://other.example/" })`, "beforeRetry failed", "names no method and no body"},
		{"another origin and a body", `() => ({ input: "https://other.example/", init: { body: "{}" } })`, "beforeRetry failed", "names no method. Return"},
		{"another origin and a method", `() => ({ input: "https://other.example/", init: { method: "POST" } })`, "beforeRetry failed", "names no body. Return"},
		{"bad headers", `() => ({ init: { headers: { authorization: "Bearer sk-secret\n" + String.fromCharCode(8217) } } })`, "beforeRetry failed", "headers"},
	} {
		provider := site.NewFake(t, chattest.OpenAIChat, chattest.EndEarly(8))
		got, calls := readBefore(tb, provider.URL+site.ChatPath, tt.answer)
		require.NotNil(t, got.Error, tt.name)
		assert.True(t, got.Error.IsRetryStreamError, tt.name)
		assert.Equal(t, failure.Truncated, got.Error.Kind, tt.name)
		assert.Contains(t, got.Error.Message, tt.message, tt.name)
		assert.Contains(t, got.Error.CauseMessage, tt.cause, tt.name)
		assert.NotContains(t, got.Error.All, "sk-secret", tt.name)
		assert.Equal(t, 1, got.Error.Attempts, tt.name)
		assert.Len(t, calls, 1, tt.name)
		assert.Len(t, provider.Requests(), 1, tt.name)
		assert.NotEmpty(t, got.Text, tt.name)
	}
}

// TestBeforeRetryGivesASignal: that of a request which beforeRetry gives ends the call
// as the page's own does, which goes on to.
func TestBeforeRetryGivesASignal(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct {
		answer, abort string
		requests      int
	}{
		{`() => ({ input: new Request(url, { method: "POST", body: JSON.stringify({ stream: true }), signal: theirs.signal }) })`, "theirs", 2},
		{`() => ({ init: { signal: theirs.signal } })`, "theirs", 2},
		{`() => ({ init: { signal: theirs.signal } })`, "pages", 2},
		{`() => (theirs.abort(), { init: { signal: theirs.signal } })`, "", 1},
	} {
		provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.Stall(3))
		got := browser.Call[string](tb, "endBySignal", provider.URL+site.ChatPath, tt.abort, browser.JS("({ url, theirs }) => ("+tt.answer+")()"))
		assert.Equal(t, "AbortError canceled", got, tt.answer)
		assert.Len(t, provider.Requests(), tt.requests, tt.answer)
	}
}

// TestBeforeRetryNeverSettles: it is the signal that bounds it. Whoever stops the
// stream ends it at once, and the context's signal tells.
func TestBeforeRetryNeverSettles(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	tb.Call("takeTime")
	for _, way := range []string{"cancel", "abort"} {
		provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse())
		got := browser.Call[struct {
			Name    string `json:"name"`
			Phase   string `json:"phase"`
			Aborted bool   `json:"aborted"`
		}](tb, "stopWhileAsking", provider.URL+site.ChatPath, way)
		assert.Equal(t, "AbortError", got.Name)
		assert.Equal(t, "canceled", got.Phase)
		assert.True(t, got.Aborted)
		tb.Call("passTime", 10_000)
		assert.Len(t, provider.Requests(), 1)
	}
	assert.Equal(t, chattest.DefaultText, library.Read(tb, site.NewFake(t, chattest.OpenAIChat).URL+site.ChatPath).Text, "the next stream is none the worse")
}

// TestBufferBody: a body that can be read only once is sent again.
func TestBufferBody(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	type result struct {
		Text  string        `json:"text"`
		Pulls int           `json:"pulls"`
		Error library.Error `json:"error"`
	}
	for _, warm := range []bool{false, true} {
		provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.EndEarly(8))
		got := browser.Call[result](tb, "sendOnce", provider.URL+site.ChatPath, warm, "")
		assert.Equal(t, chattest.DefaultText, got.Text)
		assert.LessOrEqual(t, got.Pulls, 3)
		requests := provider.Requests()
		require.Len(t, requests, 3)
		for _, r := range requests {
			assert.JSONEq(t, `{"stream":true,"note":"café 🚀"}`, string(r.Body))
			assert.True(t, json.Valid(r.Body))
		}
	}
	// The rest of a reply is asked for with it.
	provider := site.NewFake(t, chattest.EventIDs, chattest.EndEarly(8))
	assert.Equal(t, chattest.DefaultText, browser.Call[result](tb, "sendOnce", provider.URL+site.ChatPath, true, "", "resume").Text)
	requests := provider.Requests()
	require.Len(t, requests, 2)
	assert.NotEmpty(t, requests[1].Header.Get("Last-Event-Id"))
	assert.JSONEq(t, `{"stream":true,"note":"café 🚀"}`, string(requests[1].Body))
	for _, fail := range []string{"error", "locked"} {
		provider := site.NewFake(t, chattest.OpenAIChat)
		got := browser.Call[result](tb, "sendOnce", provider.URL+site.ChatPath, true, fail)
		assert.Contains(t, got.Error.All, "its body could not be read", fail)
		assert.Equal(t, failure.InvalidRequest, got.Error.Kind)
		assert.Zero(t, got.Error.Attempts)
		assert.Empty(t, provider.Requests(), fail)
	}
}
