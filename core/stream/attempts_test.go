package stream_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// littleByLittle begins a reply of which each request brings a little.
func littleByLittle(n int) []chattest.Step {
	steps := []chattest.Step{chattest.EndEarly(9, chattest.Background())}
	for len(steps) < n {
		steps = append(steps, chattest.EndEarly(2, chattest.Background()))
	}
	return steps
}

// TestMaxAttempts_progress: MaxAttempts is how many requests there are at most, even
// where each of them gets the reply further.
func TestMaxAttempts_progress(t *testing.T) {
	for name, api := range resumables() {
		inBubble(t, name, func(t *testing.T) {
			o := newOrigin(api, littleByLittle(5)...)
			l := resuming(t, o, stream.Options{MaxAttempts: 3})
			assert.Len(t, o.asked, 3)
			assert.Equal(t, 3, l.failed(t).Attempts)
			assert.Equal(t, []time.Duration{second, second}, delays(l.retries), "the delays begin anew all the same")

			o = newOrigin(api, littleByLittle(5)...)
			l = resuming(t, o, stream.Options{MaxFruitlessAttempts: 1})
			require.NoError(t, l.err, "none was fruitless")
		})
	}
	for name, api := range fakeAPIs() {
		if !api.resumes {
			continue
		}
		inBubble(t, "relay/"+name, func(t *testing.T) {
			var bodies []string
			r := relay(stream.Options{URL: api.url, MaxAttempts: 3})
			r.runWith(t.Context(), r.ask(api.fake(chattest.NewScript(littleByLittle(5)...)), api.url, &bodies))
			assert.Equal(t, 3, r.attempts)
			assert.Equal(t, 3, r.failed(t).Attempts)
			assert.Len(t, r.retries, 2)
			assert.NotEmpty(t, r.passed)
		})
	}
}

// TestMaxFruitlessAttempts: a reply that starts over got no further.
func TestMaxFruitlessAttempts(t *testing.T) {
	for name, tc := range map[string]struct {
		partial stream.Partial
		do      call
	}{
		"no answer": {stream.PartialRestart, play(response{status: 503})},
		"cut again": {stream.PartialRestart, play(ok(delta("Hel")))},
		"unnamed":   {stream.PartialResume, play(ok(delta("Hel")))},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(stream.Options{Partial: tc.partial, MaxFruitlessAttempts: 3, MaxAttempts: 9}).run(t.Context(), tc.do)
			assert.Equal(t, 3, l.failed(t).Attempts)
		})
	}
}

// TestDelayBeyondAllDates: a delay that no Duration holds is a very long wait, and
// every number that is told of it is one that a page can read.
func TestDelayBeyondAllDates(t *testing.T) {
	const century = 100 * 365 * 24 * time.Hour
	for _, header := range []string{"Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999"} {
		limited := response{status: 429, header: map[string]string{"retry-after": header}}
		inBubble(t, header, func(t *testing.T) {
			l := live(stream.Options{}).run(t.Context(), play(limited))
			assert.Equal(t, century.Milliseconds(), l.failed(t).Wire().RetryAfterMs)
			assert.Equal(t, "OpenAI is limiting requests for the moment. It asks to wait 36500 days.", l.last().Message)
			assert.Zero(t, l.took)

			l = live(stream.Options{MaxRetryAfter: -1})
			at(time.Hour, l.RetryNow)
			l.run(t.Context(), play(limited, ok(delta("Hi"), end)))
			require.NoError(t, l.err)
			assert.Equal(t, century.Milliseconds(), l.retries[0].DelayMs)
			assert.Equal(t, l.start.Add(century).UTC(), l.retries[0].RetryingAt)
		})
	}
	// A program's own error may ask for anything.
	for asked, told := range map[time.Duration]int64{-time.Hour: 1000, 1<<63 - 1: 9_223_372_036_855} {
		inBubble(t, asked.String(), func(t *testing.T) {
			f := failure.New(failure.Server, 0)
			f.RetryAfter = asked
			l := live(stream.Options{MaxRetryAfter: -1, MaxAttempts: 2})
			at(time.Hour, l.RetryNow)
			l.run(t.Context(), play(response{refuse: &failure.Error{Failure: f}}))
			assert.GreaterOrEqual(t, l.failed(t).Wire().RetryAfterMs, int64(0))
			assert.Equal(t, told, l.retries[0].DelayMs)
			year := l.retries[0].RetryingAt.Year()
			assert.True(t, year >= 2000 && year < 9999, year)
		})
	}
}
