package stream_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
)

const otherURL = "https://api.groq.com/openai/v1/chat/completions?key=SECRET"

// quota is what no attempt cures.
var quota = response{status: 429, body: `{"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota, please check your plan and billing details."}}`}

type fallback = func(context.Context, stream.RetryContext) (*stream.Target, error)

// to names each of the URLs once, and notes what it is told.
func to(asked *[]stream.RetryContext, urls ...string) fallback {
	return func(_ context.Context, r stream.RetryContext) (*stream.Target, error) {
		*asked = append(*asked, r)
		if n := len(*asked); n <= len(urls) {
			return &stream.Target{URL: urls[n-1]}, nil
		}
		return nil, nil
	}
}

func claudeReply(text string) call {
	return play(ok(claudeOpen, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\""+text+"\"}}\n\n",
		"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
}

// TestFallback: a failure for good leads to the next target at once, with a reset where
// there was text, and is told as each other failure that is not the end.
func TestFallback(t *testing.T) {
	broke := ok(delta("Hal"), `data: {"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}}`+"\n\n")
	inBubble(t, "", func(t *testing.T) {
		var asked []stream.RetryContext
		l := live(stream.Options{Provider: "openai", Fallback: to(&asked, otherURL, claudeURL)})
		l.run(t.Context(), refuse(0), play(broke), play(quota), claudeReply("Whole."))
		require.NoError(t, l.err)
		assert.Equal(t, "Whole.", l.text)
		assert.Equal(t, []int{4}, l.resets)
		assert.Equal(t, []int{1, 2, 3, 4}, l.numbers, "they count on")
		assert.Equal(t, second, l.took, "but for the wait at the first target")
		assert.Equal(t, "connecting 0s, retrying 0s, connecting 1s, streaming 1s, retrying 1s, connecting 1s, retrying 1s, connecting 1s, streaming 1s, done 1s", l.tale())
		assert.Equal(t, "anthropic", l.last().Provider)

		require.Len(t, asked, 2)
		assert.Equal(t, failure.UsageLimit, asked[0].Failure.Kind)
		assert.False(t, asked[0].Failure.Retryable)
		assert.Equal(t, 2, asked[0].Attempt)
		assert.Equal(t, 3, asked[1].Attempt)
		assert.Equal(t, 429, asked[1].Failure.StatusCode)
		require.Len(t, l.retries, 3)
		for i, want := range []struct {
			kind     failure.Kind
			provider string
			delay    int64
		}{{failure.Network, "openai", 1000}, {failure.UsageLimit, "openai", 0}, {failure.UsageLimit, "groq", 0}} {
			assert.Equal(t, i+1, l.retries[i].Attempt)
			assert.Equal(t, want.kind, l.retries[i].Kind)
			assert.Equal(t, want.provider, l.retries[i].Provider, "each under its own name")
			assert.Equal(t, want.delay, l.retries[i].DelayMs)
		}
		assert.Equal(t, second, l.retries[2].RetryingAt.Sub(l.start))
	})
}

// TestFallbackIsAsked where the attempts at a target have failed for good, and nowhere
// else.
func TestFallbackIsAsked(t *testing.T) {
	refused := func(context.Context, stream.RetryContext) error { return stream.ErrRefused }
	asks := func(context.Context) []byte {
		return []byte(`{"messages":[{"role":"user","content":"Hi"}],"stream":true}`)
	}
	const localURL = "https://example.com/v1/chat/completions"
	late := response{status: 429, header: map[string]string{"retry-after": "999"}}
	for name, tc := range map[string]struct {
		opts  stream.Options
		call  call
		asked bool
	}{
		"success":                     {stream.Options{}, play(ok(end)), false},
		"quota":                       {stream.Options{}, play(quota), true},
		"another model":               {stream.Options{}, play(response{status: 404}), true},
		"a bad key":                   {stream.Options{}, play(response{status: 401}), true},
		"a web page":                  {stream.Options{}, play(ok("<!DOCTYPE html><html></html>")), true},
		"MaxAttempts":                 {stream.Options{MaxAttempts: 3}, play(response{status: 503}), true},
		"MaxFruitlessAttempts":        {stream.Options{MaxFruitlessAttempts: 3}, play(response{status: 503}), true},
		"MaxRetryAfter":               {stream.Options{}, play(late), true},
		"MaxElapsed":                  {stream.Options{MaxElapsed: time.Hour}, delayed(2*time.Hour, play(response{status: 503})), false},
		"final after MaxElapsed":      {stream.Options{MaxElapsed: time.Hour}, delayed(2*time.Hour, play(quota)), false},
		"time left, but no wait":      {stream.Options{MaxElapsed: 2 * second}, play(response{status: 503}), true},
		"BeforeRetry refused":         {stream.Options{BeforeRetry: refused}, play(response{status: 503}), false},
		"BeforeRetry was not asked":   {stream.Options{BeforeRetry: refused}, play(quota), true},
		"text is kept":                {stream.Options{Partial: stream.PartialFail}, play(ok(delta("Hal"))), false},
		"there is no text to keep":    {stream.Options{Partial: stream.PartialFail}, play(quota), true},
		"the rest cannot be had":      {stream.Options{Partial: stream.PartialResume, MaxAttempts: 2}, play(ok("id: 1\n" + delta("Hal"))), true},
		"a limit of what is presumed": {stream.Options{MaxAttempts: 9}, play(ok(`data: {"error":{"message":"Blorp"}}` + "\n\n")), true},
		"what is taken as whole":      {stream.Options{URL: localURL}, play(ok(delta("Hi"), done)), false},
		"what the caller does not":    {stream.Options{URL: localURL, MaxAttempts: 2}, play(ok(delta("Hi"), done)), true},
		"an empty reply":              {stream.Options{Host: stream.Host{Body: asks}}, play(ok(end)), false},
		"what ends at the same place": {stream.Options{MaxAlike: 3}, play(ok(delta("Hal"))), true},
	} {
		inBubble(t, name, func(t *testing.T) {
			var asked []stream.RetryContext
			plain := live(tc.opts).run(t.Context(), tc.call)
			tc.opts.Fallback = to(&asked)
			l := live(tc.opts).run(t.Context(), tc.call)
			assert.Equal(t, tc.asked, len(asked) == 1)
			assert.Equal(t, plain.tale(), l.tale(), "and all is as without it")
			if plain.err != nil {
				assert.Equal(t, plain.failed(t).Message, l.failed(t).Message)
			}
		})
	}
	inBubble(t, "canceled", func(t *testing.T) {
		ctx, cancel := contextWithCause(t)
		at(second, func() { cancel(errLeft) })
		var asked []stream.RetryContext
		l := live(stream.Options{Fallback: to(&asked)}).run(ctx, drip(0))
		assert.Same(t, errLeft, l.err)
		assert.Empty(t, asked)
	})
}

// TestFallbackLimits: they count anew at each target, and time does not.
func TestFallbackLimits(t *testing.T) {
	inBubble(t, "MaxAttempts", func(t *testing.T) {
		var asked []stream.RetryContext
		l := live(stream.Options{MaxAttempts: 3, Fallback: to(&asked, otherURL)}).run(t.Context(), play(response{status: 503}))
		assert.Equal(t, 6, l.failed(t).Attempts)
		assert.Equal(t, (1+2+0+1+2)*second, l.took)
		assert.Len(t, asked, 2)
		assert.True(t, asked[0].Failure.Retryable)
		for i, r := range l.retries {
			assert.Equal(t, i+1, r.Attempt)
		}
		assert.Equal(t, "Groq is temporarily unavailable. Try again in a few minutes.", l.failed(t).Message)
	})
	inBubble(t, "of what is presumed and alike", func(t *testing.T) {
		for _, what := range []string{`data: {"error":{"message":"Blorp"}}` + "\n\n", delta("Hal")} {
			var asked []stream.RetryContext
			l := live(stream.Options{MaxAlike: 3, Fallback: to(&asked, otherURL)}).run(t.Context(), play(ok(what)))
			assert.Equal(t, 6, l.failed(t).Attempts, what)
		}
	})
	inBubble(t, "of empty replies", func(t *testing.T) {
		var asked []stream.RetryContext
		l := live(stream.Options{
			MaxAttempts: 2, Fallback: to(&asked, otherURL),
			Host: stream.Host{Body: func(context.Context) []byte { return []byte(`{"messages":[{"role":"user","content":"Hi"}]}`) }},
		}).run(t.Context(), play(response{status: 503}), play(response{status: 503}), play(ok(end)), play(ok(delta("Hi"), end)))
		require.NoError(t, l.err)
		assert.Equal(t, "Hi", l.text)
		assert.Len(t, l.numbers, 4)
	})
	inBubble(t, "MaxElapsed", func(t *testing.T) {
		var asked []stream.RetryContext
		l := live(stream.Options{MaxElapsed: 10 * second, Fallback: to(&asked, otherURL)})
		l.run(t.Context(), delayed(8*second, play(quota)), play(response{status: 503}))
		assert.Equal(t, 3, l.failed(t).Attempts, "after 8, 8 and 9 seconds")
		assert.Equal(t, 9*second, l.took)
	})
	inBubble(t, "it takes all the time", func(t *testing.T) {
		l := live(stream.Options{MaxElapsed: 10 * second, Fallback: func(ctx context.Context, _ stream.RetryContext) (*stream.Target, error) {
			sleep(ctx, time.Minute)
			return &stream.Target{URL: otherURL}, nil
		}}).run(t.Context(), play(quota))
		assert.Equal(t, 1, l.failed(t).Attempts)
		assert.NotContains(t, l.failed(t).Message, "fallback")
	})
	inBubble(t, "never ends", func(t *testing.T) {
		asked := 0
		l := live(stream.Options{Fallback: func(context.Context, stream.RetryContext) (*stream.Target, error) {
			asked++
			return &stream.Target{URL: otherURL}, nil
		}}).run(t.Context(), play(quota))
		assert.Equal(t, stream.MaxFallbacks, asked)
		assert.Equal(t, stream.MaxFallbacks+1, l.failed(t).Attempts)
		assert.Zero(t, l.took)
	})
}

func TestFallbackFails(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{MaxAttempts: 1, Fallback: func(context.Context, stream.RetryContext) (*stream.Target, error) {
			return nil, errors.Join(errKey, errors.New("key sk-SECRET1234567890abcdef"))
		}}).run(t.Context(), play(response{status: 503}))
		failed := l.failed(t)
		assert.Equal(t, "OpenAI is temporarily unavailable. It was not tried elsewhere: fallback failed.", failed.Message)
		assert.Equal(t, 503, failed.StatusCode)
		assert.Contains(t, failed.Error(), "Fallback: no other key")
		assert.NotContains(t, failed.Error(), "SECRET")
		assert.ErrorIs(t, l.err, errKey)
		assert.Equal(t, failed.Message, l.last().Message)
		assert.Empty(t, l.retries)
	})
	inBubble(t, "the page is left", func(t *testing.T) {
		ctx, cancel := contextWithCause(t)
		at(20*second, func() { cancel(errLeft) })
		l := live(stream.Options{Fallback: func(ctx context.Context, _ stream.RetryContext) (*stream.Target, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}).run(ctx, play(quota))
		assert.Same(t, errLeft, l.err)
		assert.Equal(t, event.PhaseCanceled, l.last().Phase)
	})
}

// TestFallbackRoom: a fallback waits with the others of its target, but not because of
// what its own stream was told at another model.
func TestFallbackRoom(t *testing.T) {
	limited := response{status: 429, header: map[string]string{"retry-after": "30"}}
	for name, tc := range map[string]struct {
		key   string
		first response
		took  time.Duration
	}{
		"another model, told to wait":      {"here", limited, 0},
		"another model, while others wait": {"here", response{status: 404}, 20 * second},
		"another key":                      {"there", limited, 0},
		"another key that waits":           {"waits", limited, 50 * second},
	} {
		inBubble(t, name, func(t *testing.T) {
			room := &wait.Room{}
			room.Hold("waits", time.Now().Add(50*second))
			l := live(stream.Options{Room: room, RoomKey: "here", MaxAttempts: 1, Fallback: func(context.Context, stream.RetryContext) (*stream.Target, error) {
				return &stream.Target{URL: chatURL, RoomKey: tc.key}, nil
			}}).run(t.Context(), func(ctx context.Context, a *stream.Attempt) error {
				if tc.took == 20*second {
					room.Hold("here", time.Now().Add(tc.took))
				}
				return play(tc.first)(ctx, a)
			}, play(ok(end)))
			require.NoError(t, l.err)
			assert.Equal(t, tc.took, l.took)
			if tc.took == 0 {
				assert.Equal(t, l.start.Add(30*second), room.Until("here"), "another model's reply says nothing of it")
			}
		})
	}
}

// TestFallbackRelay: a reader who can take nothing back is given another target's reply
// while it has nothing, and only one that it can read.
func TestFallbackRelay(t *testing.T) {
	const responsesURL = "https://api.openai.com/v1/responses"
	whole := []byte(delta("Whole.") + end)
	used := answer{status: 429, body: []byte(quota.body)}
	first := []byte(`data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n")
	inside := []byte(`data: {"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","code":"insufficient_quota"}}` + "\n\n")
	body := func(parts ...[]byte) answer {
		a := answer{header: isEvents}
		for _, part := range parts {
			a.body = append(a.body, part...)
		}
		return a
	}
	for name, tc := range map[string]struct {
		first  answer
		url    string // where the stream begins; chatURL unless set
		target string // otherURL unless set
		asked  bool
		passed string // "" where the last response is handed out as it is
		says   string
	}{
		"a status":                  {first: used, asked: true, passed: string(whole)},
		"no response":               {first: answer{refused: errReset}, asked: true, passed: string(whole)},
		"an error in the stream":    {first: body(first, inside), asked: true, passed: string(whole)},
		"after content":             {first: answer{header: isEvents, body: append(bytes.Clone(first), delta("Hal")...), then: inside}, passed: string(first) + delta("Hal") + string(inside)},
		"content with a rest":       {first: answer{header: isEvents, body: []byte("id: m1\n" + delta("Hal")), err: errReset}, passed: delta("Hal")},
		"after the hold":            {first: answer{header: isEvents, body: first, held: true}, passed: string(first) + "data: {\"error\""},
		"another API":               {first: used, target: claudeURL, asked: true, says: "It was not tried elsewhere: fallback named an address of another API."},
		"another API of the same":   {first: used, target: responsesURL, asked: true, says: "another API"},
		"an API that nobody knows":  {first: used, target: "https://example.com/ask", asked: true, passed: string(whole)},
		"an API that was not known": {first: used, url: "https://example.com/ask", target: chatURL, asked: true, passed: string(whole)},
		"what was sent says it":     {first: body([]byte("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"), inside), url: "https://example.com/ask", target: chatURL, asked: true, says: "another API"},
	} {
		inBubble(t, name, func(t *testing.T) {
			var asked []stream.RetryContext
			opts := stream.Options{MaxAttempts: 1, URL: tc.url, Fallback: to(&asked, tc.target)}
			if tc.target == "" {
				opts.Fallback = to(&asked, otherURL)
			}
			if tc.url == "" {
				opts.URL = chatURL
			}
			r := relay(opts).run(t.Context(), tc.first, body(whole))
			assert.Equal(t, tc.asked, len(asked) > 0)
			assert.Empty(t, r.wrong)
			switch {
			case tc.passed == string(whole):
				require.NoError(t, r.err)
				assert.Equal(t, tc.passed, string(r.passed))
				assert.Len(t, r.retries, 1)
				return
			case tc.passed != "":
				assert.Equal(t, stream.EndBody, r.failed(t).Ending)
				assert.Contains(t, string(r.passed), tc.passed)
			case tc.first.status > 0:
				assert.Equal(t, stream.EndResponse, r.failed(t).Ending)
			}
			assert.Contains(t, r.failed(t).Message, tc.says)
			assert.Equal(t, 1, r.attempts)
			assert.Empty(t, r.retries)
		})
	}
}
