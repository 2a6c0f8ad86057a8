// Package template compares an event with the one before. Providers send thousands
// that differ in the reply's text and in a few values that nobody reads; such an
// event means the same, and comparing it is ten times faster than reading it.
package template

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

const (
	// maxTemplate is how long an event may be to be learned, in bytes.
	maxTemplate = 4 << 10
	// maxLessons is how many events are learned in a row without any of them
	// coming again; in such a stream learning is a waste.
	maxLessons = 32
)

// Template is the last event as it stood in the stream, from its first byte to
// its blank line. Make it with New.
type Template struct {
	// raw is the event; empty for none.
	raw []byte
	// typ is the event's type.
	typ []byte
	// dataAt is where the data begins in raw.
	dataAt int
	// after is how many bytes follow the data.
	after int
	// gaps are the parts of raw that may differ, in order.
	gaps []gap
	// cuts are those gaps in which events were seen to differ.
	cuts []gap
	// tail is what stands after the last cut.
	tail []byte
	// lessons is how many events were learned since one came again.
	lessons int
	// asked is how often Learn was called.
	asked int
	// spare is memory for the next lesson.
	spare []gap
}

// gap is a part of a template where another event may have something else.
type gap struct {
	jsonscan.Span
	// text: it is the reply's text.
	text bool
	// lead is what stands before it, since the last one; only in cuts.
	lead []byte
	// varies: events were seen that differ here. A value that nobody reads is
	// compared until then, as most stay the same for a whole reply.
	varies bool
}

// usual is how many values of an event are unread with most providers.
const usual = 12

// New returns a template of nothing.
func New() Template {
	gaps := make([]gap, 3*usual)
	return Template{gaps: gaps[:0:usual], spare: gaps[usual : usual : 2*usual], cuts: gaps[2*usual : 2*usual]}
}

// Again looks at the start of chunk, where an event begins. If an event stands
// there whole that differs from the last one only where that changes nothing but
// the reply's text, it sets ev and returns the event's length in the chunk and the
// text, as it stands between the quotes of a JSON string, and whether that has
// escapes. Otherwise it returns 0. An event that it sets has no id of its own.
func (t *Template) Again(chunk []byte, ev *sse.Event) (length int, text []byte, escaped bool) {
	if len(t.raw) == 0 {
		return 0, nil, false
	}
	pos := 0 // how far chunk was compared
	for i := range t.cuts {
		g := &t.cuts[i]
		// What stands between the gaps is the same.
		n := len(g.lead)
		if len(chunk)-pos <= n || !same(g.lead, chunk[pos:pos+n]) {
			return 0, nil, false
		}
		pos += n
		switch g.Kind {
		case jsonscan.SpanNumber:
			n = numberEnd(chunk[pos:])
		case jsonscan.SpanSpace:
			for n = 0; pos+n < len(chunk) && chunk[pos+n] == ' '; n++ {
			}
		default:
			var escapes, control bool
			n, escapes, control = jsonscan.StringEnd(chunk[pos:])
			// A control character may be the end of a line.
			if n < 0 || control {
				return 0, nil, false
			}
			if g.text {
				text, escaped = chunk[pos:pos+n], escapes
			}
		}
		if n == 0 && (g.text || g.Kind == jsonscan.SpanNumber) {
			return 0, nil, false // an empty text may mean something else
		}
		pos += n
	}
	length = pos + len(t.tail)
	if len(chunk) < length || !same(t.tail, chunk[pos:length]) {
		return 0, nil, false
	}
	t.lessons = 0
	ev.Type, ev.Data, ev.ID = t.typ, chunk[t.dataAt:length-t.after], nil
	return length, text, escaped
}

// numberEnd returns the length of the number at the start of b, 0 if there is none.
func numberEnd(b []byte) (n int) {
	for n < len(b) && (b[n] >= '0' && b[n] <= '9' || n > 0 && b[n] == '.') {
		n++
	}
	return n
}

// Learn takes an event that was read and means no more than that the reply got
// further, and raw, which is the event as it stood in the stream, blank line
// included. Unread are the values in its data on which nothing depends; texts those
// of them that are the reply's text.
func (t *Template) Learn(raw []byte, ev sse.Event, unread, texts []jsonscan.Span) {
	t.asked++
	var dataAt int
	var ok bool
	if len(raw) <= maxTemplate && (t.lessons < maxLessons || t.asked%maxLessons < 2) {
		dataAt, ok = framing(raw, ev)
	}
	gaps := t.spare[:0]
	if ok {
		gaps, ok = appendGaps(gaps, dataAt, unread, texts)
	}
	if !ok {
		t.Forget()
		return
	}
	t.lessons++
	if t.sameShape(raw, gaps) {
		for i := range gaps {
			g, old := &gaps[i], &t.gaps[i]
			g.varies = g.varies || old.varies || !bytes.Equal(raw[g.Start:g.End], t.raw[old.Start:old.End])
		}
	}
	t.raw = append(t.raw[:0], raw...)
	t.gaps, t.spare = gaps, t.gaps
	t.cuts, t.tail = t.cuts[:0], t.raw
	at := 0
	for _, g := range gaps {
		if g.varies {
			g.lead, t.tail, at = t.raw[at:g.Start], t.raw[g.End:], g.End
			t.cuts = append(t.cuts, g)
		}
	}
	t.typ = append(t.typ[:0], ev.Type...)
	t.dataAt, t.after = dataAt, len(raw)-dataAt-len(ev.Data)
}

// Forget drops the event: from now on another one like it may mean something else.
func (t *Template) Forget() { t.raw = t.raw[:0] }

// appendGaps appends the texts and the other unread values of an event, in the order
// in which they stand in the stream.
func appendGaps(gaps []gap, dataAt int, unread, texts []jsonscan.Span) (_ []gap, ok bool) {
	if len(texts) > 1 {
		return gaps, false
	}
	found, last := 0, 0
	for _, span := range unread {
		if span.Start < last {
			return gaps, false
		}
		last = span.End
		g := gap{Span: span}
		g.Start += dataAt
		g.End += dataAt
		if len(texts) == 1 && span == texts[0] {
			if found++; span.Start == span.End {
				continue // it must stay empty
			}
			g.text, g.varies = true, true
		}
		gaps = append(gaps, g)
	}
	return gaps, found == len(texts) // every text must be accounted for
}

// sameShape reports whether raw differs from the template in its gaps only.
func (t *Template) sameShape(raw []byte, gaps []gap) bool {
	if len(t.raw) == 0 || len(gaps) != len(t.gaps) {
		return false
	}
	at, old := 0, 0
	for i := range gaps {
		g, was := &gaps[i], &t.gaps[i]
		if g.Kind != was.Kind || g.text != was.text || !bytes.Equal(raw[at:g.Start], t.raw[old:was.Start]) {
			return false
		}
		at, old = g.End, was.End
	}
	return bytes.Equal(raw[at:], t.raw[old:])
}

// framing finds the data in an event's lines. It accepts the usual ones alone:
// perhaps an event line, then one data line and the blank line.
func framing(raw []byte, ev sse.Event) (dataAt int, ok bool) {
	rest := raw
	if len(ev.Type) > 0 {
		if rest, ok = bytes.CutPrefix(rest, []byte("event:")); !ok {
			return 0, false
		}
		if rest, ok = bytes.CutPrefix(bytes.TrimPrefix(rest, []byte(" ")), ev.Type); !ok {
			return 0, false
		}
		if rest, ok = cutLineEnd(rest); !ok {
			return 0, false
		}
	}
	if rest, ok = bytes.CutPrefix(rest, []byte("data:")); !ok {
		return 0, false
	}
	rest = bytes.TrimPrefix(rest, []byte(" "))
	dataAt = len(raw) - len(rest)
	if rest, ok = bytes.CutPrefix(rest, ev.Data); !ok || bytes.IndexByte(ev.Data, '\r') >= 0 || bytes.IndexByte(ev.Data, '\n') >= 0 {
		return 0, false
	}
	if rest, ok = cutLineEnd(rest); !ok {
		return 0, false
	}
	rest, ok = cutLineEnd(rest)
	return dataAt, ok && len(rest) == 0
}

// cutLineEnd cuts LF or CR LF. A lone CR may be half of a line end that the next
// chunk completes.
func cutLineEnd(b []byte) (rest []byte, ok bool) {
	return bytes.CutPrefix(bytes.TrimPrefix(b, []byte("\r")), []byte("\n"))
}
