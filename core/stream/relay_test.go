package stream_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

const (
	chatOpen  = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}` + "\n\n"
	claudeHi  = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n"
	claudeEnd = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"
	// claudeBusy is an error of the provider's own.
	claudeBusy = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"
	claudeKey  = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"No\"}}\n\n"
	claudeGood = claudeOpen + claudePing + claudeHi + claudeEnd
)

func claude(parts ...string) answer { return answer{body: []byte(strings.Join(parts, ""))} }

// relayInBubble runs a table of streams in virtual time.
func relayInBubble(t *testing.T, name string, opts stream.Options, f func(*testing.T, *relayed)) {
	inBubble(t, name, func(t *testing.T) {
		if opts.URL == "" {
			opts.URL = claudeURL
		}
		f(t, relay(opts))
	})
}

// TestRelayReplaces: an attempt that fails before the reply's first content is
// replaced unseen.
func TestRelayReplaces(t *testing.T) {
	for name, first := range map[string]answer{
		"no response":          {refused: errReset},
		"overloaded":           {status: 529},
		"asked to wait":        {status: 429, header: map[string]string{"retry-after": "7"}},
		"nothing":              {header: map[string]string{"content-type": "text/event-stream"}},
		"cut at once":          {err: errReset},
		"an error at first":    claude(claudeBusy),
		"an error after pings": claude(claudeOpen, claudePing, claudeBusy),
		"an error with the first content": {
			// It was not passed on: the chunk that brought it failed.
			body: []byte(claudeOpen + claudeHi + claudeBusy),
		},
		"ended early":         claude(claudeOpen, claudePing),
		"cut in the opening":  {body: []byte(claudeOpen + claudePing), err: errReset},
		"cut in the content":  {body: []byte(claudeOpen + claudeHi[:40]), err: errReset},
		"an error body":       {body: []byte(`{"type":"error","error":{"type":"overloaded_error","message":"x"}}`)},
		"half a document":     {body: []byte(`{"type":"message","con`), err: errReset},
		"only comments":       {body: []byte(ping + ping), err: errReset},
		"comments are no way": {body: []byte(ping + ping), err: errReset, held: true},
		"stalled": {body: []byte(claudeOpen), rest: func(ctx context.Context, _ *stream.Attempt) error {
			<-ctx.Done()
			return ctx.Err()
		}},
	} {
		relayInBubble(t, name, stream.Options{}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), first, claude(claudeGood))
			if name == "comments are no way" {
				r.is(t, ping+ping+claudeGood)
			} else {
				r.is(t, claudeGood)
			}
			assert.Equal(t, 2, r.attempts)
			assert.Len(t, r.retries, 1)
		})
	}
}

// TestRelayPasses: from the first content on, bytes are passed as they come.
func TestRelayPasses(t *testing.T) {
	relayInBubble(t, "", stream.Options{}, func(t *testing.T, r *relayed) {
		r.runWith(t.Context(), func(ctx context.Context, a *stream.Attempt) error {
			return r.send(ctx, a, answer{rest: func(context.Context, *stream.Attempt) error {
				sum := ""
				for _, step := range []struct{ chunk, passed string }{
					{ping + claudeOpen, ""},
					{claudePing + claudeHi[:9], ""},
					{claudeHi[9:] + claudeHi, ping + claudeOpen + claudePing + claudeHi + claudeHi},
					{ping, ping}, // a proxy must see it now
					{ping[:3], ""},
					{ping[3:], ping},
					{claudeHi[:30], ""},
					{claudeHi[30:] + claudeHi[:len(claudeHi)-1], claudeHi},
					{"\n", claudeHi},
					{claudeEnd, ""}, // the rest is passed unseen
				} {
					passes := r.passes
					r.undecided = append(r.undecided, step.chunk...)
					a.Feed([]byte(step.chunk))
					sum += step.passed
					assert.Equal(t, sum, string(r.passed))
					assert.LessOrEqual(t, r.passes, passes+1, "calls are joined")
				}
				return nil
			}})
		})
		r.is(t, ping+claudeOpen+claudePing+claudeHi+claudeHi+ping+ping+claudeHi+claudeHi+claudeEnd)
	})
}

// TestRelayFails: what was passed on cannot be taken back, and the reader is told
// in the provider's form.
func TestRelayFails(t *testing.T) {
	shown := claudeOpen + claudeHi
	for name, tc := range map[string]struct {
		then     answer
		raw      string
		kind     failure.Kind
		attempts int
	}{
		"cut":                  {answer{err: errReset}, "", failure.Network, 1},
		"cut in an event":      {answer{then: []byte(claudeHi[:50]), err: errReset}, "", failure.Network, 1},
		"ended early":          {answer{}, "", failure.Truncated, 1},
		"damaged":              {answer{then: []byte("data: {\"type\":\"con\n\n")}, "", failure.Truncated, 1},
		"an error":             {answer{then: []byte(claudeBusy)}, claudeBusy, failure.Overloaded, 1},
		"an error and more":    {answer{then: []byte(claudePing + claudeBusy + claudePing)}, claudePing + claudeBusy, failure.Overloaded, 1},
		"a final error":        {answer{then: []byte(claudeKey)}, claudeKey, failure.Auth, 1},
		"an error's beginning": {answer{then: []byte(claudeBusy[:len(claudeBusy)-1])}, "", failure.Overloaded, 1},
		"a bare error":         {answer{then: []byte(`{"type":"error","error":{"type":"overloaded_error"}}`)}, "", failure.Overloaded, 1},
		"a bare error's lines": {answer{then: []byte("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n")}, "", failure.Overloaded, 1},
	} {
		relayInBubble(t, name, stream.Options{}, func(t *testing.T, r *relayed) {
			tc.then.body = []byte(shown)
			r.run(t.Context(), tc.then)
			failed := r.failed(t)
			assert.Equal(t, stream.EndBody, failed.Ending)
			assert.Equal(t, tc.kind, failed.Kind)
			assert.Contains(t, failed.Message, "What came of the reply is kept.")
			assert.Empty(t, r.wrong)
			assert.Empty(t, r.retries)
			if tc.raw != "" {
				assert.Equal(t, shown+tc.raw, string(r.passed))
				assert.Empty(t, r.made)
			} else {
				assert.Len(t, r.made, 1)
				assert.Equal(t, shown+r.made[0], string(r.passed))
				assert.Contains(t, r.made[0], failed.Message)
			}
			kind, err := kindOf(claudeURL, r.passed)
			assert.NoError(t, err)
			assert.Equal(t, tc.kind, kind)
			assert.Empty(t, r.undecided, "all is decided")
		})
	}
}

// TestRelayFailsHeld: where no attempt helps, the reader gets the last one's
// opening with its error.
func TestRelayFailsHeld(t *testing.T) {
	for name, tc := range map[string]struct {
		last   answer
		kind   failure.Kind
		passed string // "" for nothing
		made   bool
		ending stream.Ending
	}{
		"a final error":   {claude(claudeOpen, claudeKey), failure.Auth, claudeOpen + claudeKey, false, stream.EndBody},
		"an error":        {claude(claudeOpen, claudeBusy), failure.Overloaded, claudeOpen + claudeBusy, false, stream.EndBody},
		"cut":             {answer{body: []byte(claudeOpen + claudePing[:12]), err: errReset}, failure.Network, claudeOpen, true, stream.EndBody},
		"a status":        {answer{status: 401}, failure.Auth, "", false, stream.EndResponse},
		"no response":     {answer{refused: errReset}, failure.Network, "", false, stream.EndError},
		"cut at once":     {answer{err: errReset}, failure.Network, "", false, stream.EndError},
		"an error body":   {claude(`{"type":"error","error":{"type":"authentication_error"}}`), failure.Auth, `{"type":"error","error":{"type":"authentication_error"}}`, false, stream.EndBody},
		"half a document": {answer{body: []byte(`{"a`), err: errReset}, failure.Network, "", false, stream.EndError},
	} {
		relayInBubble(t, name, stream.Options{MaxAttempts: 2}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), claude(claudeOpen, claudeBusy), tc.last)
			failed := r.failed(t)
			assert.Equal(t, 2, r.attempts)
			assert.Equal(t, tc.ending, failed.Ending)
			assert.Equal(t, tc.kind, failed.Kind)
			assert.Empty(t, r.wrong)
			want := tc.passed + strings.Join(r.made, "")
			assert.Equal(t, want, string(r.passed))
			assert.Equal(t, tc.made, len(r.made) == 1)
			if kind, err := kindOf(claudeURL, r.passed); tc.made {
				assert.NoError(t, err)
				assert.Equal(t, tc.kind, kind)
			}
		})
	}
}

// TestRelayPassHeld: when the hold is over the reader gets what there is, and what
// was passed can no longer be replaced.
func TestRelayPassHeld(t *testing.T) {
	held := func(parts ...string) answer {
		w := claude(parts...)
		w.held = true
		return w
	}
	relayInBubble(t, "passes whole events", stream.Options{}, func(t *testing.T, r *relayed) {
		first := held(claudeOpen, claudePing, claudeHi[:9])
		first.rest = func(_ context.Context, a *stream.Attempt) error {
			assert.Equal(t, claudeOpen+claudePing, string(r.passed))
			for _, chunk := range []string{claudeHi[9:], claudePing, claudeHi + claudeEnd} {
				r.undecided = append(r.undecided, chunk...)
				a.Feed([]byte(chunk))
			}
			return nil
		}
		r.run(t.Context(), first).is(t, claudeOpen+claudePing+claudeHi+claudePing+claudeHi+claudeEnd)
	})
	relayInBubble(t, "then a failure is final", stream.Options{}, func(t *testing.T, r *relayed) {
		first := held(claudeOpen)
		first.err = errReset
		failed := r.run(t.Context(), first).failed(t)
		assert.Equal(t, stream.EndBody, failed.Ending)
		assert.Equal(t, claudeOpen+r.made[0], string(r.passed))
		assert.Equal(t, 1, r.attempts)
	})
	relayInBubble(t, "with nothing passed another attempt goes unseen", stream.Options{}, func(t *testing.T, r *relayed) {
		first := held(claudeOpen[:20])
		first.err = errReset
		// The next one is held again: its failure is replaced too.
		r.run(t.Context(), first, claude(claudeOpen, claudeBusy), claude(claudeGood)).is(t, claudeGood)
		assert.Equal(t, 3, r.attempts)
	})
	relayInBubble(t, "a later status is told in the stream", stream.Options{}, func(t *testing.T, r *relayed) {
		first := held(claudeOpen[:20])
		first.err, first.header = errReset, map[string]string{"content-type": "text/event-stream"}
		failed := r.run(t.Context(), first, answer{status: 401}).failed(t)
		assert.Equal(t, stream.EndBody, failed.Ending)
		kind, err := kindOf(claudeURL, r.passed)
		assert.NoError(t, err)
		assert.Equal(t, failure.Auth, kind)
	})
	relayInBubble(t, "but in no document", stream.Options{}, func(t *testing.T, r *relayed) {
		first := answer{held: true, err: errReset}
		failed := r.run(t.Context(), first, answer{status: 401}).failed(t)
		assert.Equal(t, stream.EndError, failed.Ending)
		assert.Empty(t, r.passed)
	})
	relayInBubble(t, "a mark before the joined stream is left out", stream.Options{}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(ping), held: true, err: errReset}, claude("\ufeff", claudeGood))
		r.is(t, ping+claudeGood)
		assert.Equal(t, 3, r.drops)
	})
}

// TestRelayUnknown: of an unknown kind nothing is made up: the body fails.
func TestRelayUnknown(t *testing.T) {
	const url = "https://example.test/ask"
	const hello = "data: hello\n\n"
	relayInBubble(t, "cut", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(hello + "data"), err: errReset})
		assert.Equal(t, stream.EndError, r.failed(t).Ending)
		assert.Equal(t, hello, string(r.passed))
	})
	relayInBubble(t, "its own error", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		const failed = `data: {"error":{"message":"overloaded"}}` + "\n\n"
		r.run(t.Context(), answer{body: []byte(hello), then: []byte(failed)})
		assert.Equal(t, stream.EndBody, r.failed(t).Ending)
		assert.Equal(t, hello+failed, string(r.passed))
	})
	relayInBubble(t, "complete", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(hello + hello)}).is(t, hello+hello)
	})
	relayInBubble(t, "fields without any event", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte("id: 5\nname: x\n")}).is(t, "id: 5\nname: x\n")
	})
	relayInBubble(t, "text that begins like a field", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte("dat"), then: []byte("es are sweet")}).is(t, "dates are sweet")
		assert.True(t, r.unseen)
	})
}

// TestRelayGoogle: Google's SDK finds an error only in a chunk of its own.
func TestRelayGoogle(t *testing.T) {
	const url = "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse"
	const hi = `data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}` + "\r\n\r\n"
	const busy = `data: {"error":{"code":503,"status":"UNAVAILABLE","message":"x"}}` + "\r\n\r\n"
	relayInBubble(t, "cut", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(hi), err: errReset})
		assert.Len(t, r.made, 2)
		assert.Equal(t, byte('{'), r.made[0][0])
		assert.Equal(t, hi+r.made[0]+r.made[1], string(r.passed))
	})
	relayInBubble(t, "its own", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(hi), then: []byte(busy)})
		assert.Len(t, r.made, 1)
		assert.Equal(t, hi+r.made[0]+busy, string(r.passed))
	})
}

// TestRelayFinish: a reason to finish that is a failure is told as an error.
func TestRelayFinish(t *testing.T) {
	const url = "https://api.mistral.ai/v1/chat/completions"
	failed := `data: {"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}` + "\n\n"
	relayInBubble(t, "", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(delta("Hi")), then: []byte(failed)})
		assert.Equal(t, failure.Server, r.failed(t).Kind)
		assert.Equal(t, delta("Hi")+r.made[0], string(r.passed))
	})
}

// TestRelayMoves: a page that goes elsewhere after something was passed would
// double it.
func TestRelayMoves(t *testing.T) {
	const first, rest = `id: 1` + "\n" + `data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}` + "\n\n", "id: 2\n" + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\n"
	inBubble(t, "moves", func(t *testing.T) {
		var r *relayed
		r = relay(stream.Options{URL: chatURL, BeforeRetry: func(context.Context, stream.RetryContext) error {
			r.stream.SetURL("https://example.test/other/chat/completions")
			return nil
		}})
		r.run(t.Context(), answer{body: []byte(first), err: errReset}, answer{body: []byte(first + rest)})
		assert.Equal(t, failure.Network, r.failed(t).Kind)
		assert.Equal(t, first+r.made[0], string(r.passed))
		assert.Equal(t, 1, r.attempts)
	})
	inBubble(t, "stays", func(t *testing.T) {
		r := relay(stream.Options{URL: chatURL})
		r.run(t.Context(), answer{body: []byte(first), err: errReset}, answer{body: []byte(rest)})
		r.is(t, first+rest)
	})
	inBubble(t, "fails", func(t *testing.T) {
		r := relay(stream.Options{URL: chatURL, Partial: stream.PartialRestart})
		r.run(t.Context(), answer{body: []byte(first), err: errReset}, answer{body: []byte(rest)})
		assert.Equal(t, 1, r.attempts, "nothing can be taken back")
	})
}

// TestRelayBounds: nothing grows without bound.
func TestRelayBounds(t *testing.T) {
	relayInBubble(t, "pings", stream.Options{MaxEventBytes: 1000}, func(t *testing.T, r *relayed) {
		most := 0
		r.run(t.Context(), answer{err: io.ErrUnexpectedEOF, rest: func(_ context.Context, a *stream.Attempt) error {
			for range 100 {
				r.undecided = append(r.undecided, claudePing...)
				a.Feed([]byte(claudePing))
				most = max(most, len(r.undecided))
			}
			return io.ErrUnexpectedEOF
		}})
		assert.LessOrEqual(t, most, 1000)
	})
	relayInBubble(t, "comments in an event", stream.Options{MaxEventBytes: 1000}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: bytes.Repeat([]byte("data: x\n: y\n"), 500), chunks: func(int) int { return 12 }})
		assert.Contains(t, r.failed(t).Message, "larger than this program accepts")
		assert.Equal(t, strings.Join(r.made, ""), string(r.passed))
	})
}

// TestRelayStatus: the status feed tells the same as it does without a relay.
func TestRelayStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var phases []event.Phase
		r := relay(stream.Options{URL: claudeURL, OnStatus: func(s event.ChatStreamStatus) { phases = append(phases, s.Phase) },
			OnEvent: func(*stream.Event) { t.Error("an event") }})
		start := time.Now()
		r.run(t.Context(), claude(claudeOpen, claudeBusy), claude(claudeGood)).is(t, claudeGood)
		assert.Equal(t, time.Second, time.Since(start))
		assert.Equal(t, []event.Phase{event.PhaseConnecting, event.PhaseRetrying, event.PhaseConnecting, event.PhaseStreaming, event.PhaseDone}, phases)
	})
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		r := relay(stream.Options{URL: claudeURL})
		r.run(ctx, answer{body: []byte(claudeOpen + claudeHi), rest: func(ctx context.Context, _ *stream.Attempt) error {
			cancel(stopped)
			return ctx.Err()
		}})
		assert.Equal(t, stopped, r.err)
		assert.Equal(t, claudeOpen+claudeHi, string(r.passed), "nobody is told: it was the reader")
	})
}
