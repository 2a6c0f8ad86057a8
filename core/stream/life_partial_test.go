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

const kept = " What came of the reply is kept."

// TestPartialFailAfterText: once text was handed out, no failure is retried.
func TestPartialFailAfterText(t *testing.T) {
	overloaded := `data: {"error":{"message":"Overloaded","type":"overloaded_error"}}` + "\n\n"
	quota := `data: {"error":{"message":"quota","type":"insufficient_quota"}}` + "\n\n"
	for name, tc := range map[string]struct {
		calls []call
		kind  failure.Kind
		made  int
	}{
		"cut":                  {[]call{play(response{chunks: []string{delta("Hel")}, err: errReset})}, failure.Network, 1},
		"clean end too soon":   {[]call{play(ok(delta("Hel")))}, failure.Truncated, 1},
		"silence":              {[]call{drip(0, step{0, delta("Hel"), 0})}, failure.Stalled, 1},
		"error event":          {[]call{play(ok(delta("Hel"), inStream))}, failure.Server, 1},
		"overloaded":           {[]call{play(ok(delta("Hel"), overloaded))}, failure.Overloaded, 1},
		"quota":                {[]call{play(ok(delta("Hel"), quota))}, failure.UsageLimit, 1},
		"in the same chunk":    {[]call{play(ok(delta("Hel") + inStream))}, failure.Server, 1},
		"timeout on the way":   {[]call{play(response{chunks: []string{delta("Hel")}, err: errors.New("TimeoutError: signal timed out")})}, failure.Timeout, 1},
		"something unknown":    {[]call{play(response{chunks: []string{delta("Hel")}, err: errors.New("never heard of")})}, failure.Network, 1},
		"HTTP/2 reset":         {[]call{play(response{chunks: []string{delta("Hel")}, err: context.Canceled})}, failure.Canceled, 1},
		"on the third attempt": {[]call{play(response{status: 503}), refuse(0), play(ok(delta("Hel"), inStream))}, failure.Server, 3},
		"after pings":          {[]call{play(ok(ping, ping)), play(ok(ping, delta("Hel"), ping))}, failure.Truncated, 2},
	} {
		inBubble(t, name, func(t *testing.T) {
			asked := 0
			l := live(stream.Options{Partial: stream.PartialFail, MaxAttempts: 5, BeforeRetry: before(&asked, nil)}).run(t.Context(), tc.calls...)
			failed := l.failed(t)
			assert.Equal(t, tc.kind, failed.Kind)
			assert.True(t, strings.HasSuffix(failed.Message, kept), failed.Message)
			assert.NotEqual(t, strings.TrimSpace(kept), failed.Message)
			assert.Equal(t, tc.made, failed.Attempts)
			assert.Len(t, l.numbers, tc.made)
			assert.Len(t, l.retries, tc.made-1)
			assert.Equal(t, tc.made-1, asked)
			assert.Equal(t, "Hel", l.text)
			assert.Empty(t, l.resets)
			assert.Equal(t, event.PhaseFailed, l.last().Phase)
			assert.Equal(t, failed.Message, l.last().Message)
			assert.Equal(t, failed.Kind, l.last().Kind)
			assert.NotContains(t, l.err.Error()+failed.Message+failed.Detail, "SECRET")
		})
	}
}

// TestPartialFailBeforeText: as long as no text came, all is as ever.
func TestPartialFailBeforeText(t *testing.T) {
	role := `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"
	for name, tc := range map[string]struct {
		first  call
		resets []int
	}{
		"no response":        {refuse(0), nil},
		"503":                {play(response{status: 503}), nil},
		"silence":            {drip(0), nil},
		"pings":              {play(response{chunks: []string{ping, ping}, err: errReset}), nil},
		"pings and an error": {play(ok(ping, inStream)), nil},
		"event without text": {play(ok(role)), []int{2}},
		"half an event":      {play(ok(delta("Hel")[:60])), nil},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{Partial: stream.PartialFail, MaxAttempts: 2}).run(t.Context(), tc.first, play(ok(delta("Hi"), stop)))
			require.NoError(t, l.err)
			assert.Len(t, l.retries, 1)
			assert.Equal(t, tc.resets, l.resets)
			assert.Equal(t, "Hi", l.text)
		})
	}
	inBubble(t, "final failures and limits say nothing of a reply", func(t *testing.T) {
		for _, do := range []call{play(response{status: 401}), play(response{status: 503}), play(ok(ping))} {
			l := live(stream.Options{Partial: stream.PartialFail, MaxAttempts: 2}).run(t.Context(), do)
			assert.NotContains(t, l.failed(t).Message, kept)
		}
	})
}

// TestPartialFailOffline: a lost network voids no text either.
func TestPartialFailOffline(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{Partial: stream.PartialFail, MaxAttempts: 3})
		at(second, func() { l.SetOnline(false) })
		l.run(t.Context(), delayed(2*second, play(response{chunks: []string{delta("Hel")}, err: errReset})))
		assert.Equal(t, failure.Network, l.failed(t).Kind)
		assert.Equal(t, 2*second, l.took)
		assert.Equal(t, "Hel", l.text)
		assert.Empty(t, l.resets)
	})
}

// TestPartialFailCanceled is a cancellation like any other.
func TestPartialFailCanceled(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		ctx, cancel := contextWithCause(t)
		at(time.Minute, func() { cancel(errLeft) })
		l := live(stream.Options{Partial: stream.PartialFail}).run(ctx, drip(0, step{0, delta("Hel"), 0}))
		assert.Same(t, errLeft, l.err)
		assert.Equal(t, event.PhaseCanceled, l.last().Phase)
	})
}

// TestPartialRestart is what the zero value means.
func TestPartialRestart(t *testing.T) {
	for _, partial := range []stream.Partial{"", stream.PartialRestart} {
		inBubble(t, string(partial), func(t *testing.T) {
			l := live(stream.Options{Partial: partial, MaxAttempts: 2}).run(t.Context(), play(ok(delta("Hel"))), play(ok(delta("Hi"), stop)))
			require.NoError(t, l.err)
			assert.Equal(t, "Hi", l.text)
			assert.Equal(t, []int{2}, l.resets)
		})
	}
}
