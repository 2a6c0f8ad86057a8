//go:build js && wasm

package main

//lint:file-ignore U1000 staticcheck does not know go:wasmexport; TypeScript calls these.

import (
	"time"
	"unsafe"

	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/wasm/border"
)

// Bytes cross the border through this module's memory: TypeScript writes a
// chunk into the window and calls feed; feed leaves a record of each event, which
// TypeScript reads before it calls again. Data that stands whole in the window is
// not copied: its record says where, and TypeScript has the chunk. An exported
// function must not block, must not panic outwards and does not run other
// goroutines, so it only decodes.

// textBlock is how long a text is at least that is left where nobody reads the
// events, but for the last.
const textBlock = 1 << 10

// records are the events of the last feed.
type records struct {
	// mailbox tells TypeScript where everything is.
	mailbox border.Mailbox
	window  []byte
	list    []border.Record
	texts   []byte
	side    []byte
	// textOnly: nobody reads the events. each is addText, ready to be handed on.
	textOnly bool
	each     func(text []byte)
}

func newRecords() *records {
	r := &records{window: make([]byte, border.WindowSize)}
	r.each = r.addText
	return r
}

// add notes one event. Nothing may be moved or freed while TypeScript reads, so
// its slices are copied.
func (r *records) add(ev *stream.Event) {
	if ev.Reset > 0 {
		r.note(border.IsReset, ev.Reset)
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
	if end := uint64(at) + uint64(len(ev.Data)); end >= border.WindowSize || r.window[end] != '\n' && r.window[end] != '\r' {
		at = border.InSide
		r.side = append(r.side, ev.Data...)
	}
	r.list = append(r.list, border.Record{
		At: at, Length: uint32(len(ev.Data)), Type: uint32(len(ev.Type)), ID: uint32(len(ev.ID)), Text: uint32(len(ev.Text)),
	})
}

// addText adds text alone.
func (r *records) addText(text []byte) {
	// Half a character's bytes must not become a whole one by what comes next.
	if len(text) > 0 && text[0]&0xc0 == 0x80 && len(r.texts) > 0 {
		r.note(border.IsBreak, len(r.texts))
	}
	r.texts = append(r.texts, text...)
}

// note notes what becomes of n bytes.
func (r *records) note(what uint32, n int) {
	r.list = append(r.list, border.Record{At: what, Length: uint32(n)})
}

// wordsOfRecord is how many words a record is.
const wordsOfRecord = int(unsafe.Sizeof(border.Record{}) / 4)

// keepBytes is how large the bytes may stay once an event larger than usual has
// been read.
const keepBytes = 1 << 20

// clear forgets the records that TypeScript has read.
func (r *records) clear() {
	r.list = r.list[:0]
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
	r.mailbox = border.Mailbox{
		Window:  address(unsafe.SliceData(r.window)),
		Records: address(unsafe.SliceData(r.list)), RecordsLength: uint32(len(r.list) * wordsOfRecord),
		Texts: address(unsafe.SliceData(r.texts)), TextsLength: uint32(len(r.texts)),
		Side: address(unsafe.SliceData(r.side)), SideLength: uint32(len(r.side)),
	}
}

func address[T any](p *T) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }

// exportedMailbox returns the mailbox's address, with the window's in it. now is the
// time by the page's clock, in milliseconds, as in the calls that follow.
//
//go:wasmexport mailbox
func exportedMailbox(now float64) uint32 {
	module.zero = time.Now().Add(-border.Duration(now))
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
	answer = border.FeedCrashed
	defer module.crash()
	out := module.out
	out.clear()
	out.textOnly = textOnly
	bits := int32(border.FeedOver)
	if a := module.enter(id, now); a != nil {
		module.feeding = true
		if textOnly {
			bits = module.feedText(a, out.window[:n])
		} else if more := a.Feed(out.window[:n]); more && out.isPass(n) {
			bits = border.FeedPassed
		} else {
			bits = out.answer(more)
		}
		module.feeding = false
		if a.Progressed() {
			bits |= border.FeedProgress
		}
	}
	module.at = 0
	return bits
}

// feedText feeds where nobody reads the events, and leaves the text once there is a
// block of it, or nothing follows: to take over a word takes TypeScript as long as a
// block.
func (b *bridge) feedText(a *stream.Attempt, chunk []byte) (answer int32) {
	out, c := b.out, b.latest
	own := out.texts
	out.texts = c.texts
	more, timed := a.FeedText(chunk, out.each)
	c.texts = out.texts
	if !more || len(out.list) > 0 || len(c.texts) >= textBlock {
		answer = out.answer(more)
		c.texts = emptied(c.texts)
	}
	out.texts = own
	if timed {
		answer |= border.FeedResume
	}
	return answer
}

// leaveText leaves what feedText has kept back.
func (b *bridge) leaveText(c *call) {
	if len(c.texts) == 0 {
		return
	}
	b.out.clear()
	b.out.texts = append(b.out.texts, c.texts...)
	c.texts = c.texts[:0]
	b.out.publish()
	hostRecords(c.id, true)
}

// exportedPassHeld has a stream pass on the opening events that it holds back.
//
//go:wasmexport passHeld
func exportedPassHeld(id int32) (answer int32) {
	answer = border.FeedCrashed
	defer module.crash()
	out := module.out
	out.clear()
	more := false
	if c := module.calls[id]; c != nil && c.attempt != nil {
		module.feeding = true
		more = c.attempt.PassHeld()
		module.feeding = false
	}
	return out.answer(more)
}

// isPass reports whether the records are one, which passes n bytes.
func (r *records) isPass(n int32) bool {
	return len(r.list) == 1 && r.list[0].At == border.IsPass && r.list[0].Length == uint32(n)
}

// answer leaves the records for TypeScript to read.
func (r *records) answer(more bool) (bits int32) {
	if len(r.list)+len(r.texts) > 0 {
		r.publish()
		bits = border.FeedRecords
	}
	if !more {
		bits |= border.FeedOver
	}
	return bits
}
