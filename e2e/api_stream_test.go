package e2e

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFirstRequestIsNotLate: the first request does not wait for the module.
// The module is held back until the provider has seen that request, so a
// library that waits for it waits in vain.
func TestFirstRequestIsNotLate(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	var released time.Time
	wasm := apiPage(t, apiPolicy, nil)
	page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{
		"/web/dist/retrystream.wasm": func(w http.ResponseWriter, r *http.Request) {
			provider.waitForRequests(t, chatPath, 1)
			time.Sleep(100 * time.Millisecond)
			released = time.Now()
			wasm.ServeHTTP(w, r)
		},
	}))
	tb := openAPIAt(t, page.URL)
	// The module is held back until the request has come: retryStream cannot have
	// waited for it.
	eval[bool](tb, `(globalThis.reply = ask("`+provider.URL+chatPath+`"), true)`)
	assert.Equal(t, chattest.DefaultText, eval[string](tb, `reply.text()`))
	requests := provider.Requests()
	require.Len(t, requests, 1)
	assert.True(t, requests[0].Time.Before(released))
	assert.Len(t, page.asked("retrystream.wasm"), 1)
}

// TestFirstRequestGoesFirst: to begin loading the module takes milliseconds,
// for which the request does not wait. Both have begun when the call returns.
func TestFirstRequestGoesFirst(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	tb := openAPI(t)
	asked := call[[]string](tb, `(url) => {
		const asked = [];
		const { fetch } = globalThis;
		globalThis.fetch = (input, init) => (asked.push(new URL(input).pathname), fetch(input, init));
		globalThis.reply = ask(url);
		return [...asked];
	}`, provider.URL+chatPath)
	assert.Equal(t, []string{chatPath, "/web/dist/retrystream.wasm"}, asked)
	assert.Equal(t, chattest.DefaultText, eval[string](tb, `reply.text()`))
}

// TestIteration checks the shape of what the iteration yields, down to the
// names of the fields.
func TestIteration(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.Anthropic, chattest.FailInStream(6, chattest.Error{Status: 529}), chattest.Reply("All is well."))
	tb := openAPI(t)
	type shapes struct {
		Message, Reset []string
	}
	got := call[seen](tb, `(url) => {
		globalThis.shapes = {};
		globalThis.seqs = [];
		return read(url, {}, { hurry: true, each: event => { shapes[event.type] = Object.keys(event).sort(); seqs.push(event.seq) } });
	}`, provider.URL+"/v1/messages")
	shape := eval[shapes](tb, `shapes`)
	assert.Equal(t, []string{"data", "event", "id", "seq", "text", "type"}, shape.Message)
	assert.Equal(t, []string{"attempt", "seq", "type"}, shape.Reset)
	for i, seq := range eval[[]int](tb, `seqs`) {
		assert.Equal(t, i+1, seq)
	}

	require.Nil(t, got.Error)
	assert.Equal(t, "All is well.", got.Text)
	resets := 0
	var text string
	for i, e := range got.Events {
		if e.Type == "reset" {
			resets++
			assert.Equal(t, 2, e.Attempt)
			assert.Equal(t, "message_start", got.Events[i+1].Event)
			assert.NotEmpty(t, text, "text came before the reset")
			text = ""
			continue
		}
		assert.Equal(t, "message", e.Type)
		assert.True(t, strings.HasPrefix(e.Data, "{") && strings.Contains(e.Data, `"type":`), e.Data)
		text += e.Text
	}
	assert.Equal(t, 1, resets)
	last := got.Events[len(got.Events)-1]
	assert.Equal(t, "message_stop", last.Event)
	assert.Empty(t, last.Text)
}

// TestEventFields sends events that use every field of server-sent events.
func TestEventFields(t *testing.T) {
	t.Parallel()
	body := "id: a\nevent: first\ndata: 1\n\n" + // all fields
		"data: 2\n\n" + // the id stays, the name does not
		": a comment\nretry: 10\nunknown: field\n\n" + // no event at all
		"id\ndata:3\ndata\ndata: \ndata:  4\n\n" // no id any more, several lines
	// An address and events that tell of no provider, so that any data will do.
	server := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, body)
	}))
	got := call[seen](openAPI(t), `(url) => read(url, { method: "GET", headers: {}, body: undefined })`, server.URL+"/events")
	require.Nil(t, got.Error)
	assert.Equal(t, []streamEvent{
		{Type: "message", Event: "first", Data: "1", ID: "a"},
		{Type: "message", Event: "message", Data: "2", ID: "a"},
		{Type: "message", Event: "message", Data: "3\n\n\n 4"},
	}, got.Events)
}

// TestText reads with text() alone, twice, and beside an iteration.
func TestText(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat,
		chattest.CutAfterEvents(5, chattest.Pace(20*time.Millisecond)), chattest.DefaultReply(), chattest.DefaultReply())
	tb := openAPI(t)
	assert.Equal(t, []string{chattest.DefaultText, chattest.DefaultText}, call[[]string](tb, `(url) => {
		const stream = ask(url);
		return Promise.all([stream.text(), stream.text()]);
	}`, provider.URL+chatPath))
	assert.Equal(t, []string{chattest.DefaultText, chattest.DefaultText}, call[[]string](tb, `async (url) => {
		const stream = ask(url);
		let text = "";
		for await (const event of stream) text = event.type === "reset" ? "" : text + event.text;
		return [text, await stream.text()];
	}`, provider.URL+chatPath))
}

// TestStatus follows a reply through two failures with onStatus, subscribe and
// the property.
func TestStatus(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat,
		chattest.OpenAIRateLimitResponse(""), chattest.CutAfterEvents(5, chattest.Pace(20*time.Millisecond)), chattest.DefaultReply())
	tb := openAPI(t)
	got := call[struct {
		Seen       seen
		Subscribed []event.ChatStreamStatus
		Property   event.ChatStreamStatus
		After      int
	}](tb, `async (url) => {
		const seen = { retries: [], statuses: [], events: [] };
		const stream = ask(url, {
			onStatus: status => seen.statuses.push(status),
			onRetry: retry => { seen.retries.push(retry); stream.retryNow(); },
		});
		const subscribed = [], stopped = [];
		stream.subscribe(status => subscribed.push(status));
		const stop = stream.subscribe(status => { stopped.push(status); stop(); });
		await stream.text();
		await new Promise(done => setTimeout(done));
		return { seen, subscribed, property: stream.status, after: stopped.length };
	}`, provider.URL+chatPath)

	want := []string{"connecting 1", "retrying 1", "connecting 2", "streaming 2", "retrying 2", "connecting 3", "streaming 3", "done 3"}
	assert.Equal(t, want, got.Seen.phases())
	assert.Equal(t, want, deduplicated(seen{Statuses: got.Subscribed}.phases()))
	assert.Equal(t, event.PhaseDone, got.Property.Phase)
	assert.Equal(t, 1, got.After, "a listener was called after its end")

	for _, status := range got.Seen.Statuses {
		if status.Phase == event.PhaseRetrying {
			assert.NotEmpty(t, status.Message)
			assert.NotNil(t, status.RetryingAt)
			assert.Positive(t, status.DelayMs)
		}
	}
}

// deduplicated leaves out what equals the one before: a listener is told the
// status of the moment first, which the stream may be about to announce.
func deduplicated(list []string) []string {
	var out []string
	for _, s := range list {
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}

// TestOnRetry checks the object given to onRetry, field by field: it is the
// same that a server publishes.
func TestOnRetry(t *testing.T) {
	t.Parallel()
	const all = "attempt delay_ms error kind provider retrying_at status_code"
	openAIDelay := chattest.OpenAIErrorResponse(429, "requests", "rate_limit_exceeded", "Rate limit reached. Please try again in 7s.")
	tb := openAPI(t)
	for _, tt := range []struct {
		name   string
		fake   func(*chattest.Script) http.Handler
		expose string
		step   chattest.Step
		want   event.ChatStreamRetry
		fields string
	}{
		{
			name: "response", fake: chattest.Anthropic, step: chattest.AnthropicOverloadedResponse(), fields: all,
			want: event.ChatStreamRetry{DelayMs: 1000, Kind: failure.Overloaded, Provider: "anthropic", StatusCode: 529},
		},
		{
			name: "delay in a header", fake: chattest.Anthropic, expose: "Retry-After", step: chattest.AnthropicRateLimitResponse("7"), fields: all,
			want: event.ChatStreamRetry{DelayMs: 7000, Kind: failure.RateLimit, Provider: "anthropic", StatusCode: 429},
		},
		{
			name: "delay in a header that CORS hides", fake: chattest.Anthropic, step: chattest.AnthropicRateLimitResponse("7"), fields: all,
			want: event.ChatStreamRetry{DelayMs: 1000, Kind: failure.RateLimit, Provider: "anthropic", StatusCode: 429},
		},
		{
			name: "delay in the text", fake: chattest.OpenAIChat, step: openAIDelay, fields: all,
			want: event.ChatStreamRetry{DelayMs: 7000, Kind: failure.RateLimit, Provider: "openai-compatible", StatusCode: 429},
		},
		{
			name: "nobody there", fields: "attempt delay_ms error kind provider retrying_at",
			want: event.ChatStreamRetry{DelayMs: 1000, Kind: failure.Network, Provider: "gemini"},
		},
	} {
		base := deadURL(t)
		if tt.fake != nil {
			base = newFakeExposing(t, tt.expose, tt.fake, tt.step).URL
		}
		path := map[string]string{"anthropic": "/v1/messages", "openai-compatible": chatPath, "gemini": "/v1/models/m:streamGenerateContent?alt=sse"}
		got := call[struct {
			Retry  event.ChatStreamRetry
			Fields string
			LeftMs int64
		}](tb, `(url) => new Promise(done => {
			const stream = ask(url, { onRetry: retry => {
				stream.cancel();
				done({ retry, fields: Object.keys(retry).sort().join(" "), leftMs: Date.parse(retry.retrying_at) - Date.now() });
			} });
			stream.text().catch(() => {});
		})`, base+path[tt.want.Provider])
		assert.Equal(t, tt.fields, got.Fields, tt.name)
		assert.InDelta(t, tt.want.DelayMs, got.LeftMs, 2000, tt.name)
		want := tt.want
		want.Attempt, want.Error = 1, message(tt.want.Kind, tt.want.Provider)
		got.Retry.RetryingAt = time.Time{}
		assert.Equal(t, want, got.Retry, tt.name)
	}
}

// TestBackoff waits for real: one second, then two.
func TestBackoff(t *testing.T) {
	t.Parallel()
	overloaded := chattest.OpenAIServerErrorResponse()
	provider := newFake(t, chattest.OpenAIChat, overloaded, overloaded)
	got := call[seen](openAPI(t), `(url) => read(url)`, provider.URL+chatPath)
	require.Nil(t, got.Error)
	assert.Equal(t, chattest.DefaultText, got.Text)
	requests := provider.Requests()
	require.Len(t, requests, 3)
	for i, want := range []time.Duration{time.Second, 2 * time.Second} {
		waited := requests[i+1].Time.Sub(requests[i].Time)
		assert.GreaterOrEqual(t, waited, want)
		assert.Equal(t, want.Milliseconds(), got.Retries[i].DelayMs)
	}
}

// TestManyStreams runs 200 replies at once, two thirds of them in trouble. Each
// gets the text that is meant for it.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	page := newSite(t, apiPage(t, apiPolicy, nil))
	tb := openAPIAt(t, page.URL)
	texts := call[[]string](tb, `(base) => Promise.all(Array.from({ length: 200 }, (_, i) => {
		const scenario = ["ok", "overloaded", "cut"][i % 3];
		return ask(base + "/fake/openai/" + scenario + "/run" + i + "/v1/chat/completions", {
			body: JSON.stringify({ stream: true, messages: [{ role: "user", content: "message number " + i }] }),
		}).text();
	}))`, page.URL)
	require.Len(t, texts, 200)
	one := scripted(t, page, "ok", "message number 0")
	for i, text := range texts {
		assert.Equal(t, strings.Replace(one, "number 0", "number "+strconv.Itoa(i), 1), text)
	}
	assert.Len(t, page.asked("/fake/openai/"), 200+67+66+1)
}
