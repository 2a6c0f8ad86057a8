package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

var (
	errLeft = errors.New("the page was left")
	errKey  = errors.New("no other key")
)

func contextWithCause(t *testing.T) (context.Context, context.CancelCauseFunc) {
	return context.WithCancelCause(t.Context())
}

// before counts its calls and answers with err.
func before(calls *int, err error) func(context.Context, stream.RetryContext) error {
	return func(context.Context, stream.RetryContext) error {
		*calls++
		return err
	}
}

func TestBeforeRetry(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		var asked []stream.RetryContext
		var l *life
		l = live(stream.Options{MaxAttempts: 4, BeforeRetry: func(ctx context.Context, r stream.RetryContext) error {
			assert.NoError(t, ctx.Err())
			assert.Len(t, l.retries, len(asked), "before onRetry")
			assert.Equal(t, event.PhaseConnecting, l.Status().Phase, "before the wait")
			asked = append(asked, r)
			return nil
		}})
		l.run(t.Context(), play(response{status: 503}), refuse(0), play(response{status: 429, header: map[string]string{"retry-after": "9"}}), play(ok(end)))
		require.NoError(t, l.err)
		require.Len(t, asked, 3)
		for i, kind := range []failure.Kind{failure.Server, failure.Network, failure.RateLimit} {
			assert.Equal(t, i+1, asked[i].Attempt)
			assert.Equal(t, kind, asked[i].Failure.Kind)
			assert.True(t, asked[i].Failure.Retryable)
			assert.Equal(t, "openai", asked[i].Failure.Provider)
			assert.False(t, asked[i].ToolCall)
			assert.Equal(t, l.retries[i].Error, asked[i].Failure.Message)
		}
		assert.Equal(t, 503, asked[0].Failure.StatusCode)
		assert.Equal(t, 9*second, asked[2].Failure.RetryAfter)
		assert.Equal(t, (1+2+9)*second, l.took)
	})
}

// TestBeforeRetryIsNotAsked where no other attempt would follow.
func TestBeforeRetryIsNotAsked(t *testing.T) {
	for name, tc := range map[string]struct {
		opts  stream.Options
		calls []call
		asked int
	}{
		"success":       {stream.Options{}, []call{play(ok(end))}, 0},
		"final":         {stream.Options{}, []call{play(response{status: 401})}, 0},
		"MaxAttempts 1": {stream.Options{MaxAttempts: 1}, []call{play(response{status: 503})}, 0},
		"MaxAttempts 3": {stream.Options{MaxAttempts: 3}, []call{play(response{status: 503})}, 2},
		"MaxElapsed":    {stream.Options{MaxElapsed: 2 * second}, []call{play(response{status: 503})}, 1},
		"MaxRetryAfter": {stream.Options{}, []call{play(response{status: 429, header: map[string]string{"retry-after": "999"}})}, 0},
	} {
		inBubble(t, name, func(t *testing.T) {
			asked := 0
			tc.opts.BeforeRetry = before(&asked, nil)
			l := live(tc.opts).run(t.Context(), tc.calls...)
			assert.Equal(t, tc.asked, asked)
			assert.Len(t, l.retries, asked)
		})
	}
	inBubble(t, "lost with the network", func(t *testing.T) {
		asked := 0
		l := live(stream.Options{BeforeRetry: before(&asked, nil)})
		at(second, func() { l.SetOnline(false) })
		at(time.Minute, func() { l.SetOnline(true) })
		l.run(t.Context(), refuse(2*second), play(ok(end)))
		require.NoError(t, l.err)
		assert.Equal(t, time.Minute, l.took)
		assert.Equal(t, 1, asked, "the request was sent")
	})
}

func TestBeforeRetryRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		err, is error
		says    string
	}{
		"refused":          {stream.ErrRefused, nil, " It was not tried again: beforeRetry refused."},
		"refused, wrapped": {fmt.Errorf("no more: %w", stream.ErrRefused), nil, " It was not tried again: beforeRetry refused."},
		"failed":           {errKey, errKey, " It was not tried again: beforeRetry failed."},
		"failed, wrapped":  {fmt.Errorf("key sk-SECRET1234567890abcdef: %w", errKey), errKey, " It was not tried again: beforeRetry failed."},
		"a retryable one":  {errReset, errReset, " It was not tried again: beforeRetry failed."},
		"a cancellation":   {context.Canceled, context.Canceled, " It was not tried again: beforeRetry failed."},
	} {
		inBubble(t, name, func(t *testing.T) {
			asked := 0
			l := live(stream.Options{BeforeRetry: func(_ context.Context, r stream.RetryContext) error {
				if asked++; asked < 2 {
					return nil
				}
				return tc.err
			}}).run(t.Context(), play(response{status: 503}))
			failed := l.failed(t)
			assert.Equal(t, 2, asked)
			assert.Equal(t, failure.Server, failed.Kind)
			assert.Equal(t, 503, failed.StatusCode)
			assert.Equal(t, 2, failed.Attempts)
			assert.Equal(t, "OpenAI is temporarily unavailable."+tc.says, failed.Message)
			assert.NotContains(t, failed.Message+failed.Detail, "SECRET")
			assert.Len(t, l.retries, 1)
			assert.Equal(t, second, l.took, "no second wait")
			assert.Equal(t, failed.Message, l.last().Message)
			assert.Equal(t, event.PhaseFailed, l.last().Phase)
			if tc.is != nil {
				assert.ErrorIs(t, l.err, tc.is)
			}
		})
	}
}

func TestBeforeRetryPanics(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		assert.PanicsWithValue(t, "oops", func() {
			live(stream.Options{BeforeRetry: func(context.Context, stream.RetryContext) error { panic("oops") }}).
				run(t.Context(), play(response{status: 503}))
		})
	})
}

func TestBeforeRetryBlocks(t *testing.T) {
	for name, tc := range map[string]struct {
		takes   time.Duration
		delayMs int64
		took    time.Duration
	}{
		"shorter than the wait": {400 * ms, 600, second},
		"as long":               {second, 0, second},
		"longer":                {time.Hour, 0, time.Hour},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{BeforeRetry: func(ctx context.Context, _ stream.RetryContext) error {
				sleep(ctx, tc.takes)
				return nil
			}}).run(t.Context(), play(response{status: 503}), play(ok(end)))
			require.NoError(t, l.err)
			assert.Equal(t, tc.took, l.took)
			require.Len(t, l.retries, 1)
			assert.Equal(t, tc.delayMs, l.retries[0].DelayMs)
			assert.Equal(t, tc.took, l.retries[0].RetryingAt.Sub(l.start))
		})
	}
	inBubble(t, "for ever", func(t *testing.T) {
		ctx, cancel := contextWithCause(t)
		at(20*second, func() { cancel(errLeft) })
		l := live(stream.Options{BeforeRetry: func(ctx context.Context, _ stream.RetryContext) error {
			<-ctx.Done()
			return ctx.Err()
		}}).run(ctx, play(response{status: 503}))
		assert.Same(t, errLeft, l.err)
		assert.Equal(t, 20*second, l.took)
		assert.Empty(t, l.retries)
		assert.Equal(t, event.PhaseCanceled, l.last().Phase)
	})
	inBubble(t, "past MaxElapsed", func(t *testing.T) {
		l := live(stream.Options{MaxElapsed: time.Minute, BeforeRetry: func(ctx context.Context, _ stream.RetryContext) error {
			sleep(ctx, time.Hour)
			return nil
		}}).run(t.Context(), play(response{status: 503}))
		assert.Equal(t, 1, l.failed(t).Attempts)
	})
}

func TestSetURL(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		var l *life
		l = live(stream.Options{MaxAttempts: 3, BeforeRetry: func(context.Context, stream.RetryContext) error {
			l.SetURL(claudeURL)
			return nil
		}})
		l.run(t.Context(), play(response{status: 503}))
		failed := l.failed(t)
		assert.Equal(t, "anthropic", failed.Provider)
		assert.Contains(t, failed.Message, "Anthropic")
		assert.Equal(t, "openai", l.retries[0].Provider)
		assert.Contains(t, l.retries[0].Error, "OpenAI")
		assert.Equal(t, "anthropic", l.retries[1].Provider)
		assert.Equal(t, "openai", l.statuses[0].Provider)
		for _, s := range l.statuses[2:] {
			assert.Equal(t, "anthropic", s.Provider, s.Phase)
		}
	})
	// The provider that was given is the first origin's.
	for url, want := range map[string]string{
		claudeURL: "anthropic",
		"https://api.openai.com/v1/chat/completions":       "mistral",
		"https://api.openai.com.evil.test/v1/responses":    "openai-compatible",
		"https://api.openai.com:8443/v1/chat/completions":  "openai",
		"http://api.openai.com/v1/chat/completions":        "openai",
		"https://example.com/api.openai.com/v1/messages":   "anthropic",
		"https://example.com?https://api.openai.com/about": "",
	} {
		inBubble(t, url, func(t *testing.T) {
			var l *life
			l = live(stream.Options{MaxAttempts: 2, Provider: "mistral", BeforeRetry: func(context.Context, stream.RetryContext) error {
				l.SetURL(url)
				return nil
			}})
			l.run(t.Context(), play(response{status: 503}))
			assert.Equal(t, want, l.failed(t).Provider)
		})
	}
}
