package stream_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/wait"
)

const roomKey = "https://api.example.com 3fa9"

// heads is when the streams' attempts began.
type heads struct {
	start time.Time
	mu    sync.Mutex
	times []string
}

// begin notes that an attempt of this stream begins.
func (h *heads) begin(name any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.times = append(h.times, fmt.Sprint(name, " ", time.Since(h.start)))
}

// noted is the call, with its beginning noted.
func (h *heads) noted(name any, do call) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		h.begin(name)
		return do(ctx, a)
	}
}

func tooMany(seconds string) call {
	return play(response{status: 429, header: map[string]string{"retry-after": seconds}})
}

// good answers with a head after 300ms and takes long for the rest.
var good = drip(300*time.Millisecond, step{after: 20 * second, chunk: delta("Hi") + end})

// nothingLeft checks that the room has forgotten all: nobody is held up later.
func nothingLeft(t *testing.T, room *wait.Room) {
	t.Helper()
	time.Sleep(wait.DefaultTurn)
	assert.Zero(t, room.Until(roomKey))
	start := time.Now()
	for range 2 {
		_, err := room.Enter(t.Context(), roomKey, nil, nil)
		require.NoError(t, err)
	}
	assert.Zero(t, time.Since(start))
}

// TestRoom_oneIsToldToWait: then none starts before, and afterwards they go one
// at a time, each when the head of the one before has come.
func TestRoom_oneIsToldToWait(t *testing.T) {
	for _, n := range []int{2, 10} {
		inBubble(t, fmt.Sprint(n, " streams"), func(t *testing.T) {
			room, h := new(wait.Room), &heads{start: time.Now()}
			var all sync.WaitGroup
			lives := make([]*life, n)
			for i := range n {
				lives[i] = live(stream.Options{Room: room, RoomKey: roomKey})
				calls := []call{h.noted(i, good)}
				if i == 0 {
					calls = []call{h.noted(i, tooMany("30")), h.noted(i, good)}
				}
				all.Go(func() {
					time.Sleep(time.Duration(i) * time.Millisecond)
					lives[i].run(t.Context(), calls...)
				})
			}
			all.Wait()
			// The others came while the first waited for its own delay, so it is last.
			want := []string{"0 0s"}
			begin := 30 * second
			for i := 1; i < n; i++ {
				want = append(want, fmt.Sprint(i, " ", begin))
				begin += 300 * time.Millisecond
			}
			want = append(want, fmt.Sprint(0, " ", begin))
			assert.Equal(t, want, h.times)
			for i, l := range lives {
				require.NoError(t, l.err)
				assert.Equal(t, "Hi", l.text)
				assert.Empty(t, l.resets)
				assert.Len(t, l.retries, min(1, max(0, 1-i)), "to be held is no retry")
				assert.False(t, l.open)
			}
			nothingLeft(t, room)
		})
	}
}

// TestRoom_servedEarly: who retried by hand and was served frees the others, who
// would wait for nothing. A longer hold of somebody else stays.
func TestRoom_servedEarly(t *testing.T) {
	for _, longer := range []bool{false, true} {
		inBubble(t, fmt.Sprint("a longer hold: ", longer), func(t *testing.T) {
			room, h := new(wait.Room), &heads{start: time.Now()}
			first := live(stream.Options{Room: room, RoomKey: roomKey})
			second := live(stream.Options{Room: room, RoomKey: roomKey})
			at(10*time.Second, func() { first.RetryNow() })
			if longer {
				at(10*time.Second+time.Millisecond, func() { room.Hold(roomKey, h.start.Add(90*time.Second)) })
			}
			var both sync.WaitGroup
			both.Go(func() { first.run(t.Context(), h.noted(0, tooMany("60")), h.noted(0, good)) })
			both.Go(func() {
				time.Sleep(5 * time.Second)
				second.run(t.Context(), h.noted(1, good))
			})
			both.Wait()
			require.NoError(t, first.err)
			require.NoError(t, second.err)
			if longer {
				assert.Equal(t, []string{"0 0s", "0 10s", "1 1m30s"}, h.times)
			} else {
				assert.Equal(t, []string{"0 0s", "0 10s", "1 30.3s"}, h.times)
			}
			nothingLeft(t, room)
		})
	}
}

// TestRoom_sent: a request that is on its way does not wait with the others, and
// that it is served tells nothing of their wait. What follows it waits.
func TestRoom_sent(t *testing.T) {
	for name, tc := range map[string]struct {
		first call
		tale  string
	}{
		"served":  {play(ok(delta("Hi"), end)), "connecting 0s, streaming 0s, done 0s"},
		"refused": {play(response{status: 503}), "connecting 0s, retrying 0s, retrying 1s, connecting 30s, streaming 30s, done 30s"},
	} {
		inBubble(t, name, func(t *testing.T) {
			room := new(wait.Room)
			room.Hold(roomKey, time.Now().Add(30*second))
			l := live(stream.Options{Room: room, RoomKey: roomKey, Host: stream.Host{Sent: true}})
			l.run(t.Context(), tc.first, play(ok(delta("Hi"), end)))
			require.NoError(t, l.err)
			assert.Equal(t, tc.tale, l.tale())
			if name == "served" {
				assert.NotZero(t, room.Until(roomKey), "the others need not wait any longer")
				time.Sleep(30 * second)
			}
			nothingLeft(t, room)
		})
	}
}

// TestRoom_sentOffline: an attempt that was lost with the network counts for none,
// but the next one sends a request of its own, and waits.
func TestRoom_sentOffline(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(roomKey, time.Now().Add(30*second))
		l := live(stream.Options{Room: room, RoomKey: roomKey, Host: stream.Host{Sent: true}})
		at(second, func() { l.SetOnline(false) })
		at(3*second, func() { l.SetOnline(true) })
		l.run(t.Context(), refuse(2*second), play(ok(delta("Hi"), end)))
		require.NoError(t, l.err)
		assert.Contains(t, l.tale(), "connecting 30s, streaming 30s, done 30s")
		nothingLeft(t, room)
	})
}

// TestRoom_status: who is held says so, and until when.
func TestRoom_status(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		room := new(wait.Room)
		until := time.Now().Add(30 * second)
		room.Hold(roomKey, until)
		at(10*second, func() { room.Hold(roomKey, until.Add(5*second)) })
		l := live(stream.Options{Room: room, RoomKey: roomKey}).run(t.Context(), good)
		require.NoError(t, l.err)
		assert.Equal(t, "retrying 0s, retrying 10s, connecting 35s, streaming 55.3s, done 55.3s", l.tale())
		held := l.statuses[0]
		assert.Equal(t, failure.RateLimit, held.Kind)
		assert.Equal(t, "openai", held.Provider)
		assert.Equal(t, 1, held.Attempt)
		assert.NotEmpty(t, held.Message)
		assert.Equal(t, int64(30_000), held.DelayMs)
		require.NotNil(t, held.RetryingAt)
		assert.True(t, until.Equal(*held.RetryingAt))
		assert.True(t, until.Add(5*second).Equal(*l.statuses[1].RetryingAt))
		assert.Equal(t, int64(25_000), l.statuses[1].DelayMs)
		connecting := l.statuses[2]
		assert.Equal(t, 1, connecting.Attempt)
		assert.Nil(t, connecting.RetryingAt)
		assert.Empty(t, connecting.Kind)
		assert.Empty(t, l.retries)
		nothingLeft(t, room)
	})
}

// TestRoom_others: another key, or no room, is not held.
func TestRoom_others(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(roomKey, time.Now().Add(30*second))
		for _, opts := range []stream.Options{{Room: room, RoomKey: "other"}, {Room: room}, {}, {RoomKey: roomKey}} {
			l := live(opts).run(t.Context(), good)
			require.NoError(t, l.err)
			assert.Equal(t, "connecting 0s, streaming 20.3s, done 20.3s", l.tale())
			room.Hold(roomKey, time.Now().Add(30*second))
		}
		time.Sleep(time.Minute)
		nothingLeft(t, room)
	})
}

// TestRoom_retryNow lets one stream go; the others wait on until it is served.
func TestRoom_retryNow(t *testing.T) {
	inBubble(t, "held", func(t *testing.T) {
		room, h := new(wait.Room), &heads{start: time.Now()}
		room.Hold(roomKey, time.Now().Add(30*second))
		a, b := live(stream.Options{Room: room, RoomKey: roomKey}), live(stream.Options{Room: room, RoomKey: roomKey})
		at(5*second, b.RetryNow)
		var all sync.WaitGroup
		all.Go(func() { a.run(t.Context(), h.noted("a", good)) })
		all.Go(func() { b.run(t.Context(), h.noted("b", good)) })
		all.Wait()
		assert.Equal(t, []string{"b 5s", "a 25.3s"}, h.times)
		nothingLeft(t, room)
	})
	inBubble(t, "told to wait itself", func(t *testing.T) {
		room, h := new(wait.Room), &heads{start: time.Now()}
		a, b := live(stream.Options{Room: room, RoomKey: roomKey}), live(stream.Options{Room: room, RoomKey: roomKey})
		// Of the own wait and of the room's each needs to be ended.
		at(5*second, a.RetryNow)
		at(6*second, a.RetryNow)
		var all sync.WaitGroup
		all.Go(func() { a.run(t.Context(), h.noted("a", tooMany("30")), h.noted("a", good)) })
		all.Go(func() {
			time.Sleep(second)
			b.run(t.Context(), h.noted("b", good))
		})
		all.Wait()
		require.Len(t, h.times, 3)
		assert.Contains(t, []string{"a 5s", "a 6s"}, h.times[1])
		t.Log("Retry now of a stream that was told to wait:", h.times[1])
		assert.Equal(t, "b 25.3s", h.times[2])
		nothingLeft(t, room)
	})
}

// TestRoom_cancel: who is held can leave at any moment.
func TestRoom_cancel(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(roomKey, time.Now().Add(30*second))
		ctx, cancel := contextWithCause(t)
		at(10*second, func() { cancel(errLeft) })
		l := live(stream.Options{Room: room, RoomKey: roomKey}).run(ctx, good)
		assert.Same(t, errLeft, l.err)
		assert.Equal(t, 10*second, l.took)
		assert.Empty(t, l.numbers, "nothing was sent")
		assert.Equal(t, event.PhaseCanceled, l.last().Phase)
		time.Sleep(20 * second)
		nothingLeft(t, room)
	})
	inBubble(t, "in the turn", func(t *testing.T) {
		room, h := new(wait.Room), &heads{start: time.Now()}
		room.Hold(roomKey, time.Now().Add(30*second))
		ctx, cancel := contextWithCause(t)
		at(30*second+100*time.Millisecond, func() { cancel(errLeft) })
		var all sync.WaitGroup
		all.Go(func() { live(stream.Options{Room: room, RoomKey: roomKey}).run(ctx, h.noted("a", good)) })
		all.Go(func() {
			time.Sleep(time.Millisecond)
			live(stream.Options{Room: room, RoomKey: roomKey}).run(t.Context(), h.noted("b", good))
		})
		all.Wait()
		assert.Equal(t, []string{"a 30s", "b 30.1s"}, h.times)
		nothingLeft(t, room)
	})
}

// TestRoom_longerOfBoth: a stream waits for its own delay and for the hold.
func TestRoom_longerOfBoth(t *testing.T) {
	for name, tc := range map[string]struct {
		own, others time.Duration
		began       string
	}{
		"its own":  {40 * second, 30 * second, "40s"},
		"the hold": {10 * second, 30 * second, "30s"},
	} {
		inBubble(t, name, func(t *testing.T) {
			room, h := new(wait.Room), &heads{start: time.Now()}
			l := live(stream.Options{Room: room, RoomKey: roomKey})
			at(second/2, func() { room.Hold(roomKey, h.start.Add(tc.others)) })
			l.run(t.Context(), h.noted("", tooMany(fmt.Sprint(tc.own.Seconds()))), h.noted("", good))
			require.NoError(t, l.err)
			assert.Equal(t, []string{" 0s", " " + tc.began}, h.times)
			nothingLeft(t, room)
		})
	}
	inBubble(t, "a delay that nobody asked for", func(t *testing.T) {
		room, h := new(wait.Room), &heads{start: time.Now()}
		l := live(stream.Options{Room: room, RoomKey: roomKey})
		l.run(t.Context(), h.noted("", play(response{status: 503})), h.noted("", good))
		require.NoError(t, l.err)
		assert.Equal(t, []string{" 0s", " 1s"}, h.times)
		assert.NotContains(t, l.tale(), "retrying 1s")
		nothingLeft(t, room)
	})
}

// TestRoom_tooLong: a stream that does not wait so long has nobody wait so long.
func TestRoom_tooLong(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		room := new(wait.Room)
		l := live(stream.Options{Room: room, RoomKey: roomKey}).run(t.Context(), tooMany("3600"))
		assert.Equal(t, time.Hour, l.failed(t).RetryAfter)
		assert.Zero(t, l.took)
		assert.LessOrEqual(t, time.Until(room.Until(roomKey)), stream.DefaultMaxRetryAfter)
		time.Sleep(stream.DefaultMaxRetryAfter)
		nothingLeft(t, room)
	})
	inBubble(t, "another one that has no such limit", func(t *testing.T) {
		room := new(wait.Room)
		a := live(stream.Options{Room: room, RoomKey: roomKey, MaxRetryAfter: -1})
		b := live(stream.Options{Room: room, RoomKey: roomKey})
		var all sync.WaitGroup
		all.Go(func() { a.run(t.Context(), tooMany("3600"), good) })
		all.Go(func() {
			time.Sleep(second)
			b.run(t.Context(), good)
		})
		all.Wait()
		require.NoError(t, b.err)
		assert.Equal(t, wait.DefaultMax-second+20*second+300*time.Millisecond, b.took)
		assert.Equal(t, time.Hour+20*second+300*time.Millisecond, a.took)
		nothingLeft(t, room)
	})
}

// TestRoom_refusedAgain: who is let go first and told to wait again holds the
// others back once more.
func TestRoom_refusedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room, h := new(wait.Room), &heads{start: time.Now()}
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				calls := []call{h.noted(i, good)}
				switch i {
				case 0:
					calls = []call{h.noted(i, tooMany("30")), h.noted(i, good)}
				case 1:
					calls = []call{h.noted(i, tooMany("5")), h.noted(i, good)}
				}
				live(stream.Options{Room: room, RoomKey: roomKey}).run(t.Context(), calls...)
			})
		}
		all.Wait()
		t.Log(h.times)
		assert.Equal(t, []string{"0 0s", "1 30s"}, h.times[:2])
		require.Len(t, h.times, 6)
		assert.Equal(t, "2 35s", h.times[2], "not one before the second wait is over")
		nothingLeft(t, room)
	})
}

// TestRoomKeepsToMaxElapsed: whoever is told to wait with the others still has a limit
// of its own, at which it ends rather than after a wait in vain.
func TestRoomKeepsToMaxElapsed(t *testing.T) {
	for name, tc := range map[string]struct {
		limit, took time.Duration
	}{
		"the others wait longer": {10 * second, 10 * second},
		"they do not":            {time.Minute + second, time.Minute},
		"no limit":               {0, time.Minute},
	} {
		inBubble(t, name, func(t *testing.T) {
			room := &wait.Room{}
			l := live(stream.Options{MaxElapsed: tc.limit, Room: room, RoomKey: "k"})
			at(500*ms, func() { room.Hold("k", time.Now().Add(time.Minute-500*ms)) })
			l.run(t.Context(), play(response{status: 503}), play(ok(delta("Hi"), end)))
			assert.Equal(t, tc.took, l.took)
			if tc.took == time.Minute {
				require.NoError(t, l.err)
				return
			}
			failed := l.failed(t)
			assert.Equal(t, failure.Server, failed.Kind)
			assert.Equal(t, 1, failed.Attempts)
		})
	}
}
