package stream_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/stream"
)

// TestQueued: pings alone are told from a reply, and told once.
func TestQueued(t *testing.T) {
	pings := func(n int) []step { return steps(n, step{second, ping, 0}) }
	for name, tc := range map[string]struct {
		url   string
		steps [][]step
		tale  string
	}{
		"text within 5 s": {"", [][]step{pings(4), {{second - ms, delta("Hi"), 0}, {0, end, 0}}},
			"connecting 0s, streaming 4.999s, done 4.999s"},
		"pings for long": {"", [][]step{pings(60), {{second, delta("Hi"), 0}, {second, end, 0}}},
			"connecting 0s, queued 5s, streaming 1m1s, done 1m2s"},
		"rare pings": {"", [][]step{steps(4, step{15 * second, ping, 0}), {{second, end, 0}}},
			"connecting 0s, queued 15s, streaming 1m1s, done 1m1s"},
		"again in mid-stream": {"", [][]step{pings(6), {{second, delta("a"), 0}}, pings(9), {{second, delta("b"), 0}}, pings(4), {{0, end, 0}}},
			"connecting 0s, queued 5s, streaming 7s, queued 12s, streaming 17s, done 21s"},
		"never in mid-stream": {"", [][]step{{{second, delta("a"), 0}}, pings(4), {{second - ms, delta("b"), 0}}, pings(4), {{second - ms, end, 0}}},
			"connecting 0s, streaming 1s, done 10.998s"},
		"silence is no ping": {"", [][]step{{{time.Minute, delta("a"), 0}, {time.Minute, end, 0}}},
			"connecting 0s, streaming 1m0s, done 2m0s"},
		"events that are no progress": {claudeURL, [][]step{{{second, claudeOpen, 0}}, steps(9, step{second, claudePing, 0}),
			{{second, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n", 0}},
			{{second, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", 0}}},
			"connecting 0s, queued 5s, streaming 11s, done 12s"},
		"the page is slow, not the provider": {"", [][]step{{{second, ping, 20 * second}, {second, delta("a"), 20 * second}, {second, ping, 20 * second}, {second, end, 0}}},
			"connecting 0s, streaming 22s, done 1m4s"},
	} {
		inBubble(t, name, func(t *testing.T) {
			var all []step
			for _, s := range tc.steps {
				all = append(all, s...)
			}
			l := live(stream.Options{URL: tc.url, MaxAttempts: 1}).run(t.Context(), drip(0, all...))
			require.NoError(t, l.err)
			assert.Equal(t, tc.tale, l.tale())
		})
	}
}

// TestQueuedStartsAnew: the pings of one attempt say nothing of the next.
func TestQueuedStartsAnew(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		six := steps(6, step{second, ping, 0})
		l := live(stream.Options{ProgressTimeout: 8 * second, MaxAttempts: 2}).run(t.Context(),
			drip(0, steps(99, step{second, ping, 0})...), drip(0, append(six, step{second, end, 0})...))
		require.NoError(t, l.err)
		assert.Equal(t, "connecting 0s, queued 5s, retrying 8s, connecting 9s, queued 14s, streaming 16s, done 16s", l.tale())
	})
}

// TestTimesOfTheStatus: each status tells when something came last, as of itself.
func TestTimesOfTheStatus(t *testing.T) {
	const absent = -1
	type times struct {
		phase          event.Phase
		byte, progress time.Duration
	}
	for name, tc := range map[string]struct {
		opts  stream.Options
		calls []call
		want  []times
	}{
		"the head is the first byte": {stream.Options{SilenceTimeout: 5 * second, MaxAttempts: 1}, []call{drip(2 * second)},
			[]times{{"connecting", absent, absent}, {"failed", 2 * second, absent}}},
		"no head": {stream.Options{ConnectTimeout: 2 * second, MaxAttempts: 1}, []call{drip(time.Hour)},
			[]times{{"connecting", absent, absent}, {"failed", absent, absent}}},
		"text": {stream.Options{}, []call{drip(second, step{second, delta("a"), 0}, step{second, delta("b"), 0}, step{second, end, 0})},
			[]times{{"connecting", absent, absent}, {"streaming", 2 * second, 2 * second}, {"done", 4 * second, 4 * second}}},
		"pings": {stream.Options{}, []call{drip(second, append(steps(7, step{second, ping, 0}), step{second, end, 0})...)},
			[]times{{"connecting", absent, absent}, {"queued", 6 * second, absent}, {"streaming", 9 * second, 9 * second}, {"done", 9 * second, 9 * second}}},
		"pings after text": {stream.Options{}, []call{drip(second, append(append([]step{{second, delta("a"), 0}}, steps(7, step{second, ping, 0})...), step{second, end, 0})...)},
			[]times{{"connecting", absent, absent}, {"streaming", 2 * second, 2 * second}, {"queued", 7 * second, 2 * second},
				{"streaming", 10 * second, 10 * second}, {"done", 10 * second, 10 * second}}},
		"kept over attempts": {stream.Options{SilenceTimeout: 10 * second}, []call{
			drip(second, step{second, delta("a"), 0}, step{second, ping, 0}), refuse(0), drip(second, step{second, end, 0})},
			[]times{{"connecting", absent, absent}, {"streaming", 2 * second, 2 * second}, {"retrying", 3 * second, 2 * second},
				{"connecting", 3 * second, 2 * second}, {"retrying", 3 * second, 2 * second}, {"connecting", 3 * second, 2 * second},
				{"streaming", 18 * second, 18 * second}, {"done", 18 * second, 18 * second}}},
		"an error's head is a byte": {stream.Options{}, []call{
			delayed(second, play(response{status: 503})), drip(second, step{second, end, 0})},
			[]times{{"connecting", absent, absent}, {"retrying", second, absent}, {"connecting", second, absent},
				{"streaming", 4 * second, 4 * second}, {"done", 4 * second, 4 * second}}},
		"the page is slow": {stream.Options{SilenceTimeout: 5 * second, MaxAttempts: 1}, []call{
			drip(second, step{second, delta("a"), time.Minute})},
			[]times{{"connecting", absent, absent}, {"streaming", 2 * second, 2 * second}, {"failed", 2 * second, 2 * second}}},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts).run(t.Context(), tc.calls...)
			since := func(at *time.Time) time.Duration {
				if at == nil {
					return absent
				}
				assert.Equal(t, time.UTC, at.Location())
				return at.Sub(l.start)
			}
			var got []times
			for _, s := range l.statuses {
				got = append(got, times{s.Phase, since(s.LastByteAt), since(s.LastProgressAt)})
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// TestStatusTellsTheLatestTimes also between two changes of the phase.
func TestStatusTellsTheLatestTimes(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{MaxAttempts: 1})
		at(5*second+ms, func() {
			s := l.Status()
			assert.Equal(t, 5*second, s.LastByteAt.Sub(l.start))
			assert.Equal(t, 3*second, s.LastProgressAt.Sub(l.start))
		})
		l.run(t.Context(), drip(second, step{second, delta("a"), 0}, step{second, delta("b"), 0}, step{second, ping, 0}, step{second, ping, 0}, step{second, end, 0}))
		require.NoError(t, l.err)
		assert.Equal(t, 6*second, l.took)
	})
}
