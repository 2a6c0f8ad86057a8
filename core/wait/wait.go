// Package wait makes streams wait together: when a provider asks one of them to
// wait, none with the same key starts an attempt before that moment, and
// afterwards they go one by one. The first to go finds out whether the provider
// has recovered; the others need not.
package wait

import (
	"sync"
	"time"
)

const (
	// DefaultMax is the longest hold, unless the Room says otherwise.
	DefaultMax = 5 * time.Minute
	// DefaultTurn is how long one stream may hold up the next, unless the Room
	// says otherwise.
	DefaultTurn = time.Second
	// MaxKeys is how many keys a Room remembers. Holds of more keys are ignored.
	MaxKeys = 1000
)

// Room is where the streams of a page or a process wait. Its zero value is ready
// to use; it must not be copied. All methods are safe for concurrent use.
//
// A Room starts no goroutine, has a timer only while somebody waits, and forgets
// a key that is neither held nor waited for. Keys mean nothing to it: give those
// streams one key that a provider counts together, such as an origin and a hash
// of the credential.
type Room struct {
	// Max is the longest hold; 0 means DefaultMax. A longer one is shortened, so
	// that no mistake blocks a key for ever. Set it before the first use.
	Max time.Duration
	// Turn is the longest that a stream which was let go, and has not left, holds
	// up the next; 0 means DefaultTurn. Set it before the first use.
	Turn time.Duration
	// OnHold is called for each Hold that makes a key wait longer, to tell the other
	// tabs of a site, and with the zero time of each Lift. It runs within them, may
	// call the Room, and may be nil. Set it before the first use.
	OnHold func(key string, until time.Time)
	// Turns has those who were let go here after a wait take turns with those of
	// other Rooms, such as the other tabs of a site. granted is closed when the
	// turn has come, nil if it needs no waiting for; leave gives the turn back, or
	// the place in the queue, and more calls do nothing. Whoever has waited Max
	// goes without it. It runs within Enter, must not block, and may be nil. Set it
	// before the first use.
	Turns func(key string) (granted <-chan struct{}, leave func())

	mu    sync.Mutex
	gates map[string]*gate
}

func (r *Room) max() time.Duration {
	if r.Max <= 0 {
		return DefaultMax
	}
	return r.Max
}

func (r *Room) turn() time.Duration {
	if r.Turn <= 0 {
		return DefaultTurn
	}
	return r.Turn
}

// Hold keeps everybody with the key from starting before until. Of several holds
// the latest counts. A stream that was let go calls Hold before it leaves;
// otherwise the next has gone by then.
func (r *Room) Hold(key string, until time.Time) {
	if until, ok := r.hold(key, until, false); ok && r.OnHold != nil {
		r.OnHold(key, until)
	}
}

// HoldRemote is Hold for what another tab has told. OnHold does not hear of it,
// so that tabs do not answer each other for ever; and however many holds are
// told, somebody here is let go at least once in Max.
func (r *Room) HoldRemote(key string, until time.Time) { r.hold(key, until, true) }

// Lift ends the hold until that moment early: somebody asked before it was over,
// and was served. A hold that was made longer since stays. The others go one by
// one.
func (r *Room) Lift(key string, until time.Time) {
	if r.lift(key, until) && r.OnHold != nil {
		r.OnHold(key, time.Time{})
	}
}

// LiftRemote is Lift for what another tab has told, whatever the hold here.
func (r *Room) LiftRemote(key string) { r.lift(key, r.Until(key)) }

// lift reports whether there was such a hold.
func (r *Room) lift(key string, until time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	g, now := r.gates[key], time.Now()
	if g == nil || !g.until.Equal(until) || !now.Before(until) {
		return false
	}
	g.until = now
	r.move(g, now)
	return true
}

// hold returns the end of the hold, and whether it is new.
func (r *Room) hold(key string, until time.Time, remote bool) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// Counted from now, until keeps its meaning when the wall clock is set.
	now := time.Now()
	until = now.Add(min(until.Sub(now), r.max()))
	if !until.After(now) {
		return until, false
	}
	r.sweep(now)
	g := r.gates[key]
	if g == nil {
		if len(r.gates) >= MaxKeys {
			return until, false
		}
		if r.gates == nil {
			r.gates = make(map[string]*gate)
		}
		g = &gate{since: now}
		r.gates[key] = g
	}
	if limit := g.since.Add(r.max()); remote && until.After(limit) {
		until = limit
	}
	if !g.hold(until) {
		return until, false
	}
	r.move(g, now)
	return until, true
}

// move wakes those who wait, as the hold has another end.
func (r *Room) move(g *gate, now time.Time) {
	for _, v := range g.queue {
		select {
		case v.moved <- struct{}{}:
		default: // told already, and has not looked yet
		}
	}
	r.step(g, now)
}

// Until returns the end of the key's hold, and the zero time while it is not held.
func (r *Room) Until(key string) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if g := r.gates[key]; g != nil && time.Now().Before(g.until) {
		return g.until
	}
	return time.Time{}
}

// IsFree reports whether Enter would return at once, and leave mean nothing.
func (r *Room) IsFree(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.gates) > 0 {
		r.sweep(time.Now())
	}
	return r.gates[key] == nil
}

func (r *Room) until(g *gate) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return g.until
}

// step lets go who may go, and sees to it that the next one will be. A timer
// that nobody waits for would keep a Node process alive.
func (r *Room) step(g *gate, now time.Time) {
	if v := g.next(now, r.turn()); v != nil {
		close(v.turn)
	}
	switch wait := g.opens().Sub(now); {
	case len(g.queue) == 0:
		if g.timer != nil {
			g.timer.Stop()
		}
	case g.timer != nil:
		g.timer.Reset(wait)
	default:
		g.timer = time.AfterFunc(wait, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.step(g, time.Now())
		})
	}
}

// sweep forgets the keys that are over.
func (r *Room) sweep(now time.Time) {
	for key, g := range r.gates {
		if g.over(now, r.turn()) {
			delete(r.gates, key)
		}
	}
}
