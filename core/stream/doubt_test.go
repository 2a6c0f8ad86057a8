package stream_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

const (
	// ownURL is of a server that nobody knows.
	ownURL   = "https://example.com/api/v1/chat/completions"
	ownWhole = "The server never said that the reply was complete; it was taken as whole"
)

// TestPresumed: what nobody knows is tried three times, and the messages say so.
func TestPresumed(t *testing.T) {
	boom := play(response{refuse: errors.New("boom")})
	good := play(ok(delta("Hi"), end))
	const last = " It was not tried again: three attempts failed for a reason that is not known."
	for name, tc := range map[string]struct {
		opts    stream.Options
		calls   []call
		made    int
		message string // of the error, "" for none
	}{
		"for ever":       {stream.Options{}, []call{boom}, 3, "The connection to OpenAI failed. Check the network and the address, then try again." + last},
		"twice":          {stream.Options{}, []call{boom, boom, good}, 3, ""},
		"among others":   {stream.Options{}, []call{boom, refuse(0), boom, refuse(0), refuse(0), boom, good}, 6, "The connection to OpenAI failed. Check the network and the address, then try again." + last},
		"a limit":        {stream.Options{MaxAttempts: 2}, []call{boom}, 2, "The connection to OpenAI failed. Check the network and the address, then try again."},
		"refused":        {stream.Options{BeforeRetry: before(new(int), stream.ErrRefused)}, []call{boom}, 1, "The connection to OpenAI failed. Check the network and the address, then try again. It was not tried again: beforeRetry refused."},
		"in a reply":     {stream.Options{}, []call{play(ok(delta("H"), `data: {"error":{"message":"xyz"}}`+"\n\n"))}, 3, "OpenAI is temporarily unavailable. Try again in a few minutes." + last},
		"text was shown": {stream.Options{Partial: stream.PartialFail}, []call{play(ok(delta("H"), `data: {"error":{"message":"xyz"}}`+"\n\n"))}, 1, "OpenAI is temporarily unavailable. Try again in a few minutes. What came of the reply is kept."},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts).run(t.Context(), tc.calls...)
			assert.Len(t, l.numbers, tc.made)
			for i, r := range l.retries {
				if name != "among others" || i%2 == 0 && i < 3 {
					assert.Contains(t, r.Error, "not known. Trying a few more times.")
				}
			}
			if tc.message == "" {
				require.NoError(t, l.err)
				return
			}
			assert.Equal(t, tc.message, l.failed(t).Message)
			assert.True(t, l.failed(t).Presumed)
		})
	}
	inBubble(t, "offline", func(t *testing.T) {
		// What fails while there is no network is no attempt.
		l := live(stream.Options{})
		l.SetOnline(false)
		at(second, func() { l.SetOnline(true) })
		drop := func(ctx context.Context, a *stream.Attempt) error {
			l.SetOnline(false)
			at(second, func() { l.SetOnline(true) })
			return boom(ctx, a)
		}
		l.run(t.Context(), drop, drop, drop, drop, boom, boom, good)
		require.NoError(t, l.err)
	})
}

// TestUnsaid: a reply whose server ended it without saying that it is whole is asked for
// twice more, and then taken as it is.
func TestUnsaid(t *testing.T) {
	own := stream.Options{URL: ownURL}
	with := func(change func(*stream.Options)) stream.Options {
		opts := own
		change(&opts)
		return opts
	}
	half := func(texts ...string) call {
		var chunks []string
		for _, text := range texts {
			chunks = append(chunks, delta(text))
		}
		return play(ok(append(chunks, done)...))
	}
	cut := play(response{chunks: []string{delta("c")}, err: errReset})
	for name, tc := range map[string]struct {
		opts  stream.Options
		calls []call
		made  int
		text  string
		said  string       // with the end, "" for nothing
		kind  failure.Kind // "" for none
	}{
		"three":             {own, []call{half("a"), half("b", "b"), half("c", "d")}, 3, "cd", ownWhole + " after three attempts that ended alike.", ""},
		"a better one":      {own, []call{half("a"), half("b"), play(ok(delta("good"), end))}, 3, "good", "", ""},
		"a cut between":     {own, []call{half("a"), cut, half("b"), cut, half("c")}, 5, "c", ownWhole + " after three attempts that ended alike.", ""},
		"not all alike":     {own, []call{play(response{refuse: errors.New("boom")}), half("a"), half("b")}, 3, "b", "", failure.Truncated},
		"a smaller limit":   {with(func(o *stream.Options) { o.MaxAttempts = 2 }), []call{half("a")}, 2, "a", "", failure.Truncated},
		"the same limit":    {with(func(o *stream.Options) { o.MaxAttempts = 3 }), []call{half("a")}, 3, "a", ownWhole + " after three attempts that ended alike.", ""},
		"refused":           {with(func(o *stream.Options) { o.BeforeRetry = before(new(int), stream.ErrRefused) }), []call{half("a")}, 1, "a", "", failure.Truncated},
		"text is kept":      {with(func(o *stream.Options) { o.Partial = stream.PartialFail }), []call{half("a")}, 1, "a", "", failure.Truncated},
		"it is not the row": {with(func(o *stream.Options) { o.MaxAlike = 2 }), []call{half("a")}, 3, "a", ownWhole + " after three attempts that ended alike.", ""},
		"a known server":    {with(func(o *stream.Options) { o.URL = chatURL; o.MaxAttempts = 9; o.MaxAlike = -1 }), []call{half("a")}, 9, "a", "", failure.Truncated},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts).run(t.Context(), tc.calls...)
			assert.Len(t, l.numbers, tc.made)
			assert.Equal(t, tc.text, l.text)
			if tc.kind != "" {
				assert.Equal(t, tc.kind, l.failed(t).Kind)
				assert.NotContains(t, l.failed(t).Message, "more times")
				return
			}
			require.NoError(t, l.err)
			assert.Equal(t, event.PhaseDone, l.last().Phase)
			assert.Equal(t, tc.said, l.last().Message)
			for _, r := range l.retries {
				if r.Kind == failure.Truncated {
					assert.Equal(t, "The reply from the AI provider may have broken off. Trying a few more times.", r.Error)
				}
			}
		})
	}
}

// TestUnsaid_relayed: where the text was passed on, there is no other attempt, and an
// error after the server's own end would be worse than none.
func TestUnsaid_relayed(t *testing.T) {
	body := chatOpen + delta("a") + done
	for name, chunks := range map[string]func(int) int{"at once": nil, "byte by byte": func(int) int { return 1 }} {
		var last event.ChatStreamStatus
		opts := stream.Options{URL: ownURL, OnStatus: func(s event.ChatStreamStatus) { last = s }}
		relayInBubble(t, name, opts, func(t *testing.T, r *relayed) {
			r.run(t.Context(), answer{body: []byte(body), chunks: chunks, header: isEvents})
			r.is(t, body)
			assert.Equal(t, 1, r.attempts)
			assert.Equal(t, event.PhaseDone, last.Phase)
			assert.Equal(t, ownWhole+".", last.Message)
		})
	}
}

// question is a body of a request; answered is one that ends with a tool's result.
const (
	question = `{"messages":[{"role":"user","content":"Hi"}]}`
	answered = `{"messages":[{"role":"user","content":"Hi"},{"role":"tool","content":"21"}]}`
)

// asking returns options of a request with that body.
func asking(url, body string, change ...func(*stream.Options)) stream.Options {
	opts := stream.Options{URL: url, Host: stream.Host{Body: func(context.Context) []byte { return []byte(body) }}}
	for _, f := range change {
		f(&opts)
	}
	return opts
}

func claudeStop(reason, usage string) string {
	return "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" + reason + "\"},\"usage\":{" + usage + "}}\n\n" + claudeEnd
}

// TestEmpty: a whole reply with nothing in it is asked for again, where nothing says
// that it means just that.
func TestEmpty(t *testing.T) {
	const geminiURL = "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse"
	nothing := play(ok(chatOpen, end))
	good := play(ok(chatOpen, delta("Hi"), end))
	counted := func(n string) string {
		return `data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":` + n + `}}` + "\n\n"
	}
	finish := func(reason string) string {
		return `data: {"choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}` + "\n\n"
	}
	chunk := func(delta string) string {
		return `data: {"choices":[{"index":0,"delta":` + delta + `,"finish_reason":null}]}` + "\n\n"
	}
	chat := asking(chatURL, question)
	for name, tc := range map[string]struct {
		opts  stream.Options
		calls []call
		made  int
		said  string
	}{
		"once":                     {chat, []call{nothing, good}, 2, ""},
		"always":                   {chat, []call{nothing}, 3, "The reply came back empty, and is handed out as it is."},
		"among others":             {chat, []call{nothing, refuse(0), nothing, refuse(0), nothing}, 5, "The reply came back empty, and is handed out as it is."},
		"more often":               {asking(chatURL, question, func(o *stream.Options) { o.EmptyAttempts = 5 }), []call{nothing}, 6, "The reply came back empty, and is handed out as it is."},
		"never":                    {asking(chatURL, question, func(o *stream.Options) { o.EmptyAttempts = -1 }), []call{nothing}, 1, ""},
		"one attempt":              {asking(chatURL, question, func(o *stream.Options) { o.MaxAttempts = 1 }), []call{nothing}, 1, ""},
		"two attempts":             {asking(chatURL, question, func(o *stream.Options) { o.MaxAttempts = 2 }), []call{nothing}, 2, "The reply came back empty, and is handed out as it is."},
		"no time left":             {asking(chatURL, question, func(o *stream.Options) { o.MaxElapsed = second / 2 }), []call{nothing}, 1, "The reply came back empty, and is handed out as it is."},
		"refused":                  {asking(chatURL, question, func(o *stream.Options) { o.BeforeRetry = before(new(int), stream.ErrRefused) }), []call{nothing}, 1, "The reply came back empty, and is handed out as it is."},
		"text would be kept":       {asking(chatURL, question, func(o *stream.Options) { o.Partial = stream.PartialFail }), []call{nothing, good}, 2, ""},
		"after a tool's result":    {asking(chatURL, answered), []call{nothing}, 1, ""},
		"the body is not known":    {stream.Options{URL: chatURL}, []call{nothing}, 1, ""},
		"it is no JSON":            {asking(chatURL, "a=b"), []call{nothing}, 1, ""},
		"an unknown kind":          {asking("https://example.com/x", question), []call{play(ok("data: \n\n", "data: [DONE]\n\n"), response{chunks: []string{"data: x\n\n"}})}, 2, ""}, // a cut, as ever
		"tokens were counted":      {chat, []call{play(ok(chatOpen, stop, counted("7"), done))}, 1, ""},
		"no tokens":                {chat, []call{play(ok(chatOpen, stop, counted("0"), done)), good}, 2, ""},
		"too long":                 {chat, []call{play(ok(chatOpen, finish("length"), done))}, 1, ""},
		"a tool call":              {chat, []call{play(ok(chatOpen, chunk(`{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}`), finish("tool_calls"), done))}, 1, ""},
		"a tool call that stops":   {chat, []call{play(ok(chatOpen, chunk(`{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}`), end))}, 1, ""},
		"a thought":                {chat, []call{play(ok(chatOpen, chunk(`{"reasoning_content":"hm"}`), end))}, 1, ""},
		"a refusal":                {chat, []call{play(ok(chatOpen, chunk(`{"refusal":"No."}`), end))}, 1, ""},
		"a space":                  {chat, []call{play(ok(chatOpen, delta(" "), end))}, 1, ""},
		"in one chunk":             {chat, []call{play(ok(chatOpen + end)), good}, 2, ""},
		"claude":                   {asking(claudeURL, question), []call{play(ok(claudeOpen + claudeStop("end_turn", `"output_tokens":0`))), play(ok(claudeGood))}, 2, ""},
		"claude counts an opening": {asking(claudeURL, question), []call{play(ok(strings.Replace(claudeOpen, `"m"`, `"m","usage":{"output_tokens":1}`, 1) + claudeStop("end_turn", `"output_tokens":0`))), play(ok(claudeGood))}, 2, ""},
		"claude counts tokens":     {asking(claudeURL, question), []call{play(ok(claudeOpen + claudeStop("end_turn", `"output_tokens":2`)))}, 1, ""},
		"claude pauses":            {asking(claudeURL, question), []call{play(ok(claudeOpen + claudeStop("pause_turn", `"output_tokens":0`)))}, 1, ""},
		"claude calls":             {asking(claudeURL, question), []call{play(ok(claudeOpen + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{}}}\n\n" + claudeStop("end_turn", `"output_tokens":0`)))}, 1, ""},
		"gemini":                   {asking(geminiURL, `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}`), []call{play(ok(`data: {"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3}}`+"\r\n\r\n"), ok(`data: {"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"finishReason":"STOP","index":0}]}`+"\r\n\r\n"))}, 2, ""},
		"responses":                {asking("https://api.openai.com/v1/responses", `{"input":"Hi"}`), []call{play(ok(`data: {"type":"response.created","response":{"id":"r","output":[]}}` + "\n\n" + `data: {"type":"response.completed","response":{"id":"r","status":"completed","output":[]}}` + "\n\n")), play(ok(`data: {"type":"response.output_text.delta","delta":"Hi"}` + "\n\n" + `data: {"type":"response.completed","response":{"id":"r"}}` + "\n\n"))}, 2, ""},
		"responses, the end alone": {asking("https://api.openai.com/v1/responses", `{"input":"Hi"}`), []call{play(ok(`data: {"type":"response.completed","response":{"id":"r","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]}}` + "\n\n"))}, 1, ""},
		"ollama":                   {asking("http://localhost:11434/api/chat", question), []call{play(ok(`{"model":"m","message":{"role":"assistant","content":""},"done":false}`+"\n"+`{"model":"m","message":{"role":"assistant","content":""},"done_reason":"stop","done":true}`+"\n"), ok(`{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}`+"\n"+`{"model":"m","message":{"content":""},"done":true}`+"\n"))}, 2, ""},
		"ollama loads a model":     {asking("http://localhost:11434/api/chat", question), []call{play(ok(`{"model":"m","message":{"role":"assistant","content":""},"done":false}` + "\n" + `{"model":"m","message":{"role":"assistant","content":""},"done_reason":"load","done":true}` + "\n"))}, 1, ""},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts).run(t.Context(), tc.calls...)
			require.NoError(t, l.err)
			assert.Len(t, l.numbers, tc.made)
			assert.Equal(t, event.PhaseDone, l.last().Phase)
			assert.Equal(t, tc.said, l.last().Message)
			for _, r := range l.retries {
				if r.Kind == failure.Empty {
					assert.Regexp(t, `^The reply from .* came back empty\. Asking again\.$`, r.Error)
				}
			}
		})
	}
}

// TestEmpty_refused: what beforeRetry did wrong is told, and not that another attempt
// follows.
func TestEmpty_refused(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		opts := asking(chatURL, question)
		opts.BeforeRetry = before(new(int), errKey)
		failed := live(opts).run(t.Context(), play(ok(chatOpen, end))).failed(t)
		assert.Equal(t, "The reply from OpenAI came back empty. Try again. It was not tried again: beforeRetry failed.", failed.Message)
	})
}

// TestEmpty_bodyIsAskedLate: nobody makes a copy of a body for a reply that is good.
func TestEmpty_bodyIsAskedLate(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		opts := stream.Options{Host: stream.Host{Body: func(context.Context) []byte { t.Error("asked"); return nil }}}
		require.NoError(t, live(opts).run(t.Context(), refuse(0), play(ok(chatOpen, delta("Hi"), end))).err)
	})
}

// TestEmpty_relayed: an empty reply is replaced as long as nothing of it was passed.
func TestEmpty_relayed(t *testing.T) {
	nothing := []byte(chatOpen + end)
	whole := chatOpen + delta("Hi") + end
	good := answer{body: []byte(whole), header: isEvents}
	for name, tc := range map[string]struct {
		answers  []answer
		attempts int
		body     string
	}{
		"replaced":     {[]answer{{body: nothing, header: isEvents}, good}, 2, whole},
		"byte by byte": {[]answer{{body: nothing, header: isEvents, chunks: func(int) int { return 1 }}, good}, 2, whole},
		"always":       {[]answer{{body: nothing, header: isEvents}}, 3, string(nothing)},
	} {
		relayInBubble(t, name, asking(chatURL, question), func(t *testing.T, r *relayed) {
			r.run(t.Context(), tc.answers...)
			r.is(t, tc.body)
			assert.Equal(t, tc.attempts, r.attempts)
		})
	}
	relayInBubble(t, "the hold was over", asking(chatURL, question), func(t *testing.T, r *relayed) {
		first := answer{body: []byte(chatOpen), header: isEvents, held: true}
		first.rest = func(_ context.Context, a *stream.Attempt) error {
			r.undecided = append(r.undecided, end...)
			a.Feed([]byte(end))
			return nil
		}
		r.run(t.Context(), first, good)
		r.is(t, chatOpen+end)
		assert.Equal(t, 1, r.attempts)
	})
	// What was read is gone after a wait.
	tired := func(o *stream.Options) {
		o.MaxElapsed = 2 * second
		o.OnStatus = func(s event.ChatStreamStatus) {
			if s.Phase == event.PhaseRetrying {
				time.Sleep(5 * second)
			}
		}
	}
	relayInBubble(t, "a wait that took too long", asking(chatURL, question, tired), func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: nothing, header: isEvents}, good)
		assert.Equal(t, failure.Empty, r.failed(t).Kind)
		assert.Equal(t, "The reply from OpenAI came back empty. Try again.", r.failed(t).Message)
		assert.Equal(t, 1, r.attempts)
	})
}
