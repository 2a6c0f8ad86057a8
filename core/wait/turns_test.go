package wait_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/wait"
)

// tabs are Rooms that take turns, as those of a site's tabs do.
type tabs struct {
	mu    sync.Mutex
	turn  chan struct{} // whose turn it is
	queue []chan struct{}
}

func (s *tabs) turns(string) (<-chan struct{}, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := make(chan struct{})
	s.queue = append(s.queue, mine)
	s.next()
	return mine, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for i, other := range s.queue {
			if other == mine {
				s.queue = append(s.queue[:i], s.queue[i+1:]...)
				break
			}
		}
		if s.turn == mine {
			s.turn = nil
		}
		s.next()
	}
}

func (s *tabs) next() {
	if s.turn == nil && len(s.queue) > 0 {
		s.turn, s.queue = s.queue[0], s.queue[1:]
		close(s.turn)
	}
}

// rooms returns Rooms that tell each other of holds and take turns.
func (s *tabs) rooms(n int) []*wait.Room {
	all := make([]*wait.Room, n)
	for i := range all {
		all[i] = &wait.Room{Turns: s.turns, OnHold: func(key string, until time.Time) {
			for j, other := range all {
				if j != i {
					other.HoldRemote(key, until)
				}
			}
		}}
	}
	return all
}

// empty checks that nobody is left in the queue.
func (s *tabs) empty(t *testing.T) {
	t.Helper()
	assert.Nil(t, s.turn)
	assert.Empty(t, s.queue)
}

func TestRoom_Turns(t *testing.T) {
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		rooms, streams int
		want           []time.Duration
	}{
		"one each":           {3, 1, []time.Duration{4000 * ms, 4300 * ms, 4600 * ms}},
		"two of two":         {2, 2, []time.Duration{4000 * ms, 4300 * ms, 4600 * ms, 4900 * ms}},
		"one Room by itself": {1, 3, []time.Duration{4000 * ms, 4300 * ms, 4600 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var site tabs
				var mu sync.Mutex
				var times []time.Duration
				start := time.Now()
				rooms := site.rooms(tc.rooms)
				rooms[0].Hold(key, start.Add(4*time.Second))
				for _, room := range rooms {
					for range tc.streams {
						go func() {
							leave, err := room.Enter(t.Context(), key, nil, nil)
							assert.NoError(t, err)
							mu.Lock()
							times = append(times, time.Since(start))
							mu.Unlock()
							time.Sleep(300 * ms)
							leave()
							leave()
						}()
					}
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				assert.Equal(t, tc.want, times)
				site.empty(t)
				began := time.Now()
				_, err := rooms[0].Enter(t.Context(), key, nil, nil)
				require.NoError(t, err)
				assert.Zero(t, time.Since(began), "who comes later needs no turn")
			})
		})
	}
}

// One that has its turn elsewhere is told to wait again: those who were let go
// here meanwhile wait too.
func TestRoom_Turns_anotherHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var site tabs
		rooms := site.rooms(2)
		start := time.Now()
		rooms[0].Hold(key, start.Add(time.Second))
		rooms[1].HoldRemote(key, start.Add(1001*time.Millisecond)) // after the other
		var told []time.Duration
		var went time.Duration
		go func() {
			leave, err := rooms[1].Enter(t.Context(), key, nil, func(until time.Time) { told = append(told, until.Sub(start)) })
			assert.NoError(t, err)
			went = time.Since(start)
			leave()
		}()
		leave, err := rooms[0].Enter(t.Context(), key, nil, nil)
		require.NoError(t, err)
		synctest.Wait()
		require.Zero(t, went)
		time.Sleep(100 * time.Millisecond)
		rooms[0].Hold(key, start.Add(9*time.Second))
		leave()
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, 9*time.Second, went)
		assert.Equal(t, []time.Duration{1001 * time.Millisecond, 9 * time.Second}, told)
		site.empty(t)
	})
}

func TestRoom_Turns_cancelAndNow(t *testing.T) {
	for name, stop := range map[string]bool{"canceled": true, "now": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var site tabs
				stopped := errors.New("stopped")
				rooms := site.rooms(2)
				rooms[0].Hold(key, time.Now().Add(time.Second))
				_, err := rooms[0].Enter(t.Context(), key, nil, nil) // stays
				require.NoError(t, err)
				ctx, cancel := context.WithCancelCause(t.Context())
				now := make(chan struct{})
				go func() {
					time.Sleep(time.Second)
					if stop {
						cancel(stopped)
					} else {
						now <- struct{}{}
					}
				}()
				start := time.Now()
				leave, err := rooms[1].Enter(ctx, key, now, nil)
				assert.Equal(t, time.Second, time.Since(start))
				if stop {
					assert.ErrorIs(t, err, stopped)
					assert.Nil(t, leave)
				} else {
					require.NoError(t, err)
					leave()
				}
				assert.Empty(t, site.queue, "its place is free")
				cancel(nil)
			})
		})
	}
}

// A turn that never comes is waited for no longer than a hold, and holds that are
// told again and again meanwhile make no difference.
func TestRoom_Turns_neverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := &wait.Room{Turns: func(string) (<-chan struct{}, func()) { return make(chan struct{}), func() {} }}
		start := time.Now()
		room.Hold(key, start.Add(time.Second))
		stop := make(chan struct{})
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Second):
					room.HoldRemote(key, time.Now().Add(time.Hour))
				}
			}
		}()
		_, err := room.Enter(t.Context(), key, nil, nil)
		require.NoError(t, err)
		assert.LessOrEqual(t, time.Since(start), 2*wait.DefaultMax+time.Second)
		close(stop)
	})
}

func TestRoom_Turns_none(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := 0
		room := &wait.Room{Turns: func(string) (<-chan struct{}, func()) { return nil, func() { left++ } }}
		start := time.Now()
		room.Hold(key, start.Add(time.Second))
		leave, err := room.Enter(t.Context(), key, nil, nil)
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(start))
		leave()
		assert.Equal(t, 1, left)
	})
}

// A hold that proved too long ends for all tabs; those who heard of it from
// another tab tell nobody.
func TestRoom_Lift_allTabs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var told []time.Time
		rooms := [2]wait.Room{}
		rooms[0].OnHold = func(key string, until time.Time) {
			told = append(told, until)
			if until.IsZero() {
				rooms[1].LiftRemote(key)
			} else {
				rooms[1].HoldRemote(key, until)
			}
		}
		rooms[1].OnHold = func(string, time.Time) { assert.Fail(t, "it answers") }
		rooms[0].Hold(key, start.Add(time.Minute))
		times := in(t, &rooms[1], 2, 300*time.Millisecond)
		time.Sleep(time.Second)
		rooms[0].Lift(key, start.Add(2*time.Minute)) // there is no such hold
		synctest.Wait()
		require.Empty(t, *times)
		rooms[0].Lift(key, start.Add(time.Minute))
		rooms[0].Lift(key, start.Add(time.Minute))
		time.Sleep(time.Second)
		synctest.Wait()
		assert.Equal(t, []time.Duration{time.Second, 1300 * time.Millisecond}, *times)
		assert.Equal(t, []time.Time{start.Add(time.Minute), {}}, told)
		rooms[1].LiftRemote(key)
		rooms[1].LiftRemote("another key")
	})
}
