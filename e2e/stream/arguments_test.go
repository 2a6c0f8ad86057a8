package stream_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestBadArguments: whatever cannot work is a TypeError that names it, thrown
// at once, and nothing is sent.
func TestBadArguments(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	tb := library.Open(t)
	for _, tt := range []struct {
		call string
		want []string // what the message must hold
	}{
		{`retryStream(url, { onretry: () => {} })`, []string{`"onretry"`, `"onRetry"`}},
		{`retryStream(url, { maxAttempt: 3 })`, []string{`"maxAttempt"`, `"maxAttempts"`}},
		{`retryStream(url, { header: {} })`, []string{`"header"`, `"headers"`}},
		{`retryStream(url, { temperature: 1 })`, []string{`"temperature"`}},
		{`retryStream(url, "POST")`, []string{"object"}},
		{`retryStream(url, null)`, []string{"object"}},
		{`retryStream(url, { onRetry: true })`, []string{"onRetry", "function"}},
		{`retryStream(url, { onStatus: "log" })`, []string{"onStatus", "function"}},
		{`retryStream(url, { maxAttempts: 0 })`, []string{"maxAttempts", "1"}},
		{`retryStream(url, { maxAttempts: 1.5 })`, []string{"maxAttempts"}},
		{`retryStream(url, { maxAttempts: NaN })`, []string{"maxAttempts"}},
		{`retryStream(url, { maxAttempts: "3" })`, []string{"maxAttempts"}},
		{`retryStream(url, { maxAttempts: null })`, []string{"maxAttempts"}},
		{`retryStream(url, { maxRetryAfterMs: -1 })`, []string{"maxRetryAfterMs"}},
		{`retryStream(url, { silenceTimeoutMs: 0 })`, []string{"silenceTimeoutMs"}},
		{`retryStream(url, { silenceTimeoutMs: "1s" })`, []string{"silenceTimeoutMs"}},
		{`retryStream(url, { provider: "OpenAI" })`, []string{"provider", `"openai"`, `"auto"`}},
		{`retryStream(url, { provider: null })`, []string{"provider", `"auto"`}},
		{`retryStream(url, { maxElapsedMs: 0 })`, []string{"maxElapsedMs", "milliseconds", "greater than 0"}},
		{`retryStream(url, { maxElapsedMs: 5n })`, []string{"maxElapsedMs"}},
		{`retryStream(url, { connectTimeoutMs: -Infinity })`, []string{"connectTimeoutMs"}},
		{`retryStream(url, { progressTimeoutMs: NaN })`, []string{"progressTimeoutMs"}},
		{`retryStream(url, { maxElapsed: 1000 })`, []string{`"maxElapsed"`, `"maxElapsedMs"`}},
		{`retryStream(url, { partial: "continue" })`, []string{"partial", `"restart"`, `"fail"`}},
		{`retryStream(url, { partial: "" })`, []string{"partial", `"restart"`}},
		{`retryStream(url, { delays: 1000 })`, []string{"delays", "object"}},
		{`retryStream(url, { delays: null })`, []string{"delays", "object"}},
		{`retryStream(url, { delays: [1000, 2000] })`, []string{`"delays.0"`}},
		{`retryStream(url, { delays: { initial: 1000 } })`, []string{`"delays.initial"`, `"delays.initialMs"`}},
		{`retryStream(url, { delays: { maxAttempts: 3 } })`, []string{`"delays.maxAttempts"`}},
		{`retryStream(url, { initialMs: 3 })`, []string{`"initialMs"`}},
		{`retryStream(url, { delays: { initialMs: 0 } })`, []string{"delays.initialMs", "greater than 0"}},
		{`retryStream(url, { delays: { initialMs: "1s" } })`, []string{"delays.initialMs"}},
		{`retryStream(url, { delays: { maxMs: Infinity } })`, []string{"delays.maxMs", "milliseconds"}},
		{`retryStream(url, { delays: { initialMs: 2000, maxMs: 1999 } })`, []string{"delays.maxMs", "delays.initialMs"}},
		{`retryStream(url, { delays: { multiplier: 0.9 } })`, []string{"delays.multiplier", "at least 1"}},
		{`retryStream(url, { delays: { multiplier: Infinity } })`, []string{"delays.multiplier", "finite"}},
		{`retryStream(url, { delays: { jitter: "some" } })`, []string{"delays.jitter", `"none"`, `"full"`, `"equal"`}},
		{`retryStream(url, { delays: { jitter: true } })`, []string{"delays.jitter", `"full"`}},
		{`retryStream(url, { beforeRetry: {} })`, []string{"beforeRetry", "function"}},
		{`retryStream(url, { fallback: url })`, []string{"fallback", "function"}},
		{`retryStream(url, { bufferBody: 1 })`, []string{"bufferBody", "true or false"}},
		{`retryStream(url, { shared: "page" })`, []string{"shared", `"tab"`, `"none"`}},
		{`retryStream(url, { shared: false })`, []string{"shared", `"none"`}},
		{`retryStream(url, { signal: {} })`, []string{"signal", "AbortSignal"}},
		{`retryStream(url, { method: "POST", duplex: "half", body: new ReadableStream() })`, []string{"body", "ReadableStream", "bufferBody: true"}},
		{`retryStream(url, { method: "POST", bufferBody: false, body: new ReadableStream() })`, []string{"body", "bufferBody: true"}},
		{`retryStream(url, { method: "POST", bufferBody: true, body: { async *[Symbol.asyncIterator]() {} } })`, []string{"body", "ReadableStream"}},
		{`retryStream(url, { body: "{}" })`, []string{"GET", "body", "POST"}},
		{`retryStream(url, { method: "HEAD" })`, []string{"HEAD"}},
		{`retryStream(url, { mode: "no-cors" })`, []string{"no-cors"}},
		{`retryStream(url, { headers: { authorization: "Bearer secret-key\n\u2019" } })`, []string{"headers"}},
		{`retryStream("ftp://example.com/?key=secret-key")`, []string{"ftp"}},
		{`retryStream("data:text/event-stream,secret-key")`, []string{"data"}},
		{`retryStream("http://")`, []string{"http://", "URL"}},
		{`retryStream("http://[broken/?key=secret-key")`, []string{"URL"}},
		{`retryStream("https://user:secret-key@example.com/")`, []string{"user name or password"}},
		{`retryStream()`, []string{"first argument"}},
		{`retryStream(42)`, []string{"first argument"}},
		{`(() => { const used = new Request(url, { method: "POST", body: "x" }); used.text(); return retryStream(used); })()`, []string{"Request", "read already"}},
		{`init({ wasmURL: "/x" })`, []string{`"wasmURL"`, "wasmUrl"}},
		{`init({ wasmUrl: 1 })`, []string{"wasmUrl"}},
		{`init({ wasmModule: new Uint8Array(8) })`, []string{"wasmModule", "WebAssembly.Module"}},
	} {
		got := browser.Call[library.Error](tb, "thrownBy", browser.JS("({ retryStream, init }, url) => ("+tt.call+")"), provider.URL+site.ChatPath+"?key=secret-key")
		assert.Equal(t, "TypeError", got.Name, tt.call)
		for _, want := range tt.want {
			assert.Contains(t, got.Message, want, tt.call)
		}
		assert.NotContains(t, got.All, "secret-key", tt.call)
	}
	assert.Empty(t, provider.Requests())
}

// TestGoodArguments: what fetch takes is taken.
func TestGoodArguments(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	tb := library.Open(t)
	for _, stream := range []string{
		`retryStream(new URL(url), post)`,
		`retryStream(new Request(url, post))`,
		`retryStream(new Request(url, { method: "POST" }), { body: post.body })`,
		`retryStream(url, { ...post, body: new TextEncoder().encode(post.body) })`,
		`retryStream(url, { ...post, body: new Blob([post.body]) })`,
		`retryStream(url, { ...post, headers: new Headers({ "x-one": "1" }), credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", redirect: "follow", priority: "high" })`,
		`retryStream(url, { ...post, maxAttempts: Infinity, maxRetryAfterMs: Infinity, silenceTimeoutMs: Infinity })`,
		`retryStream(url, { ...post, maxAttempts: 1, maxRetryAfterMs: 1, silenceTimeoutMs: 1e15 })`,
		`retryStream(url, { ...post, maxElapsedMs: Infinity, connectTimeoutMs: Infinity, progressTimeoutMs: Infinity, maxAttempts: 1e300 })`,
		`retryStream(url, { ...post, maxElapsedMs: 60000, connectTimeoutMs: 60000, progressTimeoutMs: 60000, partial: "fail", shared: "none", bufferBody: true, beforeRetry: () => {}, fallback: () => {} })`,
		`retryStream(url, { ...post, delays: { initialMs: 10, maxMs: 10, multiplier: 1, jitter: "equal" }, partial: "restart", shared: "none", bufferBody: false })`,
		`retryStream(url, { ...post, delays: { initialMs: 1e12, maxMs: undefined, jitter: "full" }, shared: "tab", provider: "auto" })`,
		`retryStream(url, { ...post, delays: { maxMs: 0.5 } })`,
		`retryStream(url, { ...post, delays: {}, maxElapsedMs: undefined, partial: undefined, shared: undefined, bufferBody: undefined, beforeRetry: undefined, fallback: undefined })`,
		`retryStream(url, { ...post, delays: undefined })`,
		`retryStream(url, { ...post, onRetry: undefined, onStatus: undefined, provider: undefined, maxAttempts: undefined, signal: null })`,
		`retryStream(url, { ...post, signal: new AbortController().signal })`,
	} {
		text := browser.Call[string](tb, "textBy", browser.JS("({ retryStream }, url, post) => "+stream), provider.URL+site.ChatPath)
		assert.Equal(t, chattest.DefaultText, text, stream)
	}
}

// TestReadTwice: a stream can be iterated once.
func TestReadTwice(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	got := browser.Call[library.Error](library.Open(t), "iterateTwice", provider.URL+site.ChatPath)
	assert.Equal(t, "TypeError", got.Name)
	assert.Contains(t, got.Message, "read already")
	assert.Len(t, provider.Requests(), 1)
}

// TestRequestIsSentAgainWhole: every attempt sends the same method, headers and
// body, from a Request as from options.
func TestRequestIsSentAgainWhole(t *testing.T) {
	t.Parallel()
	const body = `{"stream":true,"messages":[{"role":"user","content":"こんにちは 🚀"}]}`
	tb := library.Open(t)
	for _, input := range []string{
		`[new Request(url, { method: "POST", headers, body })]`,
		`[new Request(url, { method: "POST", headers, body: new Blob([body]) })]`,
		`[url, { method: "POST", headers, body }]`,
		`[url, { method: "POST", headers: new Headers(headers), body: new TextEncoder().encode(body) }]`,
		`[new Request(url, { method: "PUT", body: "other" }), { method: "POST", headers, body }]`,
	} {
		provider := site.NewFake(t, chattest.OpenAIChat,
			chattest.CutAfterEvents(4), chattest.OpenAIServerErrorResponse(), chattest.DefaultReply())
		text := browser.Call[string](tb, "sendParts", provider.URL+site.ChatPath, body, browser.JS("({ url, body, headers }) => "+input))
		assert.Equal(t, chattest.DefaultText, text, input)
		requests := provider.Requests()
		require.Len(t, requests, 3, input)
		for _, r := range requests {
			assert.Equal(t, http.MethodPost, r.Method)
			assert.Equal(t, body, string(r.Body), input)
			assert.Equal(t, "Bearer key", r.Header.Get("Authorization"))
			assert.Equal(t, "yes", r.Header.Get("X-Own"))
		}
	}
}

// TestLaterChanges: what the page does to its options during a wait does not
// change what is sent.
func TestLaterChanges(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.DefaultReply())
	browser.Call[string](library.Open(t), "changeLater", provider.URL+site.ChatPath)
	requests := provider.Requests()
	require.Len(t, requests, 2)
	for _, r := range requests {
		assert.Equal(t, http.MethodPost, r.Method)
		assert.Equal(t, site.ChatPath, r.Path)
		assert.Equal(t, "before", r.Header.Get("X-Own"))
		assert.Contains(t, string(r.Body), "before")
	}
}

// TestCallbacksThatThrow: an error in a function of the page's is reported as
// the page's, and does the stream no harm.
func TestCallbacksThatThrow(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.DefaultReply())
	tb := library.Open(t)
	tb.Allow("from onRetry", "from onStatus", "from a listener")
	reported := browser.Call[[]string](tb, "throwInCallbacks", provider.URL+site.ChatPath)
	assert.Equal(t, []string{chattest.DefaultText, "from a listener", "from onRetry", "from onStatus"}, reported)
}
