package wait

import (
	"slices"
	"time"
)

// visit is one Enter that did not pass at once.
type visit struct {
	// turn is closed when the visit may go.
	turn chan struct{}
	// moved receives a value when the hold was extended.
	moved chan struct{}
}

// gate is the state of one key. It reads no clock and starts nothing, so that
// the simulation can run a hundred thousand of them in one loop.
type gate struct {
	// until is the end of the hold.
	until time.Time
	// since is when somebody went last, at first the begin of the hold.
	since time.Time
	// queue are the visits that wait, in the order in which they came.
	queue []*visit
	// turn is the visit that was let go last and has not left, nil if none is.
	turn *visit
	// turnEnds is when turn holds the others up no longer.
	turnEnds time.Time
	// out is how many were let go and wait for those of other Rooms.
	out int
	// timer steps the gate at the next moment that matters to the queue.
	timer *time.Timer
}

// hold extends the hold, and reports whether it did.
func (g *gate) hold(until time.Time) bool {
	if !until.After(g.until) {
		return false
	}
	g.until = until
	return true
}

// opens returns the first moment at which the queue's first may go.
func (g *gate) opens() time.Time {
	if g.turn != nil && g.turnEnds.After(g.until) {
		return g.turnEnds
	}
	return g.until
}

// next takes the visit out of the queue that may go now, nil if none may.
func (g *gate) next(now time.Time, turn time.Duration) *visit {
	if len(g.queue) == 0 || now.Before(g.opens()) {
		return nil
	}
	v := g.queue[0]
	g.queue = slices.Delete(g.queue, 0, 1)
	g.turn, g.turnEnds = v, now.Add(turn)
	return v
}

// unqueue makes the gate forget a visit that waits.
func (g *gate) unqueue(v *visit) {
	if i := slices.Index(g.queue, v); i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
}

// leave ends the turn of v, and reports whether v had it.
func (g *gate) leave(v *visit) bool {
	if g.turn != v {
		return false
	}
	g.turn = nil
	return true
}

// over reports whether the gate can be forgotten. It outlives its hold by one turn:
// streams that waited elsewhere for the same moment come an instant later, and
// must find it to go one by one.
func (g *gate) over(now time.Time, turn time.Duration) bool {
	return len(g.queue)+g.out == 0 && !now.Before(g.opens()) && !now.Before(g.until.Add(turn))
}
