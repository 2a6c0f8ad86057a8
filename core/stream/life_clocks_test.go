package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

const (
	second = time.Second
	ms     = time.Millisecond
	never  = -1 // no stall
)

// TestStalls says when the first attempt is given up. The second one is good.
func TestStalls(t *testing.T) {
	const minute, hour = time.Minute, time.Hour
	text := delta("Hi")
	for name, tc := range map[string]struct {
		connect, silence, progress time.Duration
		first                      call
		at                         time.Duration
	}{
		// No head.
		"connect":                          {10 * second, 0, 0, drip(hour), 10 * second},
		"connect, head just in time":       {10 * second, 0, 0, drip(10*second-ms, step{second, end, 0}), never},
		"connect, head just too late":      {10 * second, 0, 0, drip(10*second+ms, step{second, end, 0}), 10 * second},
		"connect, without silence":         {10 * second, -1, 0, drip(hour), 10 * second},
		"connect, longer than silence":     {10 * second, 4 * second, 0, drip(hour), 4 * second},
		"connect, as long as silence":      {4 * second, 4 * second, 0, drip(hour), 4 * second},
		"connect, shorter than silence":    {4 * second, 10 * second, 0, drip(hour), 4 * second},
		"connect, longer than 5 minutes":   {hour, 0, 0, drip(2 * hour), 5 * minute},
		"connect ends with the head":       {4 * second, 10 * second, 0, drip(3*second, step{9 * second, end, 0}), never},
		"connect, then silence":            {4 * second, 10 * second, 0, drip(3 * second), 13 * second},
		"no limit but 5 minutes":           {0, 0, 0, drip(hour), 5 * minute},
		"head just within 5 minutes":       {0, 0, 0, drip(5*minute-ms, step{second, end, 0}), never},
		"no limit at all":                  {0, -1, 0, drip(100*hour, step{100 * hour, end, 0}), never},
		"connect alone leaves the body be": {second, -1, 0, drip(0, step{100 * hour, end, 0}), never},

		// No byte.
		"silence":                       {0, 4 * second, 0, drip(second), 5 * second},
		"silence, just in time":         {0, 4 * second, 0, drip(second, step{4*second - ms, text, 0}, step{4*second - ms, end, 0}), never},
		"silence, just too late":        {0, 4 * second, 0, drip(second, step{4*second - ms, text, 0}, step{4*second + ms, end, 0}), 9*second - ms},
		"silence, a ping is a byte":     {0, 4 * second, 0, drip(0, append(steps(900, step{4*second - ms, ping, 0}), step{0, end, 0})...), never},
		"silence, half a line is one":   {0, 4 * second, 0, drip(0, step{3 * second, text[:9], 0}, step{3 * second, text[9:], 0}, step{3 * second, end, 0}), never},
		"silence, the page is slow":     {0, 4 * second, 0, drip(0, step{second, text, hour}, step{4*second - ms, end, 0}), never},
		"silence, short, slow page":     {0, 500 * ms, 0, drip(0, step{400 * ms, text, hour}, step{400 * ms, end, hour}), never},
		"silence after the slow page":   {0, 4 * second, 0, drip(0, step{second, text, hour}), hour + 5*second},
		"silence, slow page each time":  {0, 4 * second, 0, drip(0, append(steps(50, step{3 * second, text, 9 * second}), step{0, end, 0})...), never},
		"silence, the page begins late": {0, 4 * second, 0, beginLate(hour, step{4*second - ms, end, 0}), never},
		"silence after a late begin":    {0, 4 * second, 0, beginLate(hour, step{hour, end, 0}), hour + 4*second},
		"progress, a late begin":        {0, -1, 10 * second, beginLate(hour, step{hour, end, 0}), hour + 10*second},
		"5 minutes between bytes":       {0, 0, 0, drip(0, step{5*minute - ms, text, 0}, step{5*minute + ms, end, 0}), 10*minute - ms},

		// No progress.
		"pings for an hour":              {0, 0, 0, drip(0, append(steps(3600, step{second, ping, 0}), step{0, end, 0})...), never},
		"progress":                       {0, 0, 10 * second, drip(0, steps(99, step{second, ping, 0})...), 10 * second},
		"progress, between two pings":    {0, 0, 10 * second, drip(0, steps(99, step{3 * second, ping, 0})...), 10 * second},
		"progress, without silence":      {0, -1, 10 * second, drip(0, steps(99, step{3 * second, ping, 0})...), 10 * second},
		"progress, no byte at all":       {0, -1, 10 * second, drip(0), 10 * second},
		"progress counts from the head":  {0, 0, 10 * second, drip(8*second, steps(99, step{second, ping, 0})...), 18 * second},
		"progress, silence is earlier":   {0, 5 * second, 10 * second, drip(0, step{3 * second, ping, 0}), 8 * second},
		"progress, from the latest":      {0, 0, 10 * second, drip(0, append([]step{{4 * second, text, 0}}, steps(99, step{3 * second, ping, 0})...)...), 14 * second},
		"progress, just in time":         {0, 0, 10 * second, drip(0, step{5 * second, ping, 0}, step{5*second - ms, text, 0}, step{5 * second, ping, 0}, step{5*second - ms, end, 0}), never},
		"progress, just too late":        {0, 0, 10 * second, drip(0, step{5 * second, ping, 0}, step{5*second + ms, text, 0}), 10 * second},
		"progress, the page is slow":     {0, 0, 10 * second, drip(0, step{4 * second, ping, hour}, step{4 * second, ping, hour}, step{2*second - ms, text, 0}, step{0, end, 0}), never},
		"progress, hardly any time left": {0, 0, 10 * second, drip(0, step{5 * second, ping, 0}, step{5*second - ms, ping, 10 * second}, step{ms / 2, end, 0}), never},
		"progress after the slow page":   {0, 0, 10 * second, drip(0, step{4 * second, ping, hour}, step{4 * second, ping, hour}, step{hour, end, 0}), 2*hour + 10*second},
		"progress, then a slow page":     {0, -1, 10 * second, drip(0, step{4 * second, text, hour}, step{hour, end, 0}), hour + 14*second},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{
				ConnectTimeout: tc.connect, SilenceTimeout: tc.silence, ProgressTimeout: tc.progress, MaxAttempts: 2,
			}).run(t.Context(), watched(t, tc.first, tc.at), play(ok(delta("Hi"), stop)))
			require.NoError(t, l.err)
			if tc.at == never {
				assert.Empty(t, l.retries)
				return
			}
			require.Len(t, l.retries, 1)
			r := l.retries[0]
			assert.Equal(t, failure.Stalled, r.Kind)
			assert.NotEmpty(t, r.Error)
			assert.Equal(t, tc.at, r.RetryingAt.Sub(l.start)-second, "given up at")
			assert.Equal(t, "Hi", l.text)
		})
	}
}

// watched holds that the attempt's context ends at that time, and not by itself.
func watched(t *testing.T, do call, at time.Duration) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		start := time.Now()
		err := do(ctx, a)
		if at == never {
			assert.NoError(t, ctx.Err(), "the request was aborted after %s", time.Since(start))
		} else {
			assert.Error(t, ctx.Err(), "the dead request is aborted")
			assert.Equal(t, at, time.Since(start), "aborted after")
		}
		return err
	}
}

// TestEachAttemptHasItsOwnClocks: what one attempt used up, the next has again.
func TestEachAttemptHasItsOwnClocks(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{ConnectTimeout: 5 * second, SilenceTimeout: 7 * second, ProgressTimeout: 9 * second, MaxAttempts: 4}).run(t.Context(),
			drip(time.Hour), drip(4*second), drip(0, steps(99, step{second, ping, 0})...),
			drip(4*second, step{4 * second, delta("Hi"), 0}, step{6 * second, ping, 0}, step{2 * second, end, 0}))
		require.NoError(t, l.err)
		assert.Equal(t, []failure.Kind{failure.Stalled, failure.Stalled, failure.Stalled}, kinds(l.retries))
		// 5 + 1, 11 + 2, 9 + 4 and 16.
		assert.Equal(t, 48*second, l.took)
	})
}

// TestStallThatIsNotTriedAgain says what happened.
func TestStallThatIsNotTriedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		opts stream.Options
		do   call
	}{
		"connect":  {stream.Options{ConnectTimeout: second}, drip(time.Hour)},
		"silence":  {stream.Options{SilenceTimeout: second}, drip(0)},
		"progress": {stream.Options{ProgressTimeout: second}, drip(0, steps(9, step{300 * ms, ping, 0})...)},
	} {
		inBubble(t, name, func(t *testing.T) {
			tc.opts.MaxAttempts = 1
			l := live(tc.opts).run(t.Context(), tc.do)
			failed := l.failed(t)
			assert.Equal(t, failure.Stalled, failed.Kind)
			assert.Equal(t, 1, failed.Attempts)
			assert.Equal(t, second, l.took)
			assert.NotContains(t, failed.Message+failed.Detail, "SECRET")
			assert.ErrorContains(t, failed.Cause.(interface{ Unwrap() error }).Unwrap(), name+" timeout", "the cause names the clock")
		})
	}
}
