package wait_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/wait"
)

const key = "https://api.example.com 3fa9"

// in calls Enter for n streams, a millisecond apart, each of which stays inside
// for the given time, and gives the times at which they were let go.
func in(t *testing.T, room *wait.Room, n int, stay time.Duration) *[]time.Duration {
	start, times, mu := time.Now(), new([]time.Duration), new(sync.Mutex)
	for i := range n {
		go func() {
			time.Sleep(time.Duration(i) * time.Millisecond)
			leave, err := room.Enter(t.Context(), key, nil, nil)
			if !assert.NoError(t, err) {
				return
			}
			mu.Lock()
			*times = append(*times, time.Since(start))
			mu.Unlock()
			time.Sleep(stay)
			leave()
		}()
	}
	return times
}

func TestRoom_Enter(t *testing.T) {
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		prepare func(*wait.Room)
		stay    time.Duration
		want    []time.Duration
	}{
		"a key that nobody holds": {func(*wait.Room) {}, time.Hour, []time.Duration{0, ms, 2 * ms}},
		"another key is held":     {func(r *wait.Room) { r.Hold("other", time.Now().Add(time.Hour)) }, 0, []time.Duration{0, ms, 2 * ms}},
		"one by one after the hold": {func(r *wait.Room) { r.Hold(key, time.Now().Add(4*time.Second)) }, 300 * ms,
			[]time.Duration{4 * time.Second, 4300 * ms, 4600 * ms}},
		"a request that hangs holds up the next for one turn": {func(r *wait.Room) { r.Hold(key, time.Now().Add(4*time.Second)) }, time.Hour,
			[]time.Duration{4 * time.Second, 5 * time.Second, 6 * time.Second}},
		"a turn of one's own": {func(r *wait.Room) { r.Turn = 2 * time.Second; r.Hold(key, time.Now().Add(4*time.Second)) }, time.Hour,
			[]time.Duration{4 * time.Second, 6 * time.Second, 8 * time.Second}},
		"the latest hold counts": {func(r *wait.Room) {
			r.Hold(key, time.Now().Add(9*time.Second))
			r.Hold(key, time.Now().Add(time.Second))
		}, 0, []time.Duration{9 * time.Second, 9 * time.Second, 9 * time.Second}},
		"a hold that is over": {func(r *wait.Room) { r.Hold(key, time.Now()) }, time.Hour, []time.Duration{0, ms, 2 * ms}},
		"a hold without end": {func(r *wait.Room) { r.Hold(key, time.Now().AddDate(400, 0, 0)) }, 0,
			[]time.Duration{wait.DefaultMax, wait.DefaultMax, wait.DefaultMax}},
		"a maximum of one's own": {func(r *wait.Room) { r.Max = time.Minute; r.HoldRemote(key, time.Now().Add(time.Hour)) }, 0,
			[]time.Duration{time.Minute, time.Minute, time.Minute}},
		// The streams that were refused wait for the same moment by themselves.
		"those who come just after the hold": {func(r *wait.Room) {
			r.Hold(key, time.Now().Add(ms))
			time.Sleep(ms)
		}, 300 * ms, []time.Duration{0, 300 * ms, 600 * ms}},
		"those who come long after it": {func(r *wait.Room) {
			r.Hold(key, time.Now().Add(ms))
			time.Sleep(ms + wait.DefaultTurn)
		}, time.Hour, []time.Duration{0, ms, 2 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := new(wait.Room)
				tc.prepare(room)
				times := in(t, room, 3, tc.stay)
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				assert.Equal(t, tc.want, *times)
				time.Sleep(time.Hour)
			})
		})
	}
}

func TestRoom_anotherHoldStopsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(key, time.Now().Add(time.Second))
		first := in(t, room, 1, 100*time.Millisecond)
		synctest.Wait()
		rest := in(t, room, 2, 0)
		time.Sleep(1050 * time.Millisecond)
		synctest.Wait()
		require.Len(t, *first, 1)
		room.Hold(key, time.Now().Add(5*time.Second)) // the first was refused
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []time.Duration{6050 * time.Millisecond, 6050 * time.Millisecond}, *rest)
	})
}

func TestRoom_theKeyIsFreeAfterOneSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(key, time.Now().Add(time.Second))
		in(t, room, 1, 100*time.Millisecond)
		time.Sleep(1200 * time.Millisecond)
		times := in(t, room, 2, time.Hour)
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []time.Duration{0, time.Millisecond}, *times)
		time.Sleep(time.Hour)
	})
}

func TestRoom_cancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(key, time.Now().Add(time.Minute))
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel(stopped)
		}()
		start := time.Now()
		leave, err := room.Enter(ctx, key, nil, nil)
		assert.ErrorIs(t, err, stopped)
		assert.Nil(t, leave)
		assert.Equal(t, time.Second, time.Since(start))

		leave, err = room.Enter(ctx, "a free key", nil, nil)
		assert.ErrorIs(t, err, stopped, "a context that has ended starts nothing")
		assert.Nil(t, leave)
	})
}

// A turn that comes in the moment in which its stream is cancelled goes on.
func TestRoom_cancelInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range 100 {
			room, start := new(wait.Room), time.Now()
			room.Hold(key, start.Add(time.Second))
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				leave, err := room.Enter(ctx, key, nil, func(time.Time) {
					time.Sleep(time.Second)
					cancel()
				})
				if err == nil {
					leave()
				}
			}()
			synctest.Wait()
			leave, err := room.Enter(t.Context(), key, nil, nil)
			require.NoError(t, err)
			require.Equal(t, time.Second, time.Since(start))
			leave()
		}
	})
}

func TestRoom_aLateLeaveChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
		enter := func() func() {
			leave, err := room.Enter(t.Context(), key, nil, nil)
			require.NoError(t, err)
			return leave
		}
		room.Hold(key, time.Now().Add(time.Second))
		late := enter()
		room.Hold(key, time.Now().Add(3*time.Second))
		late()
		time.Sleep(3 * time.Second)
		late()
		start := time.Now()
		enter()
		late()
		enter()
		assert.Equal(t, wait.DefaultTurn, time.Since(start), "the first after the hold has its turn")
	})
}

func TestRoom_now(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
		room.Hold(key, time.Now().Add(time.Minute))
		others, now, start := in(t, room, 2, 0), make(chan struct{}), time.Now()
		go func() {
			time.Sleep(time.Second)
			now <- struct{}{}
		}()
		leave, err := room.Enter(t.Context(), key, now, nil)
		require.NoError(t, err)
		assert.Equal(t, time.Second, time.Since(start))
		leave()
		synctest.Wait()
		assert.Empty(t, *others, "they still wait")
		assert.Equal(t, start.Add(time.Minute), room.Until(key))
		time.Sleep(time.Minute)
		synctest.Wait()
		assert.Equal(t, []time.Duration{time.Minute, time.Minute}, *others)
	})
}

func TestRoom_tellsHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type hold struct {
			key   string
			until time.Duration
		}
		var local []hold
		start, room := time.Now(), new(wait.Room)
		room.OnHold = func(key string, until time.Time) {
			assert.Equal(t, until, room.Until(key), "OnHold may call the Room")
			local = append(local, hold{key, until.Sub(start)})
		}
		assert.Zero(t, room.Until(key))
		room.Hold(key, start.Add(2*time.Second))
		room.Hold(key, start.Add(2*time.Second)) // no longer than before
		room.Hold("b", start.Add(time.Hour))     // shortened
		room.Hold("c", start)                    // over

		var told []time.Duration
		go func() {
			time.Sleep(time.Second)
			room.HoldRemote(key, start.Add(3*time.Second))
			time.Sleep(time.Second)
			room.Hold(key, start.Add(2*time.Second))
			room.Hold(key, start.Add(4*time.Second))
		}()
		_, err := room.Enter(t.Context(), key, nil, func(until time.Time) { told = append(told, until.Sub(start)) })
		require.NoError(t, err)
		synctest.Wait()
		assert.Equal(t, []time.Duration{2 * time.Second, 3 * time.Second, 4 * time.Second}, told)
		assert.Equal(t, []hold{{key, 2 * time.Second}, {"b", wait.DefaultMax}, {key, 4 * time.Second}}, local,
			"what another tab told is not told again")
		assert.Zero(t, room.Until(key))
	})
}

// Another tab that goes wrong may hold the key again and again; one attempt in
// Max still goes.
func TestRoom_HoldRemoteForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
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
		time.Sleep(1500 * time.Millisecond)
		times := in(t, room, 2, 0)
		time.Sleep(11 * time.Minute)
		close(stop)
		synctest.Wait()
		assert.Len(t, *times, 2)
		assert.LessOrEqual(t, (*times)[0], wait.DefaultMax)
		assert.LessOrEqual(t, (*times)[1]-(*times)[0], wait.DefaultMax)
	})
}

func TestRoom_MaxKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := new(wait.Room)
		hold := func(i int) bool {
			name := strconv.Itoa(i)
			room.HoldRemote(name, time.Now().Add(time.Minute))
			return !room.Until(name).IsZero()
		}
		for i := range wait.MaxKeys {
			require.True(t, hold(i))
		}
		assert.False(t, hold(wait.MaxKeys))
		time.Sleep(time.Minute + wait.DefaultTurn)
		assert.True(t, hold(wait.MaxKeys), "those that are over are forgotten")
	})
}

// Many streams at once, for the race detector.
func TestRoom_concurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room := &wait.Room{OnHold: func(string, time.Time) {}}
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				name := strconv.Itoa(i % 3)
				for n := range 5 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*50*time.Millisecond)
					leave, err := room.Enter(ctx, name, nil, func(time.Time) {})
					if err == nil {
						room.Hold(name, time.Now().Add(time.Duration(i*n)*time.Millisecond))
						room.Until(name)
						leave()
					}
					cancel()
				}
			})
		}
		all.Wait()
	})
}

func TestRoom_IsFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var room wait.Room
		assert.True(t, room.IsFree("key"))
		room.Hold("key", time.Now().Add(time.Second))
		assert.False(t, room.IsFree("key"), "it is held")
		assert.True(t, room.IsFree("other"))
		time.Sleep(time.Second)
		leave, err := room.Enter(t.Context(), "key", nil, nil)
		require.NoError(t, err)
		assert.False(t, room.IsFree("key"), "somebody has been let go, and finds out")
		leave()
		assert.True(t, room.IsFree("key"))
	})
}
