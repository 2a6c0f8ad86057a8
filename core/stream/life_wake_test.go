package stream_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// TestWakeInAWait. Both clocks move together in virtual time. But retrying_at has
// whole milliseconds, so that the wall clock reaches it before a wait of a broken
// number of milliseconds is over.
func TestWakeInAWait(t *testing.T) {
	const wait = second + 900*time.Microsecond
	for name, tc := range map[string]struct{ wakes, took time.Duration }{
		"before the time":  {second - time.Microsecond, wait},
		"at the time":      {second, second},
		"past the time":    {second + 500*time.Microsecond, second + 500*time.Microsecond},
		"right at the end": {wait, wait},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{Delays: retry.Delays{Initial: wait}})
			at(tc.wakes, l.Wake)
			l.run(t.Context(), play(response{status: 503}, ok(end)))
			require.NoError(t, l.err)
			assert.Equal(t, tc.took, l.took)
			assert.Equal(t, []int{1, 2}, l.numbers)
		})
	}
}

// TestWakeInAnAttempt says when the first attempt is given up.
func TestWakeInAnAttempt(t *testing.T) {
	silent := drip(second, step{second, delta("Hi"), 0})
	for name, tc := range map[string]struct {
		opts  stream.Options
		wakes []time.Duration
		first call
		at    time.Duration
	}{
		"silent":                       {stream.Options{}, []time.Duration{60 * second}, silent, 70 * second},
		"silent, no head":              {stream.Options{}, []time.Duration{60 * second}, drip(time.Hour), 70 * second},
		"head in time":                 {stream.Options{}, []time.Duration{60 * second}, drip(70*second-ms, step{60 * second, end, 0}), never},
		"byte in time":                 {stream.Options{}, []time.Duration{60 * second}, drip(0, step{70*second - ms, ping, 0}, step{200 * second, end, 0}), never},
		"byte too late":                {stream.Options{}, []time.Duration{60 * second}, drip(0, step{70*second + ms, ping, 0}), 70 * second},
		"a byte restores 5 minutes":    {stream.Options{}, []time.Duration{60 * second}, drip(0, step{65 * second, ping, 0}), 365 * second},
		"a byte restores the option":   {stream.Options{SilenceTimeout: 100 * second}, []time.Duration{60 * second}, drip(0, step{65 * second, ping, 0}), 165 * second},
		"a byte restores for ever":     {stream.Options{SilenceTimeout: -1}, []time.Duration{60 * second}, drip(0, step{65 * second, ping, 0}, step{time.Hour, end, 0}), never},
		"silence for ever":             {stream.Options{SilenceTimeout: -1}, []time.Duration{60 * second}, silent, 70 * second},
		"silence for ever, no head":    {stream.Options{SilenceTimeout: -1}, []time.Duration{60 * second}, drip(time.Hour), 70 * second},
		"silence for ever, progress":   {stream.Options{SilenceTimeout: -1, ProgressTimeout: time.Hour}, []time.Duration{60 * second}, silent, 70 * second},
		"silence is shorter":           {stream.Options{SilenceTimeout: 5 * second}, []time.Duration{4 * second}, silent, 7 * second},
		"silence ends before":          {stream.Options{SilenceTimeout: 30 * second}, []time.Duration{25 * second}, silent, 32 * second},
		"connect timeout ends before":  {stream.Options{ConnectTimeout: 30 * second}, []time.Duration{25 * second}, drip(time.Hour), 30 * second},
		"progress timeout ends before": {stream.Options{ProgressTimeout: 30 * second}, []time.Duration{25 * second}, drip(0, steps(99, step{3 * second, ping, 0})...), 30 * second},
		"again and again":              {stream.Options{}, []time.Duration{60 * second, 65 * second, 69 * second, 75 * second}, silent, 70 * second},
		"the page holds the stream":    {stream.Options{}, []time.Duration{60 * second}, drip(0, step{second, delta("Hi"), 100 * second}, step{100 * second, end, 0}), never},
		"alive":                        {stream.Options{}, []time.Duration{second, 2 * second, 60 * second}, drip(0, append(steps(99, step{second, ping, 0}), step{0, end, 0})...), never},
	} {
		inBubble(t, name, func(t *testing.T) {
			tc.opts.MaxAttempts = 2
			l := live(tc.opts)
			for _, d := range tc.wakes {
				at(d, l.Wake)
			}
			l.run(t.Context(), watched(t, tc.first, tc.at), play(ok(delta("Hi"), end)))
			require.NoError(t, l.err)
			if tc.at == never {
				assert.Empty(t, l.retries)
			} else {
				assert.Len(t, l.retries, 1)
			}
		})
	}
}

func TestWakeWithoutAnAttempt(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{})
		l.Wake()
		l.SetOnline(false)
		at(second, l.Wake) // offline
		at(2*second, func() { l.SetOnline(true) })
		l.run(t.Context(), play(ok(end)))
		require.NoError(t, l.err)
		assert.Equal(t, "offline 0s, connecting 2s, streaming 2s, done 2s", l.tale())
		l.Wake()
		assert.Equal(t, event.PhaseDone, l.Status().Phase)
	})
}

// TestWakeOfOneAttemptIsNoneOfTheNext: the next one has all its time.
func TestWakeOfOneAttemptIsNoneOfTheNext(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{MaxAttempts: 3})
		at(60*second, l.Wake)
		l.run(t.Context(), drip(0), drip(time.Hour), play(ok(end)))
		require.NoError(t, l.err)
		assert.Equal(t, 70*second+second+300*second+2*second, l.took)
	})
}
