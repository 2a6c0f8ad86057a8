// Package resume notes how far the reading of a reply got, says how to ask for the
// rest, and finds the place again in the answer.
package resume

import (
	"bytes"
	"slices"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	// maxItems is how many parts of a reply are remembered.
	maxItems = 1 << 10
	// MaxMisses is after how many events of substance without an id a stream
	// counts as one that has none.
	MaxMisses = 16
)

// Tracker notes how far a reader got, and finds the place again in an answer
// that should go on from there. Make it with New.
type Tracker struct {
	identity

	// number is the last event's number, -1 before the first.
	number int64
	tokens
	answer

	// odd: what the events say of their place cannot be relied on.
	odd bool
	// over: nothing follows in this reply.
	over bool
}

// identity is which reply the events belong to.
type identity struct {
	// reply is the reply's first id; empty if that is too long.
	reply string
	// replyHash is the hash of the first id.
	replyHash uint64
	// replies is how many ids were seen: 0, 1, or 2 for more.
	replies int
	// identified is how many events had an id of the reply.
	identified int
	// openings is how many events look like the first of a reply.
	openings int
	// stored: the provider keeps the reply.
	stored bool
	// items are the hashes of the parts of the reply that have begun.
	items []uint64
}

// tokens are the events' own ids.
type tokens struct {
	// sseID is the last event id of the current stream.
	sseID []byte
	// token is that of the last event that had one of its own.
	token []byte
	// trail is all events that had one.
	trail trail
	// loose: something of substance came after the token.
	loose bool
	// misses is how many events of substance came before any token.
	misses int
}

// answer is what is known of a stream that goes on from a place.
type answer struct {
	// isResumed: the stream is one.
	isResumed bool
	// joined: it has passed the place where the reply broke off.
	joined bool
	// next is the place in the trail that a replay must come to next, -1 outside of
	// a replay.
	next int
	// from is the number of its last event, -1 before the first.
	from int64
	// begun: it has had an event.
	begun bool
	// unsure: events were skipped that the replay alone explains.
	unsure bool
}

// New returns a tracker for a reply from its beginning.
func New() *Tracker {
	return &Tracker{number: -1, tokens: tokens{trail: trail{counting: true}}, answer: answer{next: -1, from: -1}}
}

// Resumed returns a tracker for the stream that goes on from t.
func (t *Tracker) Resumed() *Tracker {
	n := *t
	n.items = append([]uint64(nil), t.items...)
	n.trail = t.trail.clone()
	n.token = append([]byte(nil), t.token...)
	n.sseID = nil
	n.answer = answer{isResumed: true, next: -1, from: -1}
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
	return !t.loose && t.trail.len() > 0 && t.trail.isDistinct()
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
		t.token = append(t.token[:0], p.Token...)
		t.odd = t.odd || !t.trail.add(p.Token, p.hash)
	case progress:
		t.loose = true
		if t.trail.len() == 0 {
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
	t.identified++
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
