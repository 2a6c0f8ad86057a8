//go:build js && wasm

package main

//lint:file-ignore U1000 staticcheck does not know go:wasmexport; TypeScript calls these.

import (
	"time"
	"unsafe"

	"github.com/retrystream/retrystream/core/stream"
)

// Bytes cross the border through this module's memory: TypeScript writes a
// chunk into the window and calls feed; feed leaves a record of each event, which
// TypeScript reads before it calls again. Data that stands whole in the window is
// not copied: its record says where, and TypeScript has the chunk. An exported
// function must not block, must not panic outwards and does not run other
// goroutines, so it only decodes.

// windowSize is the length of the window in bytes. Fetch hands out chunks of up
// to 64 KiB; larger ones are fed in pieces.
const windowSize = 64 << 10

// feedCrashed is what feed answers after a bug; crashed was called. Otherwise it
// answers with these, added up.
const (
	feedCrashed  = -1
	feedOver     = 1 // nothing of use follows
	feedProgress = 2 // the reply got further
	feedResume   = 4 // the program must be resumed, to have a timer noticed
	feedRecords  = 8 // there are records to read
)

// A record is five words: where in the window the data begins, and the byte
// lengths of data, type, id and text. Types, ids, and data that is not in the
// window stand in the side bytes, one after another in this order; texts have
// bytes of their own. Instead of a place, the first word may be one of these.
const (
	inSide  = windowSize     // the data is in the side bytes, after type and id
	isReset = windowSize + 1 // a reset; the second word is the attempt's number

	// Of a stream whose bytes are passed on. The second word is how many bytes.
	isPass   = windowSize + 2 // the next of those that were fed are passed on
	isDrop   = windowSize + 3 // they are left out
	isAppend = windowSize + 4 // those in the side bytes follow

	// Where nobody reads the events, there are no records but for a reset, and for
	// texts that are not to be joined to the one before: the second word is where in
	// the texts such a one begins.
	isBreak = windowSize + 5

	recordWords = 5
)

// textBlock is how long a text is at least that is left where nobody reads the
// events, but for the last.
const textBlock = 1 << 10

// records are the events of the last feed.
type records struct {
	// mailbox tells TypeScript where everything is: address and length of the
	// window, of the records (in words), of the texts and of the side bytes.
	mailbox [8]uint32
	window  []byte
	words   []uint32
	texts   []byte
	side    []byte
	// textOnly: nobody reads the events. each is addText, ready to be handed on.
	textOnly bool
	each     func(text []byte)
}

func newRecords() *records {
	r := &records{window: make([]byte, windowSize)}
	r.each = r.addText
	return r
}

// add notes one event. Nothing may be moved or freed while TypeScript reads, so
// its slices are copied.
func (r *records) add(ev *stream.Event) {
	if ev.Reset > 0 {
		r.note(isReset, ev.Reset)
		return
	}
	if r.textOnly {
		r.addText(ev.Text)
		return
	}
	if len(ev.Type)+len(ev.ID) > 0 {
		r.side = append(append(r.side, ev.Type...), ev.ID...)
	}
	if len(ev.Text) > 0 {
		r.texts = append(r.texts, ev.Text...)
	}
	at := address(unsafe.SliceData(ev.Data)) - address(unsafe.SliceData(r.window))
	// TypeScript looks for the line end that follows data in an event stream.
	if end := uint64(at) + uint64(len(ev.Data)); end >= windowSize || r.window[end] != '\n' && r.window[end] != '\r' {
		at = inSide
		r.side = append(r.side, ev.Data...)
	}
	r.words = append(r.words, at,
		uint32(len(ev.Data)), uint32(len(ev.Type)), uint32(len(ev.ID)), uint32(len(ev.Text)))
}

// addText adds text alone.
func (r *records) addText(text []byte) {
	// Half a character's bytes must not become a whole one by what comes next.
	if len(text) > 0 && text[0]&0xc0 == 0x80 && len(r.texts) > 0 {
		r.note(isBreak, len(r.texts))
	}
	r.texts = append(r.texts, text...)
}

// note notes what becomes of n bytes.
func (r *records) note(what uint32, n int) {
	r.words = append(r.words, what, uint32(n), 0, 0, 0)
}

// keepBytes is how large the bytes may stay once an event larger than usual has
// been read.
const keepBytes = 1 << 20

// clear forgets the records that TypeScript has read.
func (r *records) clear() {
	r.words = r.words[:0]
	r.texts, r.side = emptied(r.texts), emptied(r.side)
}

func emptied(b []byte) []byte {
	if cap(b) > keepBytes {
		return nil
	}
	return b[:0]
}

// publish writes the mailbox.
func (r *records) publish() {
	r.mailbox = [8]uint32{
		address(unsafe.SliceData(r.window)), uint32(len(r.window)),
		address(unsafe.SliceData(r.words)), uint32(len(r.words)),
		address(unsafe.SliceData(r.texts)), uint32(len(r.texts)),
		address(unsafe.SliceData(r.side)), uint32(len(r.side)),
	}
}

func address[T any](p *T) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }

// exportedMailbox returns the mailbox's address, with the window's in it. now is the
// time by the page's clock, in milliseconds, as in the calls that follow.
//
//go:wasmexport mailbox
func exportedMailbox(now float64) uint32 {
	module.zero = time.Now().Add(-duration(now))
	module.out.publish()
	return address(&module.out.mailbox)
}

// exportedWaiting says that the next chunk of a stream is being waited for. It
// tells whether the program must be resumed, to have a timer noticed.
//
//go:wasmexport waiting
func exportedWaiting(id int32, now float64) (resume bool) {
	defer module.crash()
	if a := module.enter(id, now); a != nil {
		resume = a.Waiting()
	}
	module.at = 0
	return resume
}

// exportedFeed decodes the first n bytes of the window for a stream. textOnly says
// that nobody reads the events, and that the next chunk is waited for from now on.
//
//go:wasmexport feed
func exportedFeed(id, n int32, now float64, textOnly bool) (answer int32) {
	answer = feedCrashed
	defer module.crash()
	out := module.out
	out.clear()
	out.textOnly = textOnly
	bits := int32(feedOver)
	if a := module.enter(id, now); a != nil {
		module.feeding = true
		if textOnly {
			bits = module.feedText(a, out.window[:n])
		} else {
			bits = out.answer(a.Feed(out.window[:n]))
		}
		module.feeding = false
		if a.Progressed() {
			bits |= feedProgress
		}
	}
	module.at = 0
	return bits
}

// feedText feeds where nobody reads the events, and leaves the text once there is a
// block of it, or nothing follows: to take over a word takes TypeScript as long as a
// block.
func (b *bridge) feedText(a *stream.Attempt, chunk []byte) (answer int32) {
	out, s := b.out, b.latest
	own := out.texts
	out.texts = s.texts
	more, timed := a.FeedText(chunk, out.each)
	s.texts = out.texts
	if !more || len(out.words) > 0 || len(s.texts) >= textBlock {
		answer = out.answer(more)
		s.texts = emptied(s.texts)
	}
	out.texts = own
	if timed {
		answer |= feedResume
	}
	return answer
}

// leaveText leaves what feedText has kept back.
func (b *bridge) leaveText(s *session) {
	if len(s.texts) == 0 {
		return
	}
	b.out.clear()
	b.out.texts = append(b.out.texts, s.texts...)
	s.texts = s.texts[:0]
	b.out.publish()
	hostRecords(s.id, true)
}

// exportedPassHeld has a stream pass on the opening events that it holds back.
//
//go:wasmexport passHeld
func exportedPassHeld(id int32) (answer int32) {
	answer = feedCrashed
	defer module.crash()
	out := module.out
	out.clear()
	more := false
	if s := module.streams[id]; s != nil && s.attempt != nil {
		module.feeding = true
		more = s.attempt.PassHeld()
		module.feeding = false
	}
	return out.answer(more)
}

// answer leaves the records for TypeScript to read.
func (r *records) answer(more bool) (bits int32) {
	if len(r.words)+len(r.texts) > 0 {
		r.publish()
		bits = feedRecords
	}
	if !more {
		bits |= feedOver
	}
	return bits
}
