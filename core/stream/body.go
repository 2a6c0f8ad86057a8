package stream

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// body is a response and what came of its body.
type body struct {
	// head is the response's head.
	head provider.Response
	// format is what the body is.
	format format
	// start is the body's start, for bodies that are no event stream; of a document as
	// much as may matter.
	start []byte
	// size is how many bytes were fed.
	size int
	// decoder reads an event stream.
	decoder sse.Decoder
	// lines reads lines of JSON.
	lines sse.Lines
	// strays are what does not belong into an event stream.
	strays strays
	// ended: the body has ended, and what is read now lacks its end.
	ended bool
}

// format is what a body turned out to be, by its first bytes.
type format uint8

const (
	undecided format = iota
	eventStream
	jsonLines // one JSON object a line
	// oneLine: a document whose first line has not ended. It may be one of many.
	oneLine
	document // JSON or a web page
	unseen   // none to look at: it is passed on as it is
)

const (
	// maxDocument is how much is kept of a body that is no event stream; as much
	// as the package provider looks at, and a byte to tell that there was more.
	maxDocument = provider.MaxErrorBody + 1
	// maxStart is how much is kept of an event stream's start.
	maxStart = 512
	// maxStrays is how much is kept of what does not belong into an event stream,
	// at least.
	maxStrays = 4 << 10
)

func (b *body) isDocument() bool { return b.format == document || b.format == oneLine }

// saysEvents reports whether the body is an event stream by its type.
func (b *body) saysEvents() bool {
	return b.head.Header != nil && strings.HasPrefix(b.head.Header("content-type"), "text/event-stream")
}

// open looks at the first chunks, until there is a byte that is not white space: start
// begins with it, and all is what the body begins with. No event stream begins with a
// bracket, so what does is a document; markup is one, too, where pages are.
func (b *body) open(chunk []byte, pages bool) (all, start []byte) {
	all = chunk // copied only where it tells nothing yet
	if len(b.start) > 0 {
		b.start = append(b.start, chunk...)
		all = b.start
	}
	start = bytes.TrimLeft(bytes.TrimPrefix(all, []byte("\ufeff")), " \t\r\n")
	if len(start) == 0 || bytes.HasPrefix([]byte("\ufeff"), start) {
		b.start = append(b.start[:0], all...)
		// A stream may open with any number of blank lines; they mean nothing.
		if len(b.start) > maxStart {
			b.start = b.start[:0]
		}
		return all, nil
	}
	b.format, b.start = eventStream, nil
	if c := start[0]; c == '{' || c == '[' || c == '<' && pages {
		b.format = oneLine
	}
	return all, start
}

// keepStart keeps the start of an event stream.
func (b *body) keepStart(chunk []byte) {
	if room := maxStart - len(b.start); room > 0 {
		b.start = append(b.start, chunk[:min(room, len(chunk))]...)
	}
}

// keepDocument keeps the start of a document, in whole chunks: it may turn out to
// be the first line of many.
func (b *body) keepDocument(chunk []byte) {
	if len(b.start) < maxDocument {
		b.start = append(b.start, chunk...)
	}
}

// push hands over the next chunk of an event stream, whose events next returns.
func (b *body) push(chunk []byte) {
	b.decoder.Push(chunk)
	if lost := len(chunk) - len(b.decoder.Rest()); lost > 0 {
		b.strays.part = keepEnd(b.strays.part, chunk[:lost])
	}
}

// next returns the next event that ends in the chunk, and what of it stands there.
func (b *body) next() (ev sse.Event, raw []byte, ok bool, err error) {
	before, strays := b.decoder.Rest(), b.decoder.Strays()
	ev, ok, err = b.decoder.Next()
	raw = before[:len(before)-len(b.decoder.Rest())]
	b.strays.note(raw, ok, b.decoder.Strays() > strays)
	return ev, raw, ok, err
}

// end hands the last event, which lacks its end, to emit.
func (b *body) end(emit func(sse.Event)) {
	b.ended = true
	b.decoder.End(emit)
	b.lines.End(emit)
}

// at is where the event ends that was read last, from the start of the body.
func (b *body) at() int {
	if b.format == jsonLines {
		return b.size - b.lines.Left()
	}
	return b.size - len(b.decoder.Rest())
}

// isBegun reports whether the start tells all that looksLikeEvents asks.
func (b *body) isBegun() bool { return len(b.start) >= len("event:") }

// looksLikeEvents reports whether the body's start is, or may have become, that of
// an event stream.
func (b *body) looksLikeEvents() bool {
	line, _, _ := bytes.Cut(b.start, []byte("\n"))
	for _, field := range []string{":", "data:", "event:", "id:", "retry:"} {
		n := min(len(line), len(field))
		if string(line[:n]) == field[:n] {
			return true
		}
	}
	return false
}

// strays are lines of an event stream that are none of its own, for errors that
// came into it unframed.
type strays struct {
	// kept are such lines, with the events around them.
	kept []byte
	// part is what came of the event that is not whole yet.
	part []byte
	// open: part has such a line.
	open bool
}

// note keeps what was decoded, if it was not just an event. stray: there was a line
// that is none of an event stream's.
func (s *strays) note(raw []byte, whole, stray bool) {
	s.open = s.open || stray
	switch {
	case !whole:
		s.part = keepEnd(s.part, raw)
		return
	case s.open:
		s.kept = keepEnd(keepEnd(s.kept, s.part), raw)
	}
	s.part, s.open = s.part[:0], false
}

// all returns what was kept.
func (s *strays) all() []byte { return append(s.kept, s.part...) }

// keepEnd appends, but keeps only the end of more than it should.
func keepEnd(kept, more []byte) []byte {
	kept = append(kept, more...)
	extra := len(kept) - maxStrays
	if extra <= maxStrays {
		return kept
	}
	// Only whole lines, lest the middle of an event be taken for a line.
	_, rest, ended := bytes.Cut(kept[extra:], []byte("\n"))
	if !ended {
		rest = []byte(":") // what follows is still the same line, and none to look at
	}
	return append(kept[:0], rest...)
}
