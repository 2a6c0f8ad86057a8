package stream_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// blink is a change of the network at some time of the test.
type blink struct {
	at     time.Duration
	online bool
}

// TestOffline tells the phases of streams whose network comes and goes, and the
// numbers of their attempts.
func TestOffline(t *testing.T) {
	good := play(ok(delta("Hi"), end))
	busy := play(response{status: 503})
	hung := drip(second, step{second, delta("Hel"), 0})
	// lost breaks its connection at that time after its text came.
	lost := func(after time.Duration, text ...string) call {
		return delayed(after, play(response{chunks: text, err: errReset}))
	}
	for name, tc := range map[string]struct {
		opts    stream.Options
		blinks  []blink // one at 0 comes before Run
		calls   []call
		tale    string
		numbers []int
		kinds   []failure.Kind
		resets  []int
	}{
		"before the first attempt": {blinks: []blink{{0, false}, {90 * second, true}}, calls: []call{good},
			tale: "offline 0s, connecting 1m30s, streaming 1m30s, done 1m30s", numbers: []int{1}},
		"back before it began": {blinks: []blink{{0, false}, {0, true}}, calls: []call{good},
			tale: "connecting 0s, streaming 0s, done 0s", numbers: []int{1}},
		"twice the same": {blinks: []blink{{0, true}, {0, false}, {0, false}, {second, false}, {2 * second, true}, {2 * second, true}}, calls: []call{good},
			tale: "offline 0s, connecting 2s, streaming 2s, done 2s", numbers: []int{1}},
		"in a wait": {blinks: []blink{{300 * ms, false}, {600 * ms, true}}, calls: []call{busy, good},
			tale: "connecting 0s, retrying 0s, offline 300ms, connecting 600ms, streaming 600ms, done 600ms", numbers: []int{1, 2}, kinds: []failure.Kind{"server"}},
		"longer than the wait": {blinks: []blink{{300 * ms, false}, {time.Hour, true}}, calls: []call{busy, good},
			tale: "connecting 0s, retrying 0s, offline 300ms, connecting 1h0m0s, streaming 1h0m0s, done 1h0m0s", numbers: []int{1, 2}, kinds: []failure.Kind{"server"}},
		"twice in a wait": {blinks: []blink{{100 * ms, false}, {200 * ms, true}, {300 * ms, false}, {400 * ms, true}}, calls: []call{busy, busy, good},
			tale:    "connecting 0s, retrying 0s, offline 100ms, connecting 200ms, retrying 200ms, offline 300ms, connecting 400ms, streaming 400ms, done 400ms",
			numbers: []int{1, 2, 3}, kinds: []failure.Kind{"server", "server"}},
		"an attempt that survives it": {blinks: []blink{{500 * ms, false}, {time.Hour, true}},
			calls: []call{drip(second, step{second, delta("Hi"), 0}, step{second, end, 0})},
			tale:  "connecting 0s, streaming 2s, done 3s", numbers: []int{1}},
		"an attempt that does not": {blinks: []blink{{500 * ms, false}, {60 * second, true}},
			calls: []call{lost(second), good},
			tale:  "connecting 0s, offline 1s, connecting 1m0s, streaming 1m0s, done 1m0s", numbers: []int{1, 1}},
		"again and again": {blinks: []blink{{second, false}, {10 * second, true}, {11 * second, false}, {20 * second, true}},
			calls: []call{lost(2 * second), lost(2 * second), good},
			tale:  "connecting 0s, offline 2s, connecting 10s, offline 12s, connecting 20s, streaming 20s, done 20s", numbers: []int{1, 1, 1}},
		"the delays do not grow": {blinks: []blink{{2 * second, false}, {10 * second, true}},
			calls: []call{busy, lost(3 * second), busy, good},
			tale:  "connecting 0s, retrying 0s, connecting 1s, offline 4s, connecting 10s, retrying 10s, connecting 12s, streaming 12s, done 12s", numbers: []int{1, 2, 2, 3}, kinds: []failure.Kind{"server", "server"}},
		"text is reset": {blinks: []blink{{500 * ms, false}, {10 * second, true}},
			calls: []call{lost(second, delta("Hel"), delta("lo")), good},
			tale:  "connecting 0s, streaming 1s, offline 1s, connecting 10s, streaming 10s, done 10s", numbers: []int{1, 1}, resets: []int{1}},
		"text is reset once": {blinks: []blink{{500 * ms, false}, {10 * second, true}},
			calls: []call{lost(second, delta("Hel")), busy, good},
			tale:  "connecting 0s, streaming 1s, offline 1s, connecting 10s, retrying 10s, connecting 11s, streaming 11s, done 11s", numbers: []int{1, 1, 2}, kinds: []failure.Kind{"server"}, resets: []int{2}},
		"silence": {opts: stream.Options{SilenceTimeout: 5 * second}, blinks: []blink{{3 * second, false}, {10 * second, true}},
			calls: []call{hung, good},
			tale:  "connecting 0s, streaming 2s, offline 7s, connecting 10s, streaming 10s, done 10s", numbers: []int{1, 1}, resets: []int{1}},
		"a clean end too soon": {blinks: []blink{{500 * ms, false}, {10 * second, true}},
			calls: []call{delayed(second, play(ok(delta("Hel")))), good},
			tale:  "connecting 0s, streaming 1s, offline 1s, connecting 10s, streaming 10s, done 10s", numbers: []int{1, 1}, resets: []int{1}},
		"a 429 counts": {blinks: []blink{{500 * ms, false}, {1500 * ms, true}},
			calls: []call{delayed(second, play(response{status: 429})), good},
			tale:  "connecting 0s, retrying 1s, offline 1s, connecting 1.5s, streaming 1.5s, done 1.5s", numbers: []int{1, 2}, kinds: []failure.Kind{"rate_limit"}},
		"a 503 counts": {blinks: []blink{{500 * ms, false}, {1500 * ms, true}},
			calls: []call{delayed(second, busy), good},
			tale:  "connecting 0s, retrying 1s, offline 1s, connecting 1.5s, streaming 1.5s, done 1.5s", numbers: []int{1, 2}, kinds: []failure.Kind{"server"}},
		"back before it fails": {blinks: []blink{{500 * ms, false}, {800 * ms, true}},
			calls: []call{lost(second), good},
			tale:  "connecting 0s, retrying 1s, connecting 2s, streaming 2s, done 2s", numbers: []int{1, 2}, kinds: []failure.Kind{"network"}},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts)
			for _, b := range tc.blinks {
				if b.at == 0 {
					l.SetOnline(b.online)
				} else {
					at(b.at, func() { l.SetOnline(b.online) })
				}
			}
			l.run(t.Context(), tc.calls...)
			require.NoError(t, l.err)
			assert.Equal(t, tc.tale, l.tale())
			assert.Equal(t, tc.numbers, l.numbers)
			assert.Equal(t, tc.kinds, kinds(l.retries))
			assert.Equal(t, tc.resets, l.resets)
			assert.Equal(t, "Hi", l.text)
			for _, s := range l.statuses {
				assert.Positive(t, s.Attempt)
				if s.Phase == event.PhaseOffline {
					assert.Empty(t, s.Message+string(s.Kind))
					assert.Zero(t, s.DelayMs)
					assert.Nil(t, s.RetryingAt)
				}
			}
		})
	}
}

// TestOfflineKeepsToTheLimits: a request that was lost with the network was sent, and
// may have been answered and billed. It counts where something limits the requests,
// and what limits them is asked.
func TestOfflineKeepsToTheLimits(t *testing.T) {
	lost := delayed(second, play(response{chunks: []string{delta("Hel")}, err: errReset}))
	for name, tc := range map[string]struct {
		opts     stream.Options
		requests int
	}{
		"one attempt":          {stream.Options{MaxAttempts: 1}, 1},
		"two attempts":         {stream.Options{MaxAttempts: 2}, 2},
		"two fruitless ones":   {stream.Options{MaxFruitlessAttempts: 2}, 2},
		"refused":              {stream.Options{BeforeRetry: func(context.Context, stream.RetryContext) error { return stream.ErrRefused }}, 1},
		"more than it takes":   {stream.Options{MaxAttempts: 9}, 4},
		"allowed every time":   {stream.Options{BeforeRetry: func(context.Context, stream.RetryContext) error { return nil }}, 4},
		"by no limit a number": {stream.Options{}, 4},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts)
			for i := range time.Duration(3) {
				at((20*i)*second+500*ms, func() { l.SetOnline(false) })
				at((20*i+20)*second, func() { l.SetOnline(true) })
			}
			l.run(t.Context(), lost, lost, lost, play(ok(delta("Hi"), end)))
			assert.Len(t, l.numbers, tc.requests)
			if tc.requests == 4 {
				require.NoError(t, l.err)
				return
			}
			failed := l.failed(t)
			assert.Equal(t, failure.Network, failed.Kind)
			assert.Equal(t, tc.requests, failed.Attempts)
		})
	}
}

// TestOfflineFailsForGood: what another attempt cannot cure ends the stream also
// without a network.
func TestOfflineFailsForGood(t *testing.T) {
	for name, tc := range map[string]struct {
		opts  stream.Options
		first response
		kind  failure.Kind
	}{
		"key":           {stream.Options{}, response{status: 401}, failure.Auth},
		"last attempt":  {stream.Options{MaxAttempts: 1}, response{status: 429}, failure.RateLimit},
		"a bug of ours": {stream.Options{}, response{refuse: errors.New("RangeError: Maximum call stack size exceeded")}, failure.Unknown},
	} {
		inBubble(t, name, func(t *testing.T) {
			l := live(tc.opts)
			at(500*ms, func() { l.SetOnline(false) })
			l.run(t.Context(), delayed(second, play(tc.first)))
			failed := l.failed(t)
			assert.Equal(t, tc.kind, failed.Kind)
			assert.Equal(t, 1, failed.Attempts)
			assert.Equal(t, "connecting 0s, failed 1s", l.tale())
		})
	}
}

func TestCancelWhileOffline(t *testing.T) {
	cause := errors.New("the page was left")
	for name, calls := range map[string][]call{
		"before the first attempt": nil,
		"in a wait":                {play(response{status: 503})},
		"after a lost attempt":     {refuse(0)},
	} {
		inBubble(t, name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			l := live(stream.Options{})
			switch name {
			case "in a wait":
				at(100*ms, func() { l.SetOnline(false) })
			case "after a lost attempt":
				calls = []call{func(ctx context.Context, a *stream.Attempt) error {
					l.SetOnline(false)
					return errReset
				}}
			default:
				l.SetOnline(false)
			}
			at(20*second, func() { cancel(cause) })
			l.run(ctx, calls...)
			assert.Same(t, cause, l.err)
			assert.Equal(t, 20*second, l.took)
			assert.Equal(t, event.PhaseCanceled, l.last().Phase)
			assert.Contains(t, l.tale(), "offline")
			assert.Len(t, l.numbers, len(calls))
		})
	}
}

// TestStatusSaysOfflineOnce: a status is given when it changes, not when the wait
// behind it is over.
func TestStatusSaysOfflineOnce(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{})
		at(second/2, func() { l.SetOnline(false) })
		at(time.Minute, func() { l.SetOnline(true) })
		l.run(t.Context(), play(response{status: 503}, ok(end)))
		require.NoError(t, l.err)
		for i := range l.statuses[1:] {
			assert.NotEqual(t, l.statuses[i], l.statuses[i+1], "told twice")
		}
	})
}

// TestOnlineAfterTheEnd is nothing to tell.
func TestOnlineAfterTheEnd(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{}).run(t.Context(), play(ok(end)))
		tale := l.tale()
		l.SetOnline(false)
		l.SetOnline(true)
		time.Sleep(time.Hour)
		assert.Equal(t, tale, l.tale())
		assert.Equal(t, event.PhaseDone, l.Status().Phase)
	})
}

// TestFromEverywhere: what a page tells a stream may come from any goroutine. The
// race detector looks on.
func TestFromEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := live(stream.Options{ProgressTimeout: 50 * second, ConnectTimeout: 50 * second, MaxAttempts: 20})
		var others sync.WaitGroup
		for i := range 8 {
			others.Go(func() {
				for n := range 200 {
					switch i % 4 {
					case 0:
						l.SetOnline(n%2 == 0)
					case 1:
						l.Wake()
					case 2:
						l.RetryNow()
					default:
						l.Status()
					}
					time.Sleep(time.Duration(i+1) * 17 * ms)
				}
				l.SetOnline(true)
			})
		}
		chatty := drip(100*ms, append(steps(50, step{10 * ms, delta("x"), 10 * ms}), step{0, inStream, 0})...)
		l.run(t.Context(), chatty, refuse(20*ms), chatty, play(response{status: 503}), chatty, refuse(20*ms), chatty,
			delayed(5*second, play(ok(delta("Hi"), end))))
		others.Wait()
		require.NoError(t, l.err)
		assert.Equal(t, "Hi", l.text)
		assert.Equal(t, event.PhaseDone, l.last().Phase)
	})
}
