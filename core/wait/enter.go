package wait

import (
	"context"
	"time"
)

// Enter returns when an attempt with the key may start: at once while the key is
// not held and nobody waits for it, otherwise at the end of the hold and when all
// who came earlier have gone. They go one at a time, each when the one before has
// left or after Turn.
//
// The caller calls leave when the response's head has come or the attempt has
// ended, whichever is first; more calls do nothing. leave is nil if err is not.
//
// A value from now lets this caller alone go at once. What is sent outside the
// wait is not received; senders should not block on it. onWait is told, on the
// caller's goroutine, that Enter waits, and until when the key is held; and again
// when that changes. A moment in the past means that only others come first. Both
// may be nil.
//
// When ctx ends, Enter returns context.Cause of it at once.
func (r *Room) Enter(ctx context.Context, key string, now <-chan struct{}, onWait func(until time.Time)) (leave func(), err error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	for {
		g, v := r.queue(key)
		if g == nil {
			return func() {}, nil
		}
		leave = func() { r.leave(key, g, v) }
		alone, err := r.await(ctx, g, v, now, onWait)
		if r.Turns != nil && !alone && err == nil {
			turn, back := r.Turns(key)
			leave = func() { r.leave(key, g, v); back() }
			alone, err = r.awaitTurn(ctx, g, turn, now)
		}
		switch {
		case err != nil:
			leave() // the turn may have come in the same moment
			return nil, err
		case alone:
			return leave, nil
		case r.Until(key).IsZero():
			r.went(g)
			return leave, nil
		}
		// The one who went before has been told to wait again.
		leave()
	}
}

// await waits until the visit is let go; alone tells that now had a value first.
func (r *Room) await(ctx context.Context, g *gate, v *visit, now <-chan struct{}, onWait func(time.Time)) (alone bool, err error) {
	for {
		select {
		case <-v.turn:
			return false, nil
		default:
		}
		if onWait != nil {
			onWait(r.until(g))
		}
		select {
		case <-v.turn:
		case <-v.moved:
		case <-now:
			r.unqueue(g, v)
			return true, nil
		case <-ctx.Done():
			r.unqueue(g, v)
			return false, context.Cause(ctx)
		}
	}
}

// awaitTurn does so for the turn among all Rooms, but not for ever.
func (r *Room) awaitTurn(ctx context.Context, g *gate, turn, now <-chan struct{}) (alone bool, err error) {
	if turn == nil {
		return false, nil
	}
	r.out(g, 1)
	defer r.out(g, -1)
	timer := time.NewTimer(r.max())
	defer timer.Stop()
	select {
	case <-turn:
	case <-timer.C:
	case <-now:
		return true, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
	return false, nil
}

// out notes that so many more wait for a turn among all Rooms.
func (r *Room) out(g *gate, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g.out += n
}

// went notes that somebody was let go.
func (r *Room) went(g *gate) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g.since = time.Now()
}

// queue puts a visit into the key's queue; the gate is nil if there is none.
func (r *Room) queue(key string) (*gate, *visit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.gates) == 0 {
		return nil, nil // the usual case needs no clock
	}
	now := time.Now()
	r.sweep(now)
	g := r.gates[key]
	if g == nil {
		return nil, nil
	}
	v := &visit{turn: make(chan struct{}), moved: make(chan struct{}, 1)}
	g.queue = append(g.queue, v)
	r.step(g, now)
	return g, v
}

func (r *Room) unqueue(g *gate, v *visit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	g.unqueue(v)
	r.step(g, time.Now())
}

func (r *Room) leave(key string, g *gate, v *visit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !g.leave(v) {
		return
	}
	now := time.Now()
	r.step(g, now)
	// An attempt went through and asked for no other wait: the key is free.
	if g.turn == nil && len(g.queue) == 0 && !now.Before(g.until) && r.gates[key] == g {
		delete(r.gates, key)
	}
}
