package stream_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

const chatURL = "https://api.openai.com/v1/chat/completions?key=SECRET"

// delta is one event of a Chat Completions stream.
func delta(text string) string {
	return `data: {"choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":null}]}` + "\n\n"
}

const (
	stop     = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	done     = "data: [DONE]\n\n"
	inStream = `data: {"error":{"message":"The server had an error","type":"server_error","code":null}}` + "\n\n"
)

var errReset = errors.New("read: connection reset by peer")

// response is what one attempt meets.
type response struct {
	status int // 0 means 200
	header map[string]string
	body   string // of an error
	chunks []string
	pause  time.Duration // before each chunk
	hang   bool          // after the chunks: silence until the attempt is cancelled
	err    error         // of the transfer
	refuse error         // no response at all
}

func ok(chunks ...string) response { return response{chunks: chunks} }

// play answers each attempt with the next response and then with the last.
func play(responses ...response) func(context.Context, *stream.Attempt) error {
	return func(ctx context.Context, a *stream.Attempt) error {
		r := responses[min(a.Number, len(responses))-1]
		if r.refuse != nil {
			return r.refuse
		}
		head := provider.Response{
			StatusCode: r.status, Body: []byte(r.body),
			Header: func(name string) string { return r.header[name] },
		}
		if r.status == 0 {
			head.StatusCode = 200
		}
		if !a.Respond(head) {
			return nil
		}
		for _, chunk := range r.chunks {
			a.Waiting()
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(r.pause):
			}
			if !a.Feed([]byte(chunk)) {
				return nil
			}
		}
		if r.hang {
			a.Waiting()
			<-ctx.Done()
			return ctx.Err()
		}
		return r.err
	}
}

// result is all that a page would see.
type result struct {
	text    string
	events  int
	resets  []int
	retries []event.ChatStreamRetry
	phases  []event.Phase
	err     error
	took    time.Duration
}

func run(ctx context.Context, opts stream.Options, do func(context.Context, *stream.Attempt) error) (r result) {
	if opts.URL == "" {
		opts.URL = chatURL
	}
	opts.OnEvent = func(ev *stream.Event) {
		if ev.Reset > 0 {
			r.resets = append(r.resets, ev.Reset)
			r.text, r.events = "", 0
			return
		}
		r.events++
		r.text += string(ev.Text)
	}
	opts.OnRetry = func(retry event.ChatStreamRetry) { r.retries = append(r.retries, retry) }
	opts.OnStatus = func(s event.ChatStreamStatus) { r.phases = append(r.phases, s.Phase) }
	start := time.Now()
	r.err = mustNew(opts).Run(ctx, do)
	r.took = time.Since(start)
	return r
}

func kinds(retries []event.ChatStreamRetry) (kinds []failure.Kind) {
	for _, r := range retries {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}

func TestReplyThatNeedsNoHelp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{}, play(ok(delta("Hel"), delta("lo"), stop, done)))
		require.NoError(t, r.err)
		assert.Equal(t, "Hello", r.text)
		assert.Equal(t, 4, r.events)
		assert.Empty(t, r.retries)
		assert.Empty(t, r.resets)
		assert.Equal(t, []event.Phase{event.PhaseConnecting, event.PhaseStreaming, event.PhaseDone}, r.phases)
		assert.Zero(t, r.took)
	})
}

// TestSurvives holds the promise: after each kind of failure the reply is
// complete, and no text is lost or doubled.
func TestSurvives(t *testing.T) {
	overloaded := response{status: 529, body: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`}
	for name, tc := range map[string]struct {
		failures []response
		kinds    []failure.Kind
		reset    bool
	}{
		"429 twice": {[]response{{status: 429, body: `{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}`}, {status: 429}},
			[]failure.Kind{failure.RateLimit, failure.RateLimit}, false},
		"529":                     {[]response{overloaded}, []failure.Kind{failure.Overloaded}, false},
		"503 web page":            {[]response{{status: 503, body: "<html><title>Bad</title></html>"}}, []failure.Kind{failure.Server}, false},
		"error before any text":   {[]response{ok(inStream)}, []failure.Kind{failure.Server}, false},
		"error after text":        {[]response{ok(delta("Hel"), inStream)}, []failure.Kind{failure.Server}, true},
		"[DONE] after an error":   {[]response{ok(delta("Hel"), inStream, done)}, []failure.Kind{failure.Server}, true},
		"refused":                 {[]response{{refuse: errors.New("dial tcp: connection refused")}}, []failure.Kind{failure.Network}, false},
		"cut before any text":     {[]response{{err: errReset}}, []failure.Kind{failure.Network}, false},
		"cut after text":          {[]response{{chunks: []string{delta("Hel")}, err: errReset}}, []failure.Kind{failure.Network}, true},
		"cut inside an event":     {[]response{{chunks: []string{delta("Hel"), delta("lo")[:30]}, err: errReset}}, []failure.Kind{failure.Network}, true},
		"clean end without stop":  {[]response{ok(delta("Hel"))}, []failure.Kind{failure.Truncated}, true},
		"clean end inside event":  {[]response{ok(delta("Hel"), stop[:len(stop)-3])}, []failure.Kind{failure.Truncated}, true},
		"[DONE] without stop":     {[]response{ok(delta("Hel"), done)}, []failure.Kind{failure.Truncated}, true},
		"empty body":              {[]response{ok()}, []failure.Kind{failure.Truncated}, false},
		"only comments":           {[]response{ok(": ping\n\n")}, []failure.Kind{failure.Truncated}, false},
		"stall before any byte":   {[]response{{hang: true}}, []failure.Kind{failure.Stalled}, false},
		"stall after text":        {[]response{{chunks: []string{delta("Hel")}, hang: true}}, []failure.Kind{failure.Stalled}, true},
		"damaged event":           {[]response{ok(delta("Hel"), "data: {\"choices\":[{\n\n")}, []failure.Kind{failure.Truncated}, true},
		"error body in a 200":     {[]response{ok(`{"error":{"message":"Overloaded","type":"overloaded_error"}}`)}, []failure.Kind{failure.Overloaded}, false},
		"JSON in a 200, cut":      {[]response{ok(`{"id":"x","choi`)}, []failure.Kind{failure.Truncated}, false},
		"one after the other":     {[]response{overloaded, ok(delta("Hel")), {refuse: errReset}}, []failure.Kind{failure.Overloaded, failure.Truncated, failure.Network}, true},
		"unframed error":          {[]response{ok(delta("Hel"), "{\n  \"error\": {\n    \"code\": 503,\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n")}, []failure.Kind{failure.Overloaded}, true},
		"error in a field error":  {[]response{ok(delta("Hel"), "error: {\"code\":500,\"message\":\"boom\",\"type\":\"server_error\"}\n\n")}, []failure.Kind{failure.Server}, true},
		"finish_reason error":     {[]response{ok(delta("Hel"), `data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}`+"\n\n")}, []failure.Kind{failure.Server}, true},
		"HTTP/2 reset mid-stream": {[]response{{chunks: []string{delta("Hel")}, err: errors.New("stream error: stream ID 7; INTERNAL_ERROR; received from peer")}}, []failure.Kind{failure.Network}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				good := ok(delta("Hel"), delta("lo"), stop, done)
				r := run(t.Context(), stream.Options{}, play(append(tc.failures, good)...))
				require.NoError(t, r.err)
				assert.Equal(t, "Hello", r.text)
				assert.Equal(t, 4, r.events)
				assert.Equal(t, tc.kinds, kinds(r.retries))
				assert.Equal(t, tc.reset, len(r.resets) > 0, "reset")
				assert.Equal(t, event.PhaseDone, r.phases[len(r.phases)-1])
			})
		})
	}
}

// TestEndsAtOnce: nothing is retried that another attempt cannot cure.
func TestEndsAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		response response
		kind     failure.Kind
		message  string // part of it
	}{
		"wrong key":      {response{status: 401, body: `{"error":{"message":"Incorrect API key provided: sk-SECRET1234567890abcdef","type":"invalid_request_error","code":"invalid_api_key"}}`}, failure.Auth, "key"},
		"quota":          {response{status: 429, body: `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}`}, failure.UsageLimit, "OpenAI"},
		"context":        {response{status: 400, body: `{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}`}, failure.ContextExceeded, ""},
		"unknown model":  {response{status: 404, body: `{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}`}, failure.ModelNotFound, ""},
		"web page":       {ok("<!doctype html><html><head><title>My app</title>"), failure.InvalidRequest, "web page"},
		"not a stream":   {ok(`{"id":"x","object":"chat.completion","choices":[]}`), failure.InvalidRequest, `"stream": true`},
		"garbage":        {ok("hello there\nI am no stream\n"), failure.InvalidRequest, "not an event stream"},
		"no content":     {response{status: 204}, failure.Unknown, "without any content"},
		"hidden":         {response{status: -1}, failure.Blocked, "hides"},
		"wrong events":   {ok("data: hello\n\n"), failure.Unknown, ""},
		"huge event":     {ok("data: " + strings.Repeat("x", 5000) + "\n\n"), failure.Unknown, "larger"},
		"unframed quota": {ok(delta("Hi"), `{"error":{"code":429,"message":"x","type":"insufficient_quota"}}`), failure.UsageLimit, ""},
		"error in a 200": {ok(`data: {"error":{"message":"quota","type":"insufficient_quota"}}` + "\n\n"), failure.UsageLimit, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				resp := tc.response
				if resp.status < 0 {
					r := run(t.Context(), stream.Options{}, func(_ context.Context, a *stream.Attempt) error {
						assert.False(t, a.Respond(provider.Response{}))
						return nil
					})
					assert.Equal(t, failure.Blocked, failure.Classify(r.err).Kind)
					return
				}
				r := run(t.Context(), stream.Options{MaxEventBytes: 4096, MaxAttempts: 3}, play(resp))
				var failed *stream.Error
				require.ErrorAs(t, r.err, &failed)
				assert.Equal(t, tc.kind, failed.Kind)
				assert.Contains(t, failed.Message, tc.message)
				assert.Equal(t, 1, failed.Attempts)
				assert.Empty(t, r.retries)
				assert.Equal(t, event.PhaseFailed, r.phases[len(r.phases)-1])
				assert.NotContains(t, r.err.Error()+failed.Detail+failed.Message, "SECRET")
			})
		})
	}
}

func TestCompleteReplySurvivesWhateverComesAfter(t *testing.T) {
	for name, resp := range map[string]response{
		"reset":            {chunks: []string{delta("Hi"), stop}, err: errReset},
		"silence":          {chunks: []string{delta("Hi"), stop}, hang: true},
		"no [DONE]":        ok(delta("Hi"), stop),
		"no blank line":    ok(delta("Hi") + strings.TrimRight(stop, "\n")),
		"more after it":    ok(delta("Hi"), stop, done, delta("ghost")),
		"error after stop": ok(delta("Hi"), stop, inStream),
		"damage after it":  ok(delta("Hi"), stop, "data: {\"usage\"\n\n"),
		"a heartbeat":      ok(delta("Hi"), "data:\n\n", "event: ping\ndata: keep-alive\n\n", stop),
		"error after DONE": ok(delta("Hi"), stop, done, inStream),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := run(t.Context(), stream.Options{}, play(resp))
				require.NoError(t, r.err)
				assert.Equal(t, "Hi", r.text)
				assert.Empty(t, r.retries)
			})
		})
	}
}

func TestRetryEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r := run(t.Context(), stream.Options{URL: "https://api.anthropic.com/v1/messages"}, play(
			response{status: 529, body: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`},
			response{status: 429, header: map[string]string{"retry-after": "7"}},
			ok("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")))
		require.NoError(t, r.err)
		assert.Equal(t, []event.ChatStreamRetry{{
			Attempt: 1, DelayMs: 1000, Error: "Anthropic is temporarily overloaded.",
			RetryingAt: start.Add(time.Second).UTC(), Kind: failure.Overloaded, Provider: "anthropic", StatusCode: 529,
		}, {
			Attempt: 2, DelayMs: 7000, Error: r.retries[1].Error,
			RetryingAt: start.Add(8 * time.Second).UTC(), Kind: failure.RateLimit, Provider: "anthropic", StatusCode: 429,
		}}, r.retries)
		assert.Equal(t, 8*time.Second, r.took)
	})
}

func TestResetComesBeforeTheFirstEventOfTheNextAttemptOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{}, play(
			ok(delta("Hel")), response{status: 503}, ok(), ok(delta("x")), ok(delta("Hi"), stop)))
		require.NoError(t, r.err)
		assert.Equal(t, []int{4, 5}, r.resets, "attempts 2 and 3 brought nothing to reset for")
		assert.Equal(t, "Hi", r.text)
	})
}

func TestPartialTextStaysWhenTheStreamFailsForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{}, play(ok(delta("Hel")), response{status: 401}))
		require.Error(t, r.err)
		assert.Equal(t, "Hel", r.text)
		assert.Empty(t, r.resets)
	})
}

func TestStatusWhileRetryingAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []event.ChatStreamStatus
		s := mustNew(stream.Options{URL: chatURL, OnStatus: func(st event.ChatStreamStatus) {
			st.LastByteAt, st.LastProgressAt = nil, nil // see TestTimesOfTheStatus
			seen = append(seen, st)
		}})
		assert.Equal(t, event.ChatStreamStatus{Phase: event.PhaseConnecting, Attempt: 1, Provider: "openai"}, s.Status())
		require.NoError(t, s.Run(t.Context(), play(response{status: 503}, ok(": ping\n\n", delta("x"), stop))))
		at := seen[1].RetryingAt
		require.NotNil(t, at)
		assert.Equal(t, []event.ChatStreamStatus{
			{Phase: event.PhaseConnecting, Attempt: 1, Provider: "openai"},
			{Phase: event.PhaseRetrying, Attempt: 1, Provider: "openai", Kind: seen[1].Kind, Message: seen[1].Message,
				StatusCode: 503, DelayMs: 1000, RetryingAt: at},
			{Phase: event.PhaseConnecting, Attempt: 2, Provider: "openai"},
			{Phase: event.PhaseStreaming, Attempt: 2, Provider: "openai"},
			{Phase: event.PhaseDone, Attempt: 2, Provider: "openai"},
		}, seen)
		assert.NotEmpty(t, seen[1].Message)
		assert.Equal(t, seen[4].Phase, s.Status().Phase)
	})
}

func TestRetryNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := mustNew(stream.Options{URL: chatURL})
		s.RetryNow() // before it runs: nothing
		time.AfterFunc(200*time.Millisecond, s.RetryNow)
		start := time.Now()
		require.NoError(t, s.Run(t.Context(), play(response{status: 503}, ok(stop))))
		assert.Equal(t, 200*time.Millisecond, time.Since(start))
	})
}

func TestCancel(t *testing.T) {
	cause := errors.New("the page was left")
	for name, tc := range map[string]struct {
		after time.Duration
		resp  response
	}{
		"in the wait":             {500 * time.Millisecond, response{status: 503}},
		"before the response":     {500 * time.Millisecond, response{hang: true}},
		"in the middle of a text": {500 * time.Millisecond, response{chunks: []string{delta("a"), delta("b"), stop}, pause: 200 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(tc.after, func() { cancel(cause) })
				r := run(ctx, stream.Options{}, play(tc.resp))
				assert.Same(t, cause, r.err)
				assert.Equal(t, tc.after, r.took)
				assert.Equal(t, event.PhaseCanceled, r.phases[len(r.phases)-1])
			})
		})
	}
}

func TestMaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{MaxAttempts: 3}, play(response{status: 503}))
		var failed *stream.Error
		require.ErrorAs(t, r.err, &failed)
		assert.Equal(t, 3, failed.Attempts)
		assert.Equal(t, 503, failed.StatusCode)
		assert.True(t, failed.Retryable, "a later call may succeed")
		assert.Len(t, r.retries, 2)
	})
}

func TestDelayThatIsTooLong(t *testing.T) {
	const day = `{"error":{"message":"Please try again in 24h0m0s","type":"tokens","code":"rate_limit_exceeded"}}`
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{}, play(response{status: 429, body: day}))
		var failed *stream.Error
		require.ErrorAs(t, r.err, &failed)
		assert.Equal(t, 24*time.Hour, failed.RetryAfter)
		assert.Equal(t, (24 * time.Hour).Milliseconds(), failed.Wire().RetryAfterMs)
		assert.Equal(t, "OpenAI is limiting requests for the moment. It asks to wait 24 hours.", failed.Message)
		assert.Zero(t, r.took)

		r = run(t.Context(), stream.Options{MaxRetryAfter: -1}, play(response{status: 429, body: day}, ok(stop)))
		require.NoError(t, r.err)
		assert.Equal(t, 24*time.Hour, r.took)
	})
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// Slow but alive: a byte every 20 s is no stall of 30 s.
		slow := response{chunks: []string{delta("a"), ":\n", ":\n", delta("b"), stop}, pause: 20 * time.Second}
		r := run(t.Context(), stream.Options{SilenceTimeout: 30 * time.Second}, play(slow))
		require.NoError(t, r.err)
		assert.Empty(t, r.retries)
		assert.Equal(t, 100*time.Second, r.took)

		r = run(t.Context(), stream.Options{SilenceTimeout: 30 * time.Second}, play(response{chunks: []string{delta("a")}, pause: 20 * time.Second, hang: true}, ok(stop)))
		require.NoError(t, r.err)
		assert.Equal(t, []failure.Kind{failure.Stalled}, kinds(r.retries))
		assert.Equal(t, 51*time.Second, r.took, "20 s until the byte, 30 s of silence, 1 s of wait")

		// A page that does not read is no silence of the provider.
		r = run(t.Context(), stream.Options{SilenceTimeout: 30 * time.Second}, func(ctx context.Context, a *stream.Attempt) error {
			a.Respond(provider.Response{StatusCode: 200})
			a.Feed([]byte(delta("a")))
			select {
			case <-ctx.Done():
			case <-time.After(time.Hour):
			}
			a.Waiting()
			a.Feed([]byte(stop))
			return nil
		})
		require.NoError(t, r.err)
		assert.Empty(t, r.retries)
	})
}

func TestLimitsUnwrapToTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{MaxAttempts: 1}, play(response{refuse: errReset}))
		assert.ErrorIs(t, r.err, errReset)
		var limit *retry.LimitError
		assert.False(t, errors.As(r.err, &limit), "attempts are in the error itself")
	})
}

// TestOtherFramings: a stream of lines, and APIs told by their events.
func TestOtherFramings(t *testing.T) {
	for name, tc := range map[string]struct {
		url, body, text, provider string
	}{
		"ollama chat": {"http://localhost:11434/api/chat", `{"model":"m","message":{"role":"assistant","content":"Hé"},"done":false}
{"model":"m","message":{"role":"assistant","content":"llo"},"done":false}
{"model":"m","message":{"role":"assistant","content":""},"done_reason":"stop","done":true}
`, "Héllo", "ollama"},
		"ollama generate": {"http://localhost:11434/api/generate", `{"model":"m","response":"Hé","done":false}
{"model":"m","response":"llo","done":true}`, "Héllo", "ollama"},
		"cohere": {"https://api.cohere.com/v2/chat", `data: {"type":"message-start","id":"1"}

data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hé"}}}}

data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"llo"}}}}

data: {"type":"message-end","delta":{"finish_reason":"COMPLETE"}}

`, "Héllo", "cohere"},
		"interactions": {"https://generativelanguage.googleapis.com/v1beta/interactions", `event: interaction.created
data: {"event_type":"interaction.created","interaction":{"status":"in_progress"}}

data: {"event_type":"step.delta","delta":{"type":"thought_summary","text":"hm"}}

data: {"event_type":"step.delta","delta":{"type":"text","text":"Hé"}}

data: {"event_type":"step.delta","delta":{"type":"text","text":"llo"}}

data: {"event_type":"interaction.completed","interaction":{"status":"completed"}}

`, "Héllo", "gemini"},
	} {
		t.Run(name, func(t *testing.T) {
			for size := 1; size < len(tc.body); size += 7 {
				s := ""
				st := mustNew(stream.Options{URL: tc.url, MaxAttempts: 1, OnEvent: func(ev *stream.Event) { s += string(ev.Text) }})
				require.NoError(t, st.Run(t.Context(), feed([]byte(tc.body), func(rest int) int { return min(rest, size) })))
				assert.Equal(t, tc.text, s)
				assert.Equal(t, tc.provider, st.Status().Provider)
			}
			// Cut anywhere before its end, no reply passes as whole.
			end := strings.LastIndex(strings.TrimRight(tc.body, "\n"), "}")
			for n := range end {
				st := mustNew(stream.Options{URL: tc.url, MaxAttempts: 1})
				assert.Error(t, st.Run(t.Context(), feed([]byte(tc.body[:n]), func(rest int) int { return rest })), "cut at %d", n)
			}
		})
	}
}

// TestStreamOfAnUnknownKind has no end but the clean end of its body.
func TestStreamOfAnUnknownKind(t *testing.T) {
	const url = "https://example.test/chat"
	part := "data: {\"type\":\"text-delta\",\"delta\":\"part one\"}\n\n"
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{URL: url}, play(ok(part)))
		require.NoError(t, r.err)
		for kind, resp := range map[failure.Kind]response{
			failure.Network: {chunks: []string{part}, err: errReset},
			failure.Stalled: {chunks: []string{part}, hang: true},
		} {
			r = run(t.Context(), stream.Options{URL: url}, play(resp, ok(part)))
			require.NoError(t, r.err)
			assert.Equal(t, []failure.Kind{kind}, kinds(r.retries))
		}
	})
}

// TestEventsCorrectThePath: a page's own proxy may be called anything.
func TestEventsCorrectThePath(t *testing.T) {
	for _, url := range []string{
		"https://example.test/api/responses", "https://example.test/api/v1/messages", "https://example.test/v2/chat",
		"https://us-central1-aiplatform.googleapis.com/v1/publishers/mistralai/models/m:streamRawPredict",
	} {
		synctest.Test(t, func(t *testing.T) {
			r := run(t.Context(), stream.Options{URL: url, MaxAttempts: 1}, play(ok(delta("Hel"), delta("lo"), stop, done)))
			require.NoError(t, r.err, url)
			assert.Equal(t, "Hello", r.text, url)
		})
	}
}

func TestLimitsSayWhatToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{MaxAttempts: 2}, play(response{status: 503}))
		var failed *stream.Error
		require.ErrorAs(t, r.err, &failed)
		assert.Equal(t, "OpenAI is temporarily unavailable. Try again in a few minutes.", failed.Message)
	})
}

// TestTheMiddleOfAnEventIsNoUnframedError: only whole lines are looked at, also
// where an event is longer than what is kept of a stream's end.
func TestTheMiddleOfAnEventIsNoUnframedError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t.Context(), stream.Options{MaxAttempts: 1}, play(ok(
			delta("Hi"), `data: {"id":"`+strings.Repeat("x", 20_000), `{"error":{"type":"insufficient_quota"}}`)))
		assert.Equal(t, failure.Truncated, failure.Classify(r.err).Kind)
	})
}
