package sse

import (
	"bytes"
	"strconv"
	"time"
)

// DefaultMaxEventBytes is the limit of a Decoder that sets none: 16 MiB.
const DefaultMaxEventBytes = 16 << 20

// bom is the byte order mark, which may lead a stream.
const bom = "\xEF\xBB\xBF"

// TooLargeError says that a stream held an event too large to keep.
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
	data    []byte
	hasData bool
	inChunk bool
	buf     []byte

	typ []byte
	id  []byte

	// The line that earlier chunks left unfinished. While its field is
	// undecided, line holds all of it, then only its value. The value of a data
	// line goes to buf at once, so that a long line is held only once.
	field field
	line  []byte

	// chunk is what is being decoded, pos how far; cr and lf are the places of the
	// next CR and LF there, once looked up.
	chunk       []byte
	pos, cr, lf int

	begun   bool // a line other than a comment has come since the last blank one
	bomLen  int  // bytes of a leading BOM seen, while !started
	started bool // the place where a BOM may stand has passed
	afterCR bool // the last chunk ended with CR: an LF now belongs to it

	strays   int
	retryMs  int64
	hasRetry bool
	err      error
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

// Skip leaves out n bytes of what Between gave: whole events, which the caller
// knows already and which set no id.
func (d *Decoder) Skip(n int) { d.pos += n }

// LastID is the last event id that the stream has set.
func (d *Decoder) LastID() []byte { return d.id }

// End says that the body has ended. An event that still lacks its blank line is
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

// Strays counts the lines that were neither a comment nor a field that the rules
// know. A proper stream has none.
func (d *Decoder) Strays() int { return d.strays }

// Retry is the reconnection delay that the stream asked for last, and whether it
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

// endLine takes the rest of a line that is not empty, its line end not included.
func (d *Decoder) endLine(rest []byte) error {
	if d.lineOpen() {
		if err := d.keep(rest); err != nil {
			return err
		}
		return d.finishLine()
	}
	f, value := d.parse(rest)
	return d.apply(f, value)
}

// parse is the function parse, and counts the strays.
func (d *Decoder) parse(line []byte) (field, []byte) {
	f, value := parse(line)
	if f == fieldIgnored && line[0] != ':' {
		d.strays++
	}
	d.begun = d.begun || line[0] != ':'
	return f, value
}

// apply carries out a whole line, whose value lies in the chunk or in d.line.
func (d *Decoder) apply(f field, value []byte) error {
	if f == fieldIgnored {
		return nil
	}
	if len(value) > d.limit() {
		return d.tooLarge()
	}
	switch f {
	case fieldData:
		if !d.hasData {
			d.data, d.hasData, d.inChunk = value, true, true
			return nil
		}
		return d.extend(value)
	case fieldType:
		d.typ = append(d.typ[:0], value...)
	case fieldID:
		if bytes.IndexByte(value, 0) < 0 {
			d.id = append(d.id[:0], value...)
		}
	case fieldRetry:
		if ms, ok := parseRetry(value); ok {
			d.retryMs, d.hasRetry = ms, true
		}
	}
	return nil
}

// extend adds a line to the data, in buf; more of the line may follow.
func (d *Decoder) extend(value []byte) error {
	d.own()
	if !d.hasData {
		d.buf, d.hasData = d.buf[:0], true
	} else if err := d.addData([]byte{'\n'}); err != nil {
		return err
	}
	return d.addData(value)
}

// addData adds to the data in buf.
func (d *Decoder) addData(piece []byte) error {
	if len(piece) > d.limit()-len(d.buf) {
		return d.tooLarge()
	}
	d.buf = grow(d.buf, piece, d.limit())
	d.data = d.buf
	return nil
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

// lineOpen reports whether a line has begun in an earlier chunk.
func (d *Decoder) lineOpen() bool { return d.field != fieldUndecided || len(d.line) > 0 }

// keep adds piece to the unfinished line, or begins one with it.
func (d *Decoder) keep(piece []byte) error {
	if d.field == fieldUndecided {
		n := min(headLen-len(d.line), len(piece))
		d.line = append(d.line, piece[:n]...)
		piece = piece[n:]
		if len(d.line) < headLen {
			return nil
		}
		if err := d.decide(); err != nil {
			return err
		}
	}
	switch d.field {
	case fieldIgnored:
		return nil
	case fieldData:
		return d.addData(piece)
	}
	if len(piece) > d.limit()-len(d.line) {
		return d.tooLarge()
	}
	d.line = grow(d.line, piece, d.limit())
	return nil
}

// decide reads the field of the unfinished line, which is all in d.line, and
// leaves the beginning of its value where the rest of it will go.
func (d *Decoder) decide() error {
	f, value := d.parse(d.line)
	d.field = f
	// The value moves to the front of the memory that it lies in.
	d.line = append(d.line[:0], value...)
	if f != fieldData {
		return nil
	}
	value, d.line = d.line, d.line[:0]
	return d.extend(value)
}

// finishLine carries out the unfinished line, which is now whole.
func (d *Decoder) finishLine() error {
	if d.field == fieldUndecided {
		if err := d.decide(); err != nil {
			return err
		}
	}
	var err error
	if d.field != fieldData {
		err = d.apply(d.field, d.line)
	}
	d.field, d.line = fieldUndecided, d.line[:0]
	return err
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
