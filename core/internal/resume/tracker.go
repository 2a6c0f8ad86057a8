// Package resume notes how far the reading of a reply got, says how to ask for the
// rest, and finds the place again in the answer.
package resume

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	// MaxPoints is how many events with an id are remembered. A longer reply is
	// not resumed: what the server sends twice could no longer be told.
	MaxPoints = 64 << 10
	// maxItems is how many parts of a reply are remembered.
	maxItems = 1 << 10
	// MaxMisses is after how many events of substance without an id a stream
	// counts as one that has none.
	MaxMisses = 16
)

// point is an event that had an id: the hashes of the id and of the event.
type point struct{ token, event uint64 }

// Tracker notes how far a reader got, and finds the place again in an answer
// that should go on from there. Make it with New.
type Tracker struct {
	// reply is the id of the reply and replies how many ids were seen; told counts
	// the events that had one.
	reply         string
	replyHash     uint64
	replies, told int
	// openings counts the events that look like the first of a reply.
	openings int
	// stored: the provider keeps the reply.
	stored bool

	// number is the last event's number, -1 before the first.
	number int64
	items  []uint64

	// sseID is the last event id of the current stream, token that of the last
	// event that had one of its own, points all such events.
	sseID, token []byte
	points       []point
	// loose: something of substance came after the token.
	loose bool
	// counting: the tokens are whole numbers, each one more than the one before.
	counting bool
	last     int64
	misses   int

	// odd: what the events say of their place cannot be relied on. over: nothing
	// follows in this reply.
	odd, over bool

	// The rest is of a resumed stream. index finds points, until joined; then the
	// answer has passed the place where it broke off.
	isResumed, joined bool
	index             map[uint64]int
	// next is the point that a replay must come to next, -1 outside of a replay.
	next int
	// from is the number of the answer's last event, -1 before the first.
	from int64
	// any: the answer has had an event. unsure: events were skipped that the
	// replay alone explains.
	any, unsure bool
}

// New returns a tracker for a reply from its beginning.
func New() *Tracker { return &Tracker{number: -1, next: -1, from: -1, counting: true} }

// Resumed returns a tracker for the stream that goes on from t.
func (t *Tracker) Resumed() *Tracker {
	n := *t
	n.items = append([]uint64(nil), t.items...)
	n.points = append([]point(nil), t.points...)
	n.token = append([]byte(nil), t.token...)
	n.sseID = nil
	n.isResumed, n.joined, n.any, n.unsure = true, false, false, false
	n.next, n.from = -1, -1
	n.index = make(map[uint64]int, len(t.points))
	for i, p := range t.points {
		n.index[p.token] = i
	}
	return &n
}

func (t *Tracker) way(d *dialect.Dialect) dialect.Way {
	if d == nil || d.Way == dialect.ByNumber && !t.stored {
		return dialect.BySSE
	}
	return d.Way
}

// resumable reports whether the token names one place, and all that came before.
func (t *Tracker) resumable() bool {
	if t.loose || len(t.points) == 0 {
		return false
	}
	seen := make(map[uint64]struct{}, len(t.points))
	for _, p := range t.points {
		if _, twice := seen[p.token]; twice {
			return false
		}
		seen[p.token] = struct{}{}
	}
	return true
}

// Place returns where an event stands: what the event says of it, and its framing.
func (t *Tracker) Place(d *dialect.Dialect, ev sse.Event, p *dialect.Place) (at Place) {
	at.Place = p
	t.stored = t.stored || p.Opens && p.Stored && !t.isResumed
	if d != nil && d.Way == dialect.ByEventID {
		return at
	}
	// An id holds for all events until the next one.
	if p.Token = nil; !bytes.Equal(ev.ID, t.sseID) {
		p.Token = ev.ID
	}
	if len(ev.ID) > maxEventID {
		t.odd = true
		p.Token = nil
	} else {
		t.sseID = append(t.sseID[:0], ev.ID...)
	}
	if len(p.Token) > 0 {
		at.hash = Hash(ev.Type, ev.Data)
	}
	return at
}

// Place is where an event stands in its reply, ready for Join and Follow.
type Place struct {
	*dialect.Place
	// hash is the event's, where its id can come again with other data.
	hash uint64
}

// Fail notes that the attempt has failed, by an event of its server's if it is not
// damaged.
func (t *Tracker) Fail(damaged bool) { t.over = t.over || !damaged }

// Waiting reports whether an answer has not reached yet the place that was asked for.
func (t *Tracker) Waiting() bool { return t.isResumed && !t.joined }

// Useless reports whether the stream has no ids, and need not be tracked.
func (t *Tracker) Useless() bool { return t.misses >= MaxMisses }

// Follow notes an event that was read: progress tells that it is of substance, done
// that it is the last. It returns false if the event cannot be in a stream that goes
// on from the place that was asked for.
func (t *Tracker) Follow(p Place, d *dialect.Dialect, progress, done bool) (ok bool) {
	w := t.way(d)
	t.identify(p)
	if len(p.NewItem) > 0 && len(t.items) < maxItems {
		t.items = append(t.items, Hash(p.NewItem, nil))
	}
	if w == dialect.ByNumber {
		switch {
		case p.Numbered && p.Number == t.number+1:
			t.number++
		case p.Numbered || progress && !done:
			t.odd = true
			return !t.isResumed
		}
		return true
	}
	switch {
	case len(p.Token) > 0:
		t.loose = false
		t.step(p.Token)
		t.token = append(t.token[:0], p.Token...)
		t.odd = t.odd || len(t.points) == MaxPoints
		if !t.odd {
			t.points = append(t.points, point{Hash(p.Token, nil), p.hash})
		}
	case progress:
		t.loose = true
		if len(t.points) == 0 {
			t.misses++
		}
		// Nothing tells that such an event of an answer is the next one.
		return !t.isResumed || t.joined || w == dialect.ByEventID
	}
	return true
}

// identify notes which reply an event belongs to.
func (t *Tracker) identify(p Place) {
	if p.Opens {
		t.openings++
	}
	if len(p.Reply) == 0 {
		return
	}
	t.told++
	switch h := Hash(p.Reply, nil); {
	case t.replies == 0:
		t.replies, t.replyHash = 1, h
		if len(p.Reply) <= MaxPathID {
			t.reply = string(p.Reply)
		}
	case h != t.replyHash:
		t.replies = 2
	}
}

// knows reports whether an item has begun in this reply.
func (t *Tracker) knows(item []byte) bool {
	return len(item) == 0 || len(t.items) == maxItems || slices.Contains(t.items, Hash(item, nil))
}

// step notes whether the tokens count.
func (t *Tracker) step(token []byte) {
	n, ok := count(token)
	t.counting = t.counting && ok && (len(t.points) == 0 || n == t.last+1)
	t.last = n
}

// counts reports whether a token may follow the last one: where they count, none
// is left out.
func (t *Tracker) counts(token []byte) bool {
	if !t.counting || len(t.points) < 2 {
		return true
	}
	n, ok := count(token)
	return ok && n == t.last+1
}

func count(token []byte) (n int64, ok bool) {
	n, err := strconv.ParseInt(string(token), 10, 64)
	return n, err == nil && n >= 0 && n < math.MaxInt64
}

// Hash is FNV-1a of both parts.
func Hash(a, b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range a {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h *= 1099511628211 // the parts do not run together
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
