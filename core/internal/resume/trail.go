package resume

import (
	"math"
	"strconv"
)

// MaxPoints is how many events with an id are remembered, which takes 1 MiB. Where
// the ids count, the oldest are forgotten, as their numbers still tell them. With
// other ids a longer reply is not resumed: what the server sends twice could no
// longer be told.
const MaxPoints = 64 << 10

// point is an event that had an id.
type point struct {
	// token is the hash of the id.
	token uint64
	// event is the hash of the event.
	event uint64
}

// trail is the events of a reply that had an id of their own, a token, in order.
// An event's place in it counts from 0.
type trail struct {
	points []point
	// forgotten is how many events came before points.
	forgotten int
	// counting: the tokens are whole numbers, each one more than the one before.
	counting bool
	// last is the number of the last token, if they count.
	last int64
	// index finds places by the hashes of tokens, as long as none is forgotten. It
	// is made by clone.
	index map[uint64]int
}

// clone returns a trail that can be searched, and goes on by itself.
func (t *trail) clone() trail {
	n := *t
	n.points, n.index = append([]point(nil), t.points...), nil
	if t.forgotten == 0 {
		n.index = t.places()
	}
	return n
}

// places returns the last places of the tokens that are remembered, by their hashes.
func (t *trail) places() map[uint64]int {
	index := make(map[uint64]int, len(t.points))
	for i, p := range t.points {
		index[p.token] = i
	}
	return index
}

func (t *trail) len() int { return t.forgotten + len(t.points) }

// add notes the next event. It returns false if the trail can no longer tell what is
// sent twice.
func (t *trail) add(token []byte, event uint64) (ok bool) {
	n, isNumber := count(token)
	t.counting = t.counting && isNumber && (t.len() == 0 || n == t.last+1)
	t.last = n
	switch {
	case !t.counting && (t.forgotten > 0 || len(t.points) == MaxPoints):
		return false
	case len(t.points) == MaxPoints:
		kept := copy(t.points, t.points[MaxPoints/2:])
		t.forgotten += len(t.points) - kept
		t.points = t.points[:kept]
	}
	t.points = append(t.points, point{Hash(token, nil), event})
	return true
}

// find returns the place of the event that had a token. It is false where there is
// none.
func (t *trail) find(token []byte) (at int, ok bool) {
	if t.forgotten == 0 {
		at, ok = t.index[Hash(token, nil)]
		return at, ok
	}
	n, ok := count(token)
	if !ok || n > t.last || t.last-n >= int64(t.len()) {
		return 0, false
	}
	return t.len() - 1 - int(t.last-n), true
}

// same reports whether the event at a place has that hash, as far as it is
// remembered. No replay is taken for the reply by forgotten events alone: it goes
// through the others before anything new.
func (t *trail) same(at int, event uint64) bool {
	return at < t.forgotten || t.points[at-t.forgotten].event == event
}

// mayFollow reports whether a token may follow the last one: where they count, none
// is left out.
func (t *trail) mayFollow(token []byte) bool {
	if !t.counting || t.len() < 2 {
		return true
	}
	n, ok := count(token)
	return ok && n == t.last+1
}

// isDistinct reports whether each token names one place.
func (t *trail) isDistinct() bool {
	return t.counting || len(t.places()) == len(t.points)
}

// count returns the whole number that a token is.
func count(token []byte) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(token), 10, 64)
	return n, err == nil && n >= 0 && n < math.MaxInt64
}
