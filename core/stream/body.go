package stream

import (
	"bytes"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/provider"
)

// open decides by the first byte that is not white space. No event stream
// starts with a bracket, so what does is a document.
func (a *Attempt) open(chunk []byte) {
	all := chunk // copied only where it tells nothing yet
	if len(a.opening) > 0 {
		a.opening = append(a.opening, chunk...)
		all = a.opening
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(all, []byte("\ufeff")), " \t\r\n")
	if len(start) == 0 || bytes.HasPrefix([]byte("\ufeff"), start) {
		a.opening = append(a.opening[:0], all...)
		// A stream may open with any number of blank lines; they mean nothing.
		if len(a.opening) > maxOpening {
			a.opening = a.opening[:0]
		}
		return
	}
	if b := start[0]; b == '{' || b == '[' || b == '<' && !a.passesUnseen() {
		a.format, a.opening = document, nil
		a.keepDocument(start)
		a.tryLines(start)
		return
	}
	a.format, a.opening = eventStream, nil
	a.relayOpening(len(start))
	a.keep(start, maxOpening)
	if !a.isOther() {
		a.decode(all)
	}
}

// tryLines turns a document into a stream of lines if its first line, which ends in
// this chunk or not yet, is one. No byte is looked at twice, nor the line.
func (a *Attempt) tryLines(chunk []byte) {
	if a.lined || bytes.IndexByte(chunk, '\n') < 0 {
		return
	}
	a.lined = true
	line, _, ended := bytes.Cut(a.opening, []byte("\n"))
	if !ended || !a.reader.OpensLines(line) {
		return
	}
	all := a.opening
	a.format, a.opening, a.stopped = jsonLines, nil, false
	a.decodeLines(all)
}

func (a *Attempt) decodeLines(chunk []byte) {
	if err := a.lines.Feed(chunk, a.emit); err != nil {
		a.tooLarge(err)
	}
}

// keepDocument keeps the start of a document, in whole chunks: it may turn out to
// be the first line of many.
func (a *Attempt) keepDocument(chunk []byte) {
	if len(a.opening) < maxDocument {
		a.opening = append(a.opening, chunk...)
	}
}

func (a *Attempt) keep(chunk []byte, limit int) {
	if room := limit - len(a.opening); room > 0 {
		a.opening = append(a.opening, chunk[:min(room, len(chunk))]...)
	}
}

func (a *Attempt) decode(chunk []byte) {
	a.decoder.Push(chunk)
	if lost := len(chunk) - len(a.decoder.Rest()); lost > 0 {
		a.part = keepEnd(a.part, chunk[:lost])
	}
	for !a.stopped {
		between := a.decoder.Between()
		if between != nil {
			if between = a.again(between); len(between) == 0 {
				return
			}
		}
		before, strays := a.decoder.Rest(), a.decoder.Strays()
		next, ok, err := a.decoder.Next()
		used := before[:len(before)-len(a.decoder.Rest())]
		a.stray = a.stray || a.decoder.Strays() > strays
		a.note(used, ok)
		if err != nil {
			a.tooLarge(err)
		}
		if !ok {
			return
		}
		a.handle(next)
		if len(between) > 0 {
			a.reader.Learn(used, next)
		}
	}
}

// again hands on the events at the start of chunk, at which an event begins, that
// are like the one before. They need not be decoded. It gives what is left.
func (a *Attempt) again(chunk []byte) (rest []byte) {
	ev := &a.event
	for len(chunk) > 0 {
		n, text := a.reader.Again(chunk, &ev.Event)
		if n == 0 || len(ev.Data) > a.stream.opts.MaxEventBytes {
			break
		}
		chunk = chunk[n:]
		a.decoder.Skip(n)
		ev.ID, ev.Text = a.decoder.LastID(), text
		if a.to != nil {
			a.relayEvent(&provider.Signal{Progress: true, Content: true})
		} else {
			a.stream.handOut(ev, a.Number)
		}
		if !a.clocks.progress {
			a.progressed() // which once for a chunk is enough
		}
	}
	return chunk
}

// skim reads the events at the start of chunk that are like the one before, as
// again does, where they change nothing but the text and the clocks. It gives what
// is left.
func (a *Attempt) skim(chunk []byte, each func(text []byte)) (rest []byte) {
	if a.to != nil || a.stopped || !a.decoder.AtEvent() || a.phase != event.PhaseStreaming {
		return chunk
	}
	for len(chunk) > 0 {
		n, text := a.reader.Again(chunk, &a.event.Event)
		if n == 0 || len(a.event.Data) > a.stream.opts.MaxEventBytes {
			break
		}
		if len(text) > 0 {
			a.stream.texts = true // the first may be the other half of a character
			each(text)
		}
		chunk = chunk[n:]
	}
	return chunk
}

// note keeps what was decoded, if it was not just an event.
func (a *Attempt) note(used []byte, whole bool) {
	switch {
	case !whole:
		a.part = keepEnd(a.part, used)
		return
	case a.stray:
		a.strays = keepEnd(keepEnd(a.strays, a.part), used)
	}
	a.part, a.stray = a.part[:0], false
}

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

// looksLikeEvents reports whether a body's start is, or may have become, that of
// an event stream.
func looksLikeEvents(opening []byte) bool {
	line, _, _ := bytes.Cut(opening, []byte("\n"))
	for _, field := range []string{":", "data:", "event:", "id:", "retry:"} {
		n := min(len(line), len(field))
		if string(line[:n]) == field[:n] {
			return true
		}
	}
	return false
}
