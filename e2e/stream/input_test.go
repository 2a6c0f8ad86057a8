package stream_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// chunk is an event of the OpenAI chat API that adds the text, which may hold
// any bytes that JSON leaves alone.
func chunk(text string) string {
	return `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":null}]}` + "\n\n"
}

// chunksEnd ends a reply of chunks.
const chunksEnd = `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"

// stream is a raw event stream.
func stream(body string) chattest.Step {
	return chattest.RawResponse(http.StatusOK, http.Header{"Content-Type": {"text/event-stream"}}, body)
}

// TestOddInput sends what servers, proxies and bugs send with a status of 200.
// It is read, retried or refused; it never hangs, and never ends a stream well
// that is not whole.
func TestOddInput(t *testing.T) {
	t.Parallel()
	typed := func(contentType, body string) chattest.Step {
		return chattest.RawResponse(http.StatusOK, http.Header{"Content-Type": {contentType}}, body)
	}
	const page = "<!doctype html><html><body><h1>Please sign in</h1></body></html>"
	const errorBody = `{"error":{"message":"The engine is currently overloaded","type":"server_error","code":"engine_overloaded"}}`
	tb := library.Open(t)
	for _, tt := range []struct {
		name string
		step chattest.Step
		// text is what a good reply says; retried tells that another attempt was
		// needed; kind is of the error otherwise.
		text    string
		retried bool
		kind    failure.Kind
	}{
		{name: "web page", step: typed("text/html", page), kind: failure.InvalidRequest},
		{name: "web page called a stream", step: stream(page), kind: failure.InvalidRequest},
		{name: "empty", step: stream(""), retried: true},
		{name: "blank lines", step: stream("\n\n\r\n\n"), retried: true},
		{name: "comments only", step: stream(": ping\n\n: ping\n\n"), retried: true},
		{name: "no type", step: chattest.RawResponse(200, nil, chunk("fine")+chunksEnd), text: "fine"},
		{name: "wrong type", step: typed("text/plain", chunk("fine")+chunksEnd), text: "fine"},
		{name: "typed as JSON", step: typed("application/json", chunk("fine")+chunksEnd), text: "fine"},
		{name: "whole JSON document", step: typed("application/json", `{"choices":[{"message":{"content":"whole"}}]}`), kind: failure.InvalidRequest},
		{name: "JSON document cut short", step: typed("application/json", `{"choices":[{"message":{"cont`), retried: true},
		{name: "error body", step: typed("application/json", errorBody), retried: true},
		{name: "plain text", step: typed("text/plain", "It works!"), kind: failure.InvalidRequest},
		{name: "JSON of an event cut short", step: stream(chunk("lost") + `data: {"choices":[{"index":0,"del` + "\n\n"), retried: true},
		{name: "cut inside an event", step: stream(chunk("lost") + `data: {"choices":[{"ind`), retried: true},
		{name: "cut inside the last line", step: stream(chunk("fine") + strings.TrimRight(chunksEnd, "\n")), text: "fine"},
		{name: "no end signal", step: stream(chunk("lost")), retried: true},
		{name: "empty events as keepalives", step: stream("data:\n\n" + chunk("fine") + "data: \n\n" + chunksEnd), text: "fine"},
		{name: "malformed fields", step: stream(": c\nnonsense\nfoo: bar\nid: \x00\nretry: soon\nevent\n\n" + chunk("fine") + chunksEnd), text: "fine"},
		{name: "line ends of all kinds", step: stream(strings.ReplaceAll(chunk("fi"), "\n", "\r\n") + strings.ReplaceAll(chunk("ne"), "\n", "\r") + chunksEnd), text: "fine"},
		{name: "byte order mark", step: stream("\ufeff" + chunk("fine") + chunksEnd), text: "fine"},
		{name: "byte order mark inside the text", step: stream(chunk("a\ufeffb") + chunksEnd), text: "a\ufeffb"},
		{name: "invalid UTF-8", step: stream(chunk("a\xffb") + chunk("\xe3\x81") + chunk("ok") + chunksEnd), text: "a\ufffdb\ufffdok"},
		{name: "escapes", step: stream(chunk(`\u3053\ud83d\ude80\n\"\\\/`) + chunksEnd), text: "こ🚀\n\"\\/"},
		{name: "half a surrogate pair", step: stream(chunk(`a\ud83db`) + chunksEnd), text: "a\ufffdb"},
		{name: "control characters", step: stream(chunk(`\u0000\u2028\u2029`+"\u2028\u2029\u0085") + chunksEnd), text: "\x00\u2028\u2029\u2028\u2029\u0085"},
		{name: "text after the end", step: stream(chunk("fine") + chunksEnd + chunk("not this")), text: "fine"},
		{name: "error after [DONE]", step: stream(chunk("fine") + chunksEnd + "data: " + errorBody + "\n\n"), text: "fine"},
		{name: "[DONE] after an error", step: chattest.DoneAfterError(4, chattest.Error{Status: 500}), retried: true},
		{name: "no content", step: chattest.RawResponse(http.StatusNoContent, nil, ""), kind: failure.Unknown},
		{name: "gateway page", step: chattest.RawResponse(502, http.Header{"Content-Type": {"text/html"}}, page), retried: true},
		{name: "error without a body", step: chattest.RawResponse(503, nil, ""), retried: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			provider := site.NewFake(t, chattest.OpenAIChat, tt.step, chattest.Reply("second"))
			got := library.Read(tb, provider.URL+site.ChatPath)
			wantRequests := 1
			switch {
			case tt.kind != "":
				require.NotNil(t, got.Error, "it was taken for a reply: %q", got.Text)
				assert.Equal(t, tt.kind, got.Error.Kind)
				assert.NotEmpty(t, got.Error.Message)
			case tt.retried:
				require.Nil(t, got.Error)
				assert.Equal(t, "second", got.Text)
				wantRequests = 2
			default:
				require.Nil(t, got.Error)
				assert.Equal(t, tt.text, got.Text)
			}
			assert.Len(t, provider.Requests(), wantRequests)
		})
	}
}

// TestRedirect: a redirect is followed, with the body.
func TestRedirect(t *testing.T) {
	t.Parallel()
	there := site.NewFake(t, chattest.OpenAIChat)
	here := site.NewFake(t, chattest.OpenAIChat, chattest.Redirect(there.URL+site.ChatPath))
	got := library.Read(library.Open(t), here.URL+site.ChatPath)
	require.Nil(t, got.Error)
	assert.Equal(t, chattest.DefaultText, got.Text)
	assert.Contains(t, string(there.Requests()[0].Body), "Hello")
}

// TestHugeLine sends a line of 64 MiB. It is refused before it is held in
// memory as a whole, and the module still works.
func TestHugeLine(t *testing.T) {
	t.Parallel()
	const size = 64 << 20
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.LongLine(size), chattest.DefaultReply())
	tb := library.Open(t)
	got := library.Read(tb, provider.URL+site.ChatPath)
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Unknown, got.Error.Kind)
	assert.Contains(t, got.Error.Message, "larger than")
	provider.WaitForGone(t, 1)

	got = library.Read(tb, provider.URL+site.ChatPath)
	require.Nil(t, got.Error)
	assert.Equal(t, chattest.DefaultText, got.Text)
	memory := browser.Eval[int](tb, `memories[0].buffer.byteLength`)
	t.Logf("the module's memory: %d MiB", memory>>20)
	assert.Less(t, memory, 128<<20)
	assert.Equal(t, 1, browser.Eval[int](tb, `memories.length`), "the module was started anew")
}

// TestMemoryIsGivenBack reads three hundred replies. The module's memory must not
// grow with their number.
func TestMemoryIsGivenBack(t *testing.T) {
	t.Parallel()
	page := site.New(t, library.Page(t, library.Policy, nil))
	tb := library.OpenAt(t, page.URL)
	read := func(n int) int {
		return browser.Call[int](tb, "readMany", page.URL+"/fake/openai/ok/", n)
	}
	before := read(60)
	assert.LessOrEqual(t, read(240), before+8<<20)
}

// TestChunks tears a reply apart at every place: the page gets it in chunks of
// n bytes, so that events, lines and characters are split everywhere.
func TestChunks(t *testing.T) {
	t.Parallel()
	small := "\ufeff" + chunk("é🚀こんにちは: data\\n\\n") + strings.ReplaceAll(chunk("é🚀"), "\n", "\r\n")
	large := small + chunk(strings.Repeat("x", 200_000))
	tb := library.OpenBodies(t)
	for _, tt := range []struct {
		reply, want string
		sizes       []int
	}{
		{small + chunksEnd, "é🚀こんにちは: data\n\né🚀", []int{1, 2, 3, 4, 5, 6, 7, 8, 13, 64}},
		{large + chunksEnd, "é🚀こんにちは: data\n\né🚀" + strings.Repeat("x", 200_000), []int{1000, 65_535, 65_536, 65_537, 1 << 20}},
	} {
		texts := browser.Call[[]string](tb, "readInSizes", tt.reply, tt.sizes)
		require.Len(t, texts, len(tt.sizes))
		for i, text := range texts {
			assert.Truef(t, text == tt.want, "chunks of %d bytes gave %d characters", tt.sizes[i], len(text))
		}
	}
}

// TestTornOnTheWire sends single bytes over the network.
func TestTornOnTheWire(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, fake := range []struct {
		path    string
		handler func(*chattest.Script) http.Handler
	}{
		{"/v1/messages", chattest.Anthropic}, {site.ChatPath, chattest.OpenAIChat},
		{"/v1/responses", chattest.OpenAIResponses}, {"/v1/models/m:streamGenerateContent?alt=sse", chattest.Gemini},
	} {
		provider := site.NewFake(t, fake.handler, chattest.Reply("é🚀こんにちは", chattest.ChunkBytes(1)), chattest.Reply("é🚀こんにちは", chattest.ChunkBytes(3)))
		for range 2 {
			got := library.Read(tb, provider.URL+fake.path)
			require.Nil(t, got.Error)
			assert.Equal(t, "é🚀こんにちは", got.Text, fake.path)
		}
		assert.Len(t, provider.Requests(), 2)
	}
}

// TestStalledPings: keepalives keep a reply alive that takes its time.
func TestStalledPings(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.Anthropic, chattest.Reply("At last.", chattest.Pings(8, 400*time.Millisecond)))
	got := library.Read(library.Open(t), provider.URL+"/v1/messages", map[string]any{"silenceTimeoutMs": 2000})
	require.Nil(t, got.Error)
	assert.Equal(t, "At last.", got.Text)
	assert.Empty(t, got.Retries)
}
