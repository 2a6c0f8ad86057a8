package provider

import (
	"bytes"
	"encoding/binary"

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

// template is the last event as it stood in the stream, from its first byte to
// its blank line. Providers send thousands of events that differ from the one
// before in the reply's text and in a few values that nobody reads; such an event
// means the same, and comparing it is ten times faster than reading it.
type template struct {
	raw []byte
	typ []byte
	// The data begins at dataAt and leaves out as many bytes as after.
	dataAt, after int
	// open are the parts of raw that may differ, in order, and cuts those in which
	// events were seen to differ.
	open, cuts []opening
	// tail is what stands after the last cut.
	tail []byte
	// lessons counts the events learned since one came again.
	lessons int
	// spare is memory for the next lesson.
	spare []opening
}

// opening is a part of a template where another event may have something else.
type opening struct {
	jsonscan.Span
	// text: it is the reply's text.
	text bool
	// lead is what stands before it, since the last one; only in cuts.
	lead []byte
	// varies: events were seen that differ here. A value that nobody reads is
	// compared until then, as most stay the same for a whole reply.
	varies bool
}

// Again looks at the start of chunk, where an event begins. If an event stands
// there whole that differs from the last one only where that changes nothing but
// the reply's text, it sets ev and returns the event's length in the chunk and the
// text: the event means progress and nothing else. Otherwise it returns 0, and the
// event must be decoded and given to Read. An event that it sets has no id of its
// own.
func (r *Reader) Again(chunk []byte, ev *sse.Event) (length int, text []byte) {
	t := &r.template
	if len(t.raw) == 0 {
		return 0, nil
	}
	pos := 0 // how far chunk was compared
	textEscaped := false
	for i := range t.cuts {
		o := &t.cuts[i]
		// What stands between the openings is the same.
		n := len(o.lead)
		if len(chunk)-pos <= n || !same(o.lead, chunk[pos:pos+n]) {
			return 0, nil
		}
		pos += n
		switch o.Kind {
		case jsonscan.SpanNumber:
			n = numberEnd(chunk[pos:])
		case jsonscan.SpanSpace:
			for n = 0; pos+n < len(chunk) && chunk[pos+n] == ' '; n++ {
			}
		default:
			var escaped, control bool
			n, escaped, control = jsonscan.StringEnd(chunk[pos:])
			// A control character may be the end of a line.
			if n < 0 || control {
				return 0, nil
			}
			if o.text {
				text, textEscaped = chunk[pos:pos+n], escaped
			}
		}
		if n == 0 && (o.text || o.Kind == jsonscan.SpanNumber) {
			return 0, nil // an empty text may mean something else
		}
		pos += n
	}
	length = pos + len(t.tail)
	if len(chunk) < length || !same(t.tail, chunk[pos:length]) {
		return 0, nil
	}
	t.lessons = 0
	r.events++
	r.understood++
	if textEscaped || r.unquoter.Pending() {
		r.text = r.unquoter.Append(r.text[:0], text)
		text = r.text
	}
	ev.Type, ev.Data, ev.ID = t.typ, chunk[t.dataAt:length-t.after], nil
	return length, text
}

// numberEnd gives the length of the number at the start of b, 0 if there is none.
func numberEnd(b []byte) (n int) {
	for n < len(b) && (b[n] >= '0' && b[n] <= '9' || n > 0 && b[n] == '.') {
		n++
	}
	return n
}

// Learn takes the event that Read has just looked at, and raw, which is the event
// as it stood in the stream, blank line included.
func (r *Reader) Learn(raw []byte, ev sse.Event) {
	t := &r.template
	var dataAt int
	var ok bool
	if r.plain && len(raw) <= maxTemplate && (t.lessons < maxLessons || r.events%maxLessons < 2) {
		dataAt, ok = framing(raw, ev)
	}
	open := t.spare[:0]
	if ok {
		open, ok = r.openings(open, dataAt)
	}
	if !ok {
		r.forget()
		return
	}
	t.lessons++
	if t.sameShape(raw, open) {
		for i := range open {
			o, old := &open[i], &t.open[i]
			o.varies = o.varies || old.varies || !bytes.Equal(raw[o.Start:o.End], t.raw[old.Start:old.End])
		}
	}
	t.raw = append(t.raw[:0], raw...)
	t.open, t.spare = open, t.open
	t.cuts, t.tail = t.cuts[:0], t.raw
	at := 0
	for _, o := range open {
		if o.varies {
			o.lead, t.tail, at = t.raw[at:o.Start], t.raw[o.End:], o.End
			t.cuts = append(t.cuts, o)
		}
	}
	t.typ = append(t.typ[:0], ev.Type...)
	t.dataAt, t.after = dataAt, len(raw)-dataAt-len(ev.Data)
}

// forget drops the template.
func (r *Reader) forget() { r.template.raw = r.template.raw[:0] }

// openings appends the text and the unread values of the event that Read has
// looked at last, in the order in which they stand in the stream.
func (r *Reader) openings(open []opening, dataAt int) (_ []opening, ok bool) {
	texts, last := 0, 0
	for _, span := range r.unread {
		if span.Start < last {
			return open, false
		}
		last = span.End
		o := opening{Span: span}
		o.Start += dataAt
		o.End += dataAt
		if span == r.textSpan {
			if texts++; span.Start == span.End {
				continue // it must stay empty
			}
			o.text, o.varies = true, true
		}
		open = append(open, o)
	}
	// Every text must be accounted for.
	return open, texts == r.texts && texts <= 1
}

// sameShape tells whether raw differs from the template in its openings only.
func (t *template) sameShape(raw []byte, open []opening) bool {
	if len(t.raw) == 0 || len(open) != len(t.open) {
		return false
	}
	at, old := 0, 0
	for i := range open {
		if open[i].Kind != t.open[i].Kind || open[i].text != t.open[i].text || !bytes.Equal(raw[at:open[i].Start], t.raw[old:t.open[i].Start]) {
			return false
		}
		at, old = open[i].End, t.open[i].End
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

// same is bytes.Equal for parts of one length, which in WebAssembly goes byte by
// byte.
func same(a, b []byte) bool {
	if len(a) < 8 || len(b) < 8 {
		for i := range a {
			if a[i] != b[i] {
				return false
			}
		}
		return true
	}
	// The last eight bytes first: what is left over after whole steps is in them.
	if load(a[len(a)-8:]) != load(b[len(b)-8:]) {
		return false
	}
	for len(a) >= 64 && len(b) >= 64 {
		// In Go | and ^ bind alike.
		if (load(a)^load(b))|(load(a[8:])^load(b[8:]))|(load(a[16:])^load(b[16:]))|(load(a[24:])^load(b[24:]))|
			(load(a[32:])^load(b[32:]))|(load(a[40:])^load(b[40:]))|(load(a[48:])^load(b[48:]))|(load(a[56:])^load(b[56:])) != 0 {
			return false
		}
		a, b = a[64:], b[64:]
	}
	if len(a) >= 32 && len(b) >= 32 {
		if (load(a)^load(b))|(load(a[8:])^load(b[8:]))|(load(a[16:])^load(b[16:]))|(load(a[24:])^load(b[24:])) != 0 {
			return false
		}
		a, b = a[32:], b[32:]
	}
	for len(a) >= 8 && len(b) >= 8 {
		if load(a) != load(b) {
			return false
		}
		a, b = a[8:], b[8:]
	}
	return true
}

func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
