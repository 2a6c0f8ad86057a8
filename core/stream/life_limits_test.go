package stream_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

func TestMaxElapsed(t *testing.T) {
	for name, tc := range map[string]struct {
		elapsed time.Duration
		do      call
		made    int
		took    time.Duration
	}{
		"the next one would come too late": {5 * second, play(response{status: 503}), 3, 3 * second}, // at 0, 1 and 3; not at 7
		"the next one is just in time":     {7 * second, play(response{status: 503}), 4, 7 * second},
		"slow attempts":                    {10 * second, delayed(4*second, play(response{status: 503})), 2, 9 * second}, // 0-4, 5-9
		"one that runs is not cut short":   {second, delayed(time.Hour, play(response{status: 503})), 1, time.Hour},
		"the provider asks for too much":   {time.Minute, play(response{status: 503, header: map[string]string{"retry-after": "61"}}), 1, 0},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{MaxElapsed: tc.elapsed, SilenceTimeout: -1}).run(t.Context(), tc.do)
			failed := l.failed(t)
			assert.Equal(t, tc.made, failed.Attempts)
			assert.Equal(t, tc.took, l.took)
			assert.Equal(t, failure.Server, failed.Kind)
			assert.Equal(t, "OpenAI is temporarily unavailable. Try again in a few minutes.", failed.Message)
			assert.Equal(t, failed.Message, l.last().Message)
			assert.True(t, failed.Retryable)
			assert.Len(t, l.retries, tc.made-1)
		})
	}
	inBubble(t, "a good one may last", func(t *testing.T) {
		l := live(stream.Options{MaxElapsed: second}).run(t.Context(), drip(0, append(steps(60, step{time.Minute, delta("x"), 0}), step{0, end, 0})...))
		require.NoError(t, l.err)
		assert.Equal(t, time.Hour, l.took)
	})
}

// TestDelays: each wait is told as it is kept.
func TestDelays(t *testing.T) {
	busy := play(response{status: 503})
	asks := func(seconds string) call {
		return play(response{status: 503, header: map[string]string{"retry-after": seconds}})
	}
	seeded := func() func() float64 { return rand.New(rand.NewPCG(4, 5)).Float64 }
	jittered := func(d retry.Delays, n int) (waits []time.Duration) {
		random := seeded()
		for i := range n {
			waits = append(waits, d.Delay(i, random))
		}
		return waits
	}
	full := retry.Delays{Initial: 2 * second, Jitter: retry.JitterFull}
	equal := retry.Delays{Jitter: retry.JitterEqual}
	for name, tc := range map[string]struct {
		delays retry.Delays
		calls  []call
		want   []time.Duration
	}{
		"none given":            {retry.Delays{}, []call{busy, busy, busy, busy}, []time.Duration{second, 2 * second, 4 * second, 8 * second}},
		"initial":               {retry.Delays{Initial: 100 * ms}, []call{busy, busy, busy}, []time.Duration{100 * ms, 200 * ms, 400 * ms}},
		"max":                   {retry.Delays{Max: 3 * second}, []call{busy, busy, busy, busy}, []time.Duration{second, 2 * second, 3 * second, 3 * second}},
		"multiplier":            {retry.Delays{Multiplier: 1.5}, []call{busy, busy, busy}, []time.Duration{second, 1500 * ms, 2250 * ms}},
		"constant":              {retry.Delays{Initial: 5 * second, Multiplier: 1}, []call{busy, busy, busy}, []time.Duration{5 * second, 5 * second, 5 * second}},
		"full jitter":           {full, []call{busy, busy, busy, busy}, jittered(full, 4)},
		"equal jitter":          {equal, []call{busy, busy, busy, busy}, jittered(equal, 4)},
		"asked for more":        {retry.Delays{Max: 3 * second}, []call{asks("9"), busy, asks("2")}, []time.Duration{9 * second, 2 * second, 3 * second}},
		"asked, despite chance": {retry.Delays{Max: 3 * second, Jitter: retry.JitterFull}, []call{asks("9"), asks("9"), asks("9")}, []time.Duration{9 * second, 9 * second, 9 * second}},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{Delays: tc.delays, Random: seeded()}).run(t.Context(), append(tc.calls, play(ok(end)))...)
			require.NoError(t, l.err)
			require.Len(t, l.retries, len(tc.want))
			total := time.Duration(0)
			for i, want := range tc.want {
				retrying := l.statuses[1+2*i]
				total += want
				assert.Equal(t, (want + ms - 1).Milliseconds(), l.retries[i].DelayMs)
				assert.Equal(t, l.start.Add(total).UTC().Truncate(ms), l.retries[i].RetryingAt)
				assert.Equal(t, l.retries[i].DelayMs, retrying.DelayMs)
				assert.Equal(t, l.retries[i].RetryingAt, *retrying.RetryingAt)
			}
			assert.Equal(t, total, l.took)
		})
	}
}

// TestJitterComesFromItsSource: the same numbers give the same waits.
func TestJitterComesFromItsSource(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		took := func(seed uint64) time.Duration {
			return live(stream.Options{
				Delays: retry.Delays{Jitter: retry.JitterFull}, MaxAttempts: 6, Random: rand.New(rand.NewPCG(seed, 0)).Float64,
			}).run(t.Context(), play(response{status: 503})).took
		}
		assert.Equal(t, took(1), took(1))
		assert.NotEqual(t, took(1), took(2))
		assert.LessOrEqual(t, took(3), 31*second)
	})
}

// TestLinesInOneLargeChunk: nothing is lost of a chunk that tells lines from a
// document.
func TestLinesInOneLargeChunk(t *testing.T) {
	line := `{"model":"m","message":{"content":"x"},"done":false}` + "\n"
	body := strings.Repeat(line, 3000) + `{"model":"m","message":{"content":""},"done":true}` + "\n"
	require.Greater(t, len(body), 128<<10)
	for _, first := range []int{len(body), 10, 100 << 10} {
		chunks := func(rest int) int {
			if rest == len(body) {
				return first
			}
			return rest
		}
		r := run(t.Context(), stream.Options{URL: "http://localhost:11434/api/chat", MaxAttempts: 1}, feed([]byte(body), chunks))
		require.NoError(t, r.err)
		assert.Equal(t, strings.Repeat("x", 3000), r.text)
	}
}
