package stream_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
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

// TestFirstRequestIsNotLate: the first request does not wait for the module.
// The module is held back until the provider has seen that request, so a
// library that waits for it waits in vain.
func TestFirstRequestIsNotLate(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	var released time.Time
	wasm := library.Page(t, library.Policy, nil)
	page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{
		"/web/dist/retrystream.wasm": func(w http.ResponseWriter, r *http.Request) {
			provider.WaitForRequests(t, site.ChatPath, 1)
			released = time.Now()
			wasm.ServeHTTP(w, r)
		},
	}))
	tb := library.OpenAt(t, page.URL)
	// The module is held back until the request has come: retryStream cannot have
	// waited for it.
	tb.Call("begin", provider.URL+site.ChatPath)
	assert.Equal(t, chattest.DefaultText, browser.Call[string](tb, "textOfBegun"))
	requests := provider.Requests()
	require.Len(t, requests, 1)
	assert.True(t, requests[0].Time.Before(released))
	assert.Len(t, page.Asked("retrystream.wasm"), 1)
}

// TestFirstRequestGoesFirst: to begin loading the module takes milliseconds,
// for which the request does not wait. Both have begun when the call returns.
func TestFirstRequestGoesFirst(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	tb := library.Open(t)
	asked := browser.Call[[]string](tb, "askedFor", provider.URL+site.ChatPath)
	assert.Equal(t, []string{site.ChatPath, "/web/dist/retrystream.wasm"}, asked)
	assert.Equal(t, chattest.DefaultText, browser.Call[string](tb, "textOfBegun"))
}

// TestIteration checks the shape of what the iteration yields, down to the
// names of the fields.
func TestIteration(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.Anthropic, chattest.FailInStream(6, chattest.Error{Status: 529}), chattest.Reply("All is well."))
	tb := library.Open(t)
	type shapes struct {
		Message, Reset []string
	}
	got := browser.Call[library.Seen](tb, "readShapes", provider.URL+"/v1/messages")
	shape := browser.Eval[shapes](tb, `tests.shapes`)
	assert.Equal(t, []string{"data", "event", "id", "seq", "text", "type"}, shape.Message)
	assert.Equal(t, []string{"attempt", "seq", "type"}, shape.Reset)
	for i, seq := range browser.Eval[[]int](tb, `tests.seqs`) {
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
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, body)
	}))
	got := browser.Call[library.Seen](library.Open(t), "readPlain", server.URL+"/events")
	require.Nil(t, got.Error)
	assert.Equal(t, []library.Event{
		{Type: "message", Event: "first", Data: "1", ID: "a"},
		{Type: "message", Event: "message", Data: "2", ID: "a"},
		{Type: "message", Event: "message", Data: "3\n\n\n 4"},
	}, got.Events)
}

// TestText reads with text() alone, twice, and beside an iteration.
func TestText(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat,
		chattest.CutAfterEvents(5, chattest.Pace(20*time.Millisecond)), chattest.DefaultReply(), chattest.DefaultReply())
	tb := library.Open(t)
	assert.Equal(t, []string{chattest.DefaultText, chattest.DefaultText}, browser.Call[[]string](tb, "textTwice", provider.URL+site.ChatPath))
	assert.Equal(t, []string{chattest.DefaultText, chattest.DefaultText}, browser.Call[[]string](tb, "textBothWays", provider.URL+site.ChatPath))
}

// TestStatus follows a reply through two failures with onStatus, subscribe and
// the property.
func TestStatus(t *testing.T) {
	t.Parallel()
	streaming := make(chan struct{})
	provider := site.NewFake(t, chattest.OpenAIChat,
		chattest.OpenAIRateLimitResponse(""), chattest.CutAfterEvents(5, chattest.Until(streaming)), chattest.DefaultReply())
	tb := library.Open(t)
	tb.Call("follow", provider.URL+site.ChatPath)
	tb.WaitFor(`tests.followed.stream.status.phase === "streaming"`)
	close(streaming)
	got := browser.Call[struct {
		Seen       library.Seen
		Subscribed []event.ChatStreamStatus
		Property   event.ChatStreamStatus
		After      int
	}](tb, "whatFollowed")

	want := []string{"connecting 1", "retrying 1", "connecting 2", "streaming 2", "retrying 2", "connecting 3", "streaming 3", "done 3"}
	assert.Equal(t, want, got.Seen.Phases())
	assert.Equal(t, want, deduplicated(library.Phases(got.Subscribed)))
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
	tb := library.Open(t)
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
		base := site.DeadURL(t)
		if tt.fake != nil {
			base = site.NewFakeExposing(t, tt.expose, tt.fake, tt.step).URL
		}
		path := map[string]string{"anthropic": "/v1/messages", "openai-compatible": site.ChatPath, "gemini": "/v1/models/m:streamGenerateContent?alt=sse"}
		got := browser.Call[struct {
			Retry  event.ChatStreamRetry
			Fields string
			LeftMs int64
		}](tb, "firstRetry", base+path[tt.want.Provider])
		assert.Equal(t, tt.fields, got.Fields, tt.name)
		assert.InDelta(t, tt.want.DelayMs, got.LeftMs, 2000, tt.name)
		want := tt.want
		want.Attempt, want.Error = 1, site.Message(tt.want.Kind, tt.want.Provider)
		got.Retry.RetryingAt = time.Time{}
		assert.Equal(t, want, got.Retry, tt.name)
	}
}

// TestBackoff waits for real: one second, then two.
func TestBackoff(t *testing.T) {
	t.Parallel()
	overloaded := chattest.OpenAIServerErrorResponse()
	provider := site.NewFake(t, chattest.OpenAIChat, overloaded, overloaded)
	got := browser.Call[library.Seen](library.Open(t), "readPatiently", provider.URL+site.ChatPath)
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
	page := site.New(t, library.Page(t, library.Policy, nil))
	tb := library.OpenAt(t, page.URL)
	texts := browser.Call[[]string](tb, "manyAtOnce", page.URL, 200)
	require.Len(t, texts, 200)
	one := page.Scripted(t, "ok", "message number 0")
	for i, text := range texts {
		assert.Equal(t, strings.Replace(one, "number 0", "number "+strconv.Itoa(i), 1), text)
	}
	assert.Len(t, page.Asked("/fake/openai/"), 200+67+66+1)
}
