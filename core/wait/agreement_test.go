package wait

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
)

// live runs s with goroutines, timers, retry.Policy and Rooms, in virtual time.
func (s setup) live(t *testing.T) outcome {
	start := time.Now()
	var mu sync.Mutex
	var srv server
	request := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return srv.request(time.Since(start))
	}
	refusal := failure.New(failure.RateLimit, 429)
	refusal.RetryAfter = s.after

	stream := func(room *Room, id int) {
		time.Sleep(breaks(id/s.streams, id%s.streams))
		chance := chance(id)
		leave := func() {}
		policy := retry.Policy{Delays: s.delays, Random: rand.New(chance).Float64}
		err := policy.Do(t.Context(), func(ctx context.Context) (err error) {
			if s.shared {
				leave, err = room.Enter(ctx, "key", nil, nil)
				if err != nil {
					return err
				}
			}
			if !request() {
				time.Sleep(refuseTime)
				return &failure.Error{Failure: refusal}
			}
			time.Sleep(serveTime)
			leave()
			return nil
		}, func(_ int, _ error, delay time.Duration) {
			room.Hold("key", time.Now().Add(s.hold(delay, chance)))
			leave()
		})
		assert.NoError(t, err)
	}

	var all sync.WaitGroup
	for client := range s.clients {
		room := new(Room)
		for i := range s.streams {
			all.Go(func() { stream(room, client*s.streams+i) })
		}
	}
	all.Wait()
	return srv.outcome
}

// The simulation is a model: where both can run, it must count what real Rooms
// and the real retry loop do.
func TestSimulationAgreesWithRooms(t *testing.T) {
	for _, clients := range []int{1, 3, 10, 100} {
		for _, after := range []time.Duration{0, 10 * time.Second} {
			for _, strategy := range strategies {
				t.Run(fmt.Sprint(clients, " ", after, " ", strategy.name), func(t *testing.T) {
					s := setup{strategy: strategy, clients: clients, streams: 5, after: after}
					synctest.Test(t, func(t *testing.T) {
						got := s.live(t)
						require.Equal(t, 5*clients, got.Served)
						assert.Equal(t, got, s.run())
					})
				})
			}
		}
	}
}
