package wait

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// guest is one caller of Enter in a random run.
type guest struct {
	cancel context.CancelFunc
	now    chan struct{}
	leave  func()
	err    error
	done   bool // Enter has returned
	told   time.Time
}

// run is a random run of one key of a Room, and what must be true of it.
type run struct {
	t        *testing.T
	room     *Room
	held     time.Time // no guest before
	came     time.Time // the end of the last turn's Turn
	turn     *guest    // was let go last and has not left
	waiting  []*guest  // in order
	inside   []*guest  // have entered and may leave
	let      time.Time // when somebody was let go last, or the hold began
	known    bool      // the Room remembers the key
	canceled error
}

const (
	testMax  = 10 * time.Second
	testTurn = time.Second
)

// settle waits until nothing moves, and compares who has been let go with who
// must have been.
func (r *run) settle() {
	synctest.Wait()
	now := time.Now()
	for len(r.waiting) > 0 && !now.Before(r.held) && (r.turn == nil || !now.Before(r.came)) {
		g := r.waiting[0]
		r.waiting = r.waiting[1:]
		require.True(r.t, g.done, "a guest whose turn it is waits")
		require.NoError(r.t, g.err)
		r.inside = append(r.inside, g)
		r.turn, r.came, r.let = g, now.Add(testTurn), now
	}
	for _, g := range r.waiting {
		require.False(r.t, g.done, "a guest went before its time")
		require.True(r.t, g.told.Equal(r.held), "a guest was told %v, not %v", g.told, r.held)
	}
	if now.Before(r.held) {
		require.True(r.t, r.room.Until("key").Equal(r.held))
	} else {
		require.Zero(r.t, r.room.Until("key"))
	}
}

func (r *run) enter() {
	ctx, cancel := context.WithCancelCause(r.t.Context())
	g := &guest{now: make(chan struct{}), cancel: func() { cancel(r.canceled) }}
	go func() {
		g.leave, g.err = r.room.Enter(ctx, "key", g.now, func(until time.Time) { g.told = until })
		g.done = true
	}()
	synctest.Wait()
	if r.forget(); r.known {
		r.waiting = append(r.waiting, g) // settle lets it go if it may
		return
	}
	require.True(r.t, g.done, "the key is free")
	require.NoError(r.t, g.err)
	r.inside = append(r.inside, g)
}

// forget notices that the key has been free for a while.
func (r *run) forget() {
	now := time.Now()
	busy := r.turn != nil && now.Before(r.came)
	if len(r.waiting) == 0 && !busy && !now.Before(r.held.Add(testTurn)) {
		r.known, r.turn = false, nil
	}
}

// sleep stops wherever somebody may be let go.
func (r *run) sleep(d time.Duration) {
	for end := time.Now().Add(d); ; {
		next := end
		if len(r.waiting) > 0 {
			opens := r.held
			if r.turn != nil && r.came.After(opens) {
				opens = r.came
			}
			if opens.Before(end) {
				next = opens
			}
		}
		time.Sleep(time.Until(next))
		r.settle()
		if next.Equal(end) {
			return
		}
	}
}

func (r *run) hold(d time.Duration, remote bool) {
	now := time.Now()
	until := now.Add(min(d, testMax))
	if r.forget(); !r.known && d > 0 {
		r.known, r.let, r.turn = true, now, nil
	}
	if remote && until.After(r.let.Add(testMax)) {
		until = r.let.Add(testMax)
	}
	if d > 0 && until.After(r.held) {
		r.held = until
	}
	if remote {
		r.room.HoldRemote("key", now.Add(d))
	} else {
		r.room.Hold("key", now.Add(d))
	}
}

// take takes one of the guests out, nil if there is none.
func take(from *[]*guest, n int) *guest {
	if len(*from) == 0 {
		return nil
	}
	i := n % len(*from)
	g := (*from)[i]
	*from = slices.Delete(*from, i, i+1)
	return g
}

// play plays the bytes, two an operation, and then lets all go home.
func play(t *testing.T, ops []byte) {
	r := &run{t: t, canceled: errors.New("stopped"), room: &Room{Max: testMax, Turn: testTurn}}
	for ; len(ops) >= 2; ops = ops[2:] {
		n := int(ops[1])
		switch ops[0] % 9 {
		case 0, 1:
			r.enter()
		case 2:
			r.hold(time.Duration(n-20)*100*time.Millisecond, false)
		case 3:
			r.hold(time.Duration(n-20)*100*time.Millisecond, true)
		case 4, 5:
			r.sleep(time.Duration(n) * 20 * time.Millisecond)
		case 6:
			if g := take(&r.inside, n); g != nil {
				r.leave(g)
			}
		case 7:
			if g := take(&r.waiting, n); g != nil {
				g.cancel()
				synctest.Wait()
				require.True(t, g.done)
				require.ErrorIs(t, g.err, r.canceled)
				require.Nil(t, g.leave)
			}
		case 8:
			if g := take(&r.waiting, n); g != nil {
				g.now <- struct{}{}
				synctest.Wait()
				require.True(t, g.done)
				require.NoError(t, g.err)
				r.inside = append(r.inside, g)
			}
		}
		r.settle()
	}
	for range r.waiting { // nobody leaves, and still nobody waits for ever
		if wait := time.Until(r.held); wait > 0 {
			r.sleep(wait)
		}
		r.sleep(testTurn)
	}
	require.Empty(t, r.waiting)
	for g := take(&r.inside, 0); g != nil; g = take(&r.inside, 0) {
		r.leave(g)
	}
	time.Sleep(testMax + testTurn)
	leave, err := r.room.Enter(t.Context(), "another key", nil, nil)
	require.NoError(t, err)
	leave()
	require.Empty(t, r.room.gates, "something is remembered")
}

func (r *run) leave(g *guest) {
	g.leave()
	g.leave()
	if r.turn != g {
		return
	}
	r.turn = nil
	if len(r.waiting) == 0 && !time.Now().Before(r.held) {
		r.known = false
	}
}

func TestRoom_random(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		ops := make([]byte, 2*(10+random.IntN(150)))
		for i := range ops {
			ops[i] = byte(random.UintN(256))
		}
		synctest.Test(t, func(t *testing.T) { play(t, ops) })
		if t.Failed() {
			assert.Fail(t, "failed", "seed %d", seed)
			return
		}
	}
}

func FuzzRoom(f *testing.F) {
	f.Add([]byte{2, 40, 0, 0, 0, 0, 7, 0, 4, 200, 6, 0, 8, 0})
	f.Fuzz(func(t *testing.T, ops []byte) {
		synctest.Test(t, func(t *testing.T) { play(t, ops[:min(len(ops), 600)]) })
	})
}
