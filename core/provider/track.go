package provider

import (
	"bytes"
	"math"
	"slices"
	"strconv"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	// maxPoints is how many events with an id are remembered. A longer reply is
	// not resumed: what the server sends twice could no longer be told.
	maxPoints = 64 << 10
	// maxItems is how many parts of a reply are remembered.
	maxItems = 1 << 10
	// maxMisses is after how many events of substance without an id a stream
	// counts as one that has none.
	maxMisses = 16
	// failureLost is what an answer that is no continuation counts as.
	failureLost = failure.Truncated
)

// place is where an event stands in its reply, as far as the event tells. Its
// strings are unquoted.
type place struct {
	// reply is the id of the reply.
	reply []byte
	// opens: a reply begins here. stored: the provider keeps it.
	opens, stored bool
	// number counts the reply's events from 0, if numbered.
	number   int64
	numbered bool
	// token is an id of the event's own.
	token []byte
	// item is the part of the reply that the event adds to, newItem one that it
	// begins.
	item, newItem []byte
	// aside: the event is an error and nothing of the reply itself. status: it only
	// says how the reply is doing.
	aside, status bool
	// hash is of the event, where it matters.
	hash uint64
}

// point is an event that had an id: the hashes of the id and of the event.
type point struct{ token, event uint64 }

// joint is what an event of a resumed stream turns out to be.
type joint uint8

const (
	fresh joint = iota // new, or a stream's own beginning
	skipped
	lost
	restarted
)

// tracker notes how far a reader got, and finds the place again in an answer
// that should go on from there.
type tracker struct {
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

func newTracker() *tracker { return &tracker{number: -1, next: -1, from: -1, counting: true} }

// resumed gives a tracker for the stream that goes on from t.
func (t *tracker) resumed() *tracker {
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

func (t *tracker) way(d *dialect) way {
	if d == nil || d.way == byNumber && !t.stored {
		return bySSE
	}
	return d.way
}

// resumable tells whether the token names one place, and all that came before.
func (t *tracker) resumable() bool {
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

// place reads where an event stands.
func (t *tracker) place(d *dialect, ev sse.Event) (p place) {
	if d != nil && d.place != nil {
		d.place(ev, &p)
	}
	t.stored = t.stored || p.opens && p.stored && !t.isResumed
	if d == nil || d.way != byEventID {
		// An id holds for all events until the next one.
		if p.token = nil; !bytes.Equal(ev.ID, t.sseID) {
			p.token = ev.ID
		}
		if len(ev.ID) > maxEventID {
			t.odd = true
			p.token = nil
		} else {
			t.sseID = append(t.sseID[:0], ev.ID...)
		}
		if len(p.token) > 0 {
			p.hash = hash(ev.Type, ev.Data)
		}
	}
	return p
}

// join finds out what an event of a resumed stream is, before it is read.
func (t *tracker) join(p place, d *dialect) joint {
	if !t.isResumed || p.aside && len(p.token) == 0 {
		return fresh
	}
	first := !t.any
	t.any = true
	w := t.way(d)
	if len(p.reply) > 0 && t.replies == 1 && hash(p.reply, nil) != t.replyHash {
		// Only who asked for a whole reply gets another one. An id that was seen
		// once may be a different one in each event.
		if w == bySSE && first && p.opens && t.told > 1 {
			return restarted
		}
		return lost
	}
	if w == byNumber {
		return t.joinByNumber(p)
	}
	return t.joinByToken(p, w, first)
}

func (t *tracker) joinByNumber(p place) joint {
	if !p.numbered {
		return fresh // follow sees whether it is of substance
	}
	if t.from < 0 && p.number > t.number+1 || t.from >= 0 && p.number != t.from+1 || !t.knows(p.item) {
		return lost
	}
	t.from = p.number
	if p.number <= t.number {
		return skipped
	}
	t.joined = true
	return fresh
}

func (t *tracker) joinByToken(p place, w way, first bool) joint {
	if len(p.token) == 0 {
		switch {
		case t.joined:
			return fresh
		case t.next >= 0:
			t.unsure = t.unsure || t.next == 0 && !p.status
			return skipped
		case p.opens && t.openings == 1:
			if w == bySSE || t.unsure {
				return lost
			}
			// From the beginning, it seems.
			t.next = 0
			return skipped
		}
		t.unsure = t.unsure || !p.status
		return fresh
	}
	at, known := t.index[hash(p.token, nil)]
	switch {
	case !known && t.joined:
		return fresh
	case !known:
		if t.next > 0 || t.next == 0 && t.unsure || w == bySSE && (p.opens && t.openings == 1 || !t.counts(p.token)) {
			return lost
		}
		t.joined = true
		return fresh
	case t.joined, t.next >= 0 && at != t.next, t.next < 0 && t.unsure, w == bySSE && t.points[at].event != p.hash:
		return lost
	}
	t.next = at + 1
	t.joined = t.next == len(t.points)
	return skipped
}

// follow notes an event that was read. It returns false if the event cannot be
// in a stream that goes on from the place that was asked for.
func (t *tracker) follow(p place, d *dialect, s *Signal, ev sse.Event) (ok bool) {
	if s.Failure != nil {
		t.over = t.over || !s.damaged
		return true
	}
	w := t.way(d)
	t.identify(p)
	if len(p.newItem) > 0 && len(t.items) < maxItems {
		t.items = append(t.items, hash(p.newItem, nil))
	}
	if w == byNumber {
		switch {
		case p.numbered && p.number == t.number+1:
			t.number++
		case p.numbered || s.Progress && !s.Done:
			t.odd = true
			return !t.isResumed
		}
		return true
	}
	switch {
	case len(p.token) > 0:
		t.loose = false
		t.step(p.token)
		t.token = append(t.token[:0], p.token...)
		t.odd = t.odd || len(t.points) == maxPoints
		if !t.odd {
			t.points = append(t.points, point{hash(p.token, nil), p.hash})
		}
	case s.Progress:
		t.loose = true
		if len(t.points) == 0 {
			t.misses++
		}
		// Nothing tells that such an event of an answer is the next one.
		return !t.isResumed || t.joined || w == byEventID
	}
	return true
}

// identify notes which reply an event belongs to.
func (t *tracker) identify(p place) {
	if p.opens {
		t.openings++
	}
	if len(p.reply) == 0 {
		return
	}
	t.told++
	switch h := hash(p.reply, nil); {
	case t.replies == 0:
		t.replies, t.replyHash = 1, h
		if len(p.reply) <= maxPathID {
			t.reply = string(p.reply)
		}
	case h != t.replyHash:
		t.replies = 2
	}
}

// knows tells whether an item has begun in this reply.
func (t *tracker) knows(item []byte) bool {
	return len(item) == 0 || len(t.items) == maxItems || slices.Contains(t.items, hash(item, nil))
}

// step notes whether the tokens count.
func (t *tracker) step(token []byte) {
	n, ok := count(token)
	t.counting = t.counting && ok && (len(t.points) == 0 || n == t.last+1)
	t.last = n
}

// counts tells whether a token may follow the last one: where they count, none
// is left out.
func (t *tracker) counts(token []byte) bool {
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

// hash is FNV-1a of both parts.
func hash(a, b []byte) uint64 {
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

// readString reads the string at the cursor, unquoted.
func readString(c *jsonscan.Cursor) []byte {
	raw, ok := c.String()
	if !ok || bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return jsonscan.Unquote(nil, raw)
}

// readID reads an object's string of the name "id".
func readID(c *jsonscan.Cursor) (id []byte) {
	c.Object(func(key []byte) {
		if string(key) == "id" {
			id = readString(c)
		}
	})
	return id
}
