package stream_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
)

// TestOnStatus_oneAtATime: whatever tells the stream of the network, from
// wherever, OnStatus is not called while it runs, and hears the latest last.
func TestOnStatus_oneAtATime(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		var inside atomic.Int32
		var told []event.Phase
		s := mustNew(stream.Options{URL: chatURL, OnStatus: func(status event.ChatStreamStatus) {
			assert.Equal(t, int32(1), inside.Add(1), "two at once")
			defer inside.Add(-1)
			if told = append(told, status.Phase); status.Phase == event.PhaseOffline {
				time.Sleep(5 * second) // a slow listener
			}
		}})
		at(300*ms, func() { s.SetOnline(false) })
		at(600*ms, func() { s.SetOnline(true) })
		require.NoError(t, s.Run(t.Context(), play(response{status: 503}, ok(end))))
		assert.Equal(t, []event.Phase{"connecting", "retrying", "offline", "connecting", "streaming", "done"}, told)
		assert.Equal(t, event.PhaseDone, s.Status().Phase)
	})
}

// TestRoom_offline: the network's coming and going does not cut short what the
// server asked all to wait, and nobody starts an attempt without it.
func TestRoom_offline(t *testing.T) {
	for name, tc := range map[string]struct {
		off, on time.Duration
		tale    string
	}{
		"back in the wait":    {10 * second, 20 * second, "retrying 0s, offline 10s, retrying 20s, connecting 30s, streaming 30s, done 30s"},
		"back after the wait": {10 * second, 40 * second, "retrying 0s, offline 10s, connecting 40s, streaming 40s, done 40s"},
	} {
		inBubble(t, name, func(t *testing.T) {
			room := new(wait.Room)
			room.Hold(roomKey, time.Now().Add(30*second))
			l := live(stream.Options{Room: room, RoomKey: roomKey})
			at(tc.off, func() { l.SetOnline(false) })
			at(tc.on, func() { l.SetOnline(true) })
			l.run(t.Context(), play(ok(delta("Hi"), end)))
			require.NoError(t, l.err)
			assert.Equal(t, tc.tale, l.tale())
			assert.Equal(t, []int{1}, l.numbers)
			nothingLeft(t, room)
		})
	}
	inBubble(t, "told to wait longer meanwhile", func(t *testing.T) {
		room, start := new(wait.Room), time.Now()
		room.Hold(roomKey, start.Add(30*second))
		l := live(stream.Options{Room: room, RoomKey: roomKey})
		at(10*second, func() { l.SetOnline(false) })
		at(15*second, func() { room.Hold(roomKey, start.Add(50*second)) })
		at(20*second, func() { l.SetOnline(true) })
		l.run(t.Context(), play(ok(end)))
		require.NoError(t, l.err)
		assert.Equal(t, "retrying 0s, offline 10s, retrying 15s, offline 15s, retrying 20s, connecting 50s, streaming 50s, done 50s", l.tale())
	})
}

// TestMaxElapsed_offline: time without a network is time. The attempt that waited
// for it is made, and no other.
func TestMaxElapsed_offline(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		l := live(stream.Options{MaxElapsed: time.Minute})
		at(500*ms, func() { l.SetOnline(false) })
		at(time.Hour, func() { l.SetOnline(true) })
		l.run(t.Context(), play(response{status: 503}))
		failed := l.failed(t)
		assert.Equal(t, failure.Server, failed.Kind)
		assert.Equal(t, 2, failed.Attempts)
		assert.Equal(t, "connecting 0s, retrying 0s, offline 500ms, connecting 1h0m0s, failed 1h0m0s", l.tale())
	})
}

// TestSetRoomKey: a stream that changes its credential holds those with the new
// one, and waits with them.
func TestSetRoomKey(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		room, start := new(wait.Room), time.Now()
		var l *life
		l = live(stream.Options{Room: room, RoomKey: "old", BeforeRetry: func(context.Context, stream.RetryContext) error {
			l.SetRoomKey(roomKey)
			return nil
		}})
		at(20*second, func() {
			assert.Equal(t, start.Add(41*second), room.Until(roomKey))
			assert.Zero(t, room.Until("old"))
		})
		l.run(t.Context(), play(response{status: 503}), tooMany("40"), play(ok(end)))
		require.NoError(t, l.err)
		assert.Equal(t, 41*second, l.took)
		nothingLeft(t, room)
	})
}

// TestReconnectionTime: a stream's own "retry" is a floor for its next attempt, and
// no wait for other streams of its room.
func TestReconnectionTime(t *testing.T) {
	for name, tc := range map[string]struct {
		chunk string
		want  time.Duration
	}{
		"none":               {delta("Hel"), time.Second},
		"less":               {"retry: 20\n\n" + delta("Hel"), time.Second},
		"more":               {"retry: 7000\n\n" + delta("Hel"), 7 * time.Second},
		"the last one":       {"retry: 7000\n\n" + delta("Hel") + "retry: 3000\n\n", 3 * time.Second},
		"no number":          {"retry: soon\n\n" + delta("Hel"), time.Second},
		"half a line":        {delta("Hel") + "retry: 70", time.Second},
		"an error's is more": {"retry: 2000\n\n" + `data: {"error":{"message":"Rate limit reached. Please try again in 9s.","code":"rate_limit_exceeded"}}` + "\n\n", 9 * time.Second},
	} {
		inBubble(t, name, func(t *testing.T) {
			room := &wait.Room{}
			l := live(stream.Options{Room: room, RoomKey: "k"})
			at(500*time.Millisecond, func() {
				assert.Equal(t, name == "an error's is more", !room.Until("k").IsZero(), "the others wait")
			})
			l.run(t.Context(), play(response{chunks: []string{tc.chunk}, err: errReset}), play(ok(delta("Hello"), end)))
			require.NoError(t, l.err)
			assert.Equal(t, "Hello", l.text)
			assert.Equal(t, tc.want, l.took)
			require.Len(t, l.retries, 1)
			assert.Equal(t, tc.want.Milliseconds(), l.retries[0].DelayMs)
		})
	}
	inBubble(t, "longer than is waited for", func(t *testing.T) {
		l := live(stream.Options{}).run(t.Context(), play(response{chunks: []string{"retry: 86400000\n\n" + delta("Hel")}, err: errReset}))
		assert.Contains(t, l.failed(t).Message, "asks to wait 24 hours")
	})
}
