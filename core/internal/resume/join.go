package resume

import "github.com/retrystream/retrystream/core/internal/dialect"

// Joint is what an event of a resumed stream turns out to be.
type Joint uint8

const (
	// Fresh: new, or a stream's own beginning.
	Fresh Joint = iota
	// Skipped: it was read before the stream broke off.
	Skipped
	// Lost: the answer is not what was asked for.
	Lost
	// Restarted: the answer begins the reply anew.
	Restarted
)

// Join finds out what an event of a resumed stream is, before it is read.
func (t *Tracker) Join(p Place, d *dialect.Dialect) Joint {
	if !t.isResumed || p.Aside && len(p.Token) == 0 {
		return Fresh
	}
	first := !t.begun
	t.begun = true
	w := t.way(d)
	if len(p.Reply) > 0 && t.replies == 1 && Hash(p.Reply, nil) != t.replyHash {
		// Only who asked for a whole reply gets another one. An id that was seen
		// once may be a different one in each event.
		if w == dialect.BySSE && first && p.Opens && t.identified > 1 {
			return Restarted
		}
		return Lost
	}
	if w == dialect.ByNumber {
		return t.joinByNumber(p)
	}
	return t.joinByToken(p, w, first)
}

func (t *Tracker) joinByNumber(p Place) Joint {
	if !p.Numbered {
		return Fresh // Follow sees whether it is of substance
	}
	if t.from < 0 && p.Number > t.number+1 || t.from >= 0 && p.Number != t.from+1 || !t.knows(p.Item) {
		return Lost
	}
	t.from = p.Number
	if p.Number <= t.number {
		return Skipped
	}
	t.joined = true
	return Fresh
}

func (t *Tracker) joinByToken(p Place, w dialect.Way, first bool) Joint {
	if len(p.Token) == 0 {
		switch {
		case t.joined:
			return Fresh
		case t.next >= 0:
			t.unsure = t.unsure || t.next == 0 && !p.Status
			return Skipped
		case p.Opens && t.openings == 1:
			if w == dialect.BySSE || t.unsure {
				return Lost
			}
			// From the beginning, it seems.
			t.next = 0
			return Skipped
		}
		t.unsure = t.unsure || !p.Status
		return Fresh
	}
	at, known := t.trail.find(p.Token)
	switch {
	case !known && t.joined:
		return Fresh
	case !known:
		if t.next > 0 || t.next == 0 && t.unsure || w == dialect.BySSE && (p.Opens && t.openings == 1 || !t.trail.mayFollow(p.Token)) {
			return Lost
		}
		t.joined = true
		return Fresh
	case t.joined, t.next >= 0 && at != t.next, t.next < 0 && t.unsure, w == dialect.BySSE && !t.trail.same(at, p.hash):
		return Lost
	}
	t.next = at + 1
	t.joined = t.next == t.trail.len()
	return Skipped
}
