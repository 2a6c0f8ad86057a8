package sse

import (
	"strconv"
	"time"
)

// DefaultMaxEventBytes is the limit of a Decoder that sets none: 16 MiB.
const DefaultMaxEventBytes = 16 << 20

// bom is the byte order mark, which may lead a stream.
const bom = "\xEF\xBB\xBF"

// TooLargeError is the error for a stream that has an event too large to keep.
type TooLargeError struct {
	// Limit is the limit that was exceeded, in bytes.
	Limit int
}

// Error names the limit and nothing of the stream.
func (e *TooLargeError) Error() string {
	return "sse: event larger than " + strconv.Itoa(e.Limit) + " bytes"
}

// Decoder turns the bytes of an event stream into events. Bytes are pushed in
// with Feed, in chunks cut anywhere; the events are the same for every way of
// cutting. The zero value is ready to use. A Decoder serves one goroutine, and
// emit must not call the Decoder that called it.
type Decoder struct {
	// MaxEventBytes limits the length of an event's data, of its type, and of
	// an id, each on its own, in bytes. 0 or less means DefaultMaxEventBytes.
	MaxEventBytes int

	// data is the data of the event so far, when hasData. It is a slice of the
	// chunk being fed if inChunk, otherwise it is buf.
	data []byte
	// hasData: the event has a data line.
	hasData bool
	// inChunk: data is a slice of the chunk.
	inChunk bool
	// buf is memory of the decoder's own for data.
	buf []byte

	// typ is the event's type so far.
	typ []byte
	// id is the last event id of the stream.
	id []byte

	// field is what the line is about that earlier chunks left unfinished.
	field field
	// line is all of that line while its field is undecided, then only its value.
	// The value of a data line goes to buf at once, so that a long line is kept
	// only once.
	line []byte

	// chunk is what is being decoded.
	chunk []byte
	// pos is how far chunk was decoded.
	pos int
	// cr is the place of the next CR in chunk, once looked up.
	cr int
	// lf is the place of the next LF in chunk, once looked up.
	lf int

	// begun: a line other than a comment has come since the last blank one.
	begun bool
	// bomLen is how many bytes of a leading BOM were seen, while not started.
	bomLen int
	// started: the place where a BOM may stand has passed.
	started bool
	// afterCR: the last chunk ended with CR, so that an LF now belongs to it.
	afterCR bool

	// strays is how many lines were neither a comment nor a known field.
	strays int
	// retryMs is the delay that the stream asked for last, if hasRetry.
	retryMs int64
	// hasRetry: the stream asked for a delay.
	hasRetry bool
	// err is what every later Feed returns.
	err error
}

// Feed decodes chunk and calls emit for each event that ends in it, in order.
// Nothing points into chunk once Feed has returned. The error is a
// *TooLargeError; every later Feed returns it again, until End or Reset.
func (d *Decoder) Feed(chunk []byte, emit func(Event)) error {
	d.Push(chunk)
	for {
		ev, ok, err := d.Next()
		if !ok {
			return err
		}
		emit(ev)
	}
}

// Push and Next do what Feed does, one event at a time: Push hands over the next
// chunk, once Next has returned false for the one before.
func (d *Decoder) Push(chunk []byte) {
	chunk = d.skipBOM(chunk)
	if d.afterCR && len(chunk) > 0 {
		d.afterCR = false
		if chunk[0] == '\n' {
			chunk = chunk[1:]
		}
	}
	d.chunk, d.pos, d.cr, d.lf = chunk, 0, -1, -1
}

// Next returns the next event that ends in the chunk; its slices are valid until
// the next call. When it returns false nothing points into the chunk any more.
func (d *Decoder) Next() (ev Event, ok bool, err error) {
	if d.err != nil {
		d.chunk = nil
		return Event{}, false, d.err
	}
	for d.pos < len(d.chunk) {
		pos := d.pos
		// The next CR and the next LF are looked up only once the line has passed
		// the last one found, so that the chunk is searched once for each of them.
		if d.cr < pos {
			d.cr = indexFrom(d.chunk, pos, '\r')
		}
		if d.lf < pos {
			d.lf = indexFrom(d.chunk, pos, '\n')
		}
		end := min(d.cr, d.lf)
		if end == len(d.chunk) {
			err = d.keep(d.chunk[pos:])
			break
		}
		line := d.chunk[pos:end]
		d.pos = end + 1
		if d.cr == end {
			if d.pos == len(d.chunk) {
				d.afterCR = true
			} else if d.chunk[d.pos] == '\n' {
				d.pos++
			}
		}
		if len(line) == 0 && !d.lineOpen() {
			if ev, ok = d.take(); ok {
				return ev, true, nil
			}
		} else if err = d.endLine(line); err != nil {
			break
		}
	}
	d.own()
	d.chunk, d.pos = nil, 0
	return Event{}, false, err
}

// Between returns what is left of the chunk, if an event is about to begin there;
// nil in the middle of one.
func (d *Decoder) Between() []byte {
	if !d.AtEvent() {
		return nil
	}
	return d.chunk[d.pos:]
}

// AtEvent reports whether nothing of an event has come since the last one.
func (d *Decoder) AtEvent() bool {
	return d.err == nil && d.started && !d.hasData && !d.afterCR && len(d.typ) == 0 && !d.lineOpen()
}

// Idle reports whether all that was pushed since the last blank line are comments,
// so that nothing of an event has begun.
func (d *Decoder) Idle() bool { return d.err == nil && d.started && !d.begun && !d.lineOpen() }

// Rest returns what is left of the chunk, nothing once Next has returned false.
func (d *Decoder) Rest() []byte { return d.chunk[d.pos:] }

// Skip leaves out n bytes of what Between returned: whole events, which the caller
// knows already and which set no id.
func (d *Decoder) Skip(n int) { d.pos += n }

// LastID returns the last event id that the stream has set.
func (d *Decoder) LastID() []byte { return d.id }

// End ends the body. An event that still lacks its blank line is
// handed to emit, an unfinished last line counted in, if it has data: the WHATWG
// rules drop it, but some providers leave out the last blank line, so the caller
// decides. It may be cut short anywhere. Nothing is emitted after an error.
//
// The Decoder is then ready for the next body and starts afresh: by the same
// rules the last event id belongs to one stream. Only Retry is kept, since that
// delay is asked for once a stream has ended.
func (d *Decoder) End(emit func(Event)) {
	// Half a number would be a wrong delay, so an unfinished retry is dropped.
	if d.lineOpen() && d.field != fieldRetry {
		// An error leaves nothing to dispatch.
		_ = d.finishLine()
	}
	if ev, ok := d.take(); ok {
		emit(ev)
	}
	d.startOver()
}

// Reset forgets everything but MaxEventBytes, for another stream.
func (d *Decoder) Reset() {
	*d = Decoder{MaxEventBytes: d.MaxEventBytes}
}

// Strays returns how many lines were neither a comment nor a field that the rules
// know. A proper stream has none.
func (d *Decoder) Strays() int { return d.strays }

// Retry returns the reconnection delay that the stream asked for last, and whether it
// asked for one. It is 0 or more, and capped at the longest time.Duration in
// whole milliseconds.
func (d *Decoder) Retry() (time.Duration, bool) {
	return time.Duration(d.retryMs) * time.Millisecond, d.hasRetry
}

// startOver forgets everything but the settings and Retry, and lets go of all
// memory.
func (d *Decoder) startOver() {
	*d = Decoder{MaxEventBytes: d.MaxEventBytes, retryMs: d.retryMs, hasRetry: d.hasRetry}
}

// skipBOM drops a BOM at the start of the stream, which may come in pieces.
func (d *Decoder) skipBOM(chunk []byte) []byte {
	for !d.started && len(chunk) > 0 {
		if chunk[0] != bom[d.bomLen] {
			d.started = true
			if d.bomLen > 0 {
				// No field that matters begins with part of a BOM.
				d.field = fieldIgnored
			}
			break
		}
		chunk = chunk[1:]
		d.bomLen++
		d.started = d.bomLen == len(bom)
	}
	return chunk
}

// take returns the event, if it has data, and forgets all but the id.
func (d *Decoder) take() (ev Event, ok bool) {
	ev, ok = Event{Type: d.typ, Data: d.data, ID: d.id}, d.hasData
	d.data, d.hasData, d.inChunk, d.begun = nil, false, false, false
	d.typ = d.typ[:0]
	return ev, ok
}

// own moves data out of the chunk.
func (d *Decoder) own() {
	if d.inChunk {
		// apply has seen that the data is within the limit.
		d.buf = grow(d.buf[:0], d.data, d.limit())
		d.data, d.inChunk = d.buf, false
	}
}

func (d *Decoder) limit() int {
	if d.MaxEventBytes > 0 {
		return d.MaxEventBytes
	}
	return DefaultMaxEventBytes
}

// tooLarge puts the decoder out of use and lets go of all memory.
func (d *Decoder) tooLarge() error {
	d.startOver()
	d.err = &TooLargeError{Limit: d.limit()}
	return d.err
}
