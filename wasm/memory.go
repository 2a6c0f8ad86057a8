//go:build js && wasm

package main

//lint:file-ignore U1000 staticcheck does not know go:wasmexport; TypeScript calls these.

import (
	"unsafe"

	"github.com/retrystream/retrystream/core/stream"
)

// Bytes cross the border through this module's memory: TypeScript writes a
// chunk into the window and calls feed; feed leaves records of the events,
// which TypeScript reads before it calls again. An exported function must not
// block, must not panic outwards and does not run other goroutines, so it only
// decodes.

// windowSize is the length of the window in bytes. Fetch hands out chunks of up
// to 64 KiB; larger ones are fed in pieces.
const windowSize = 64 << 10

// What feed answers.
const (
	feedMore    = 0  // read on
	feedStop    = 1  // nothing of use follows
	feedCrashed = -1 // a bug; crashed was called
)

// The head of a record is five words: its kind, then the byte lengths of type,
// id, data and text; for a reset the attempt's number and zeros.
const (
	recordMessage = 0
	recordReset   = 1
)

// records are the events of the last feed: their heads, and their bytes one
// after another.
type records struct {
	// mailbox tells TypeScript where everything is: address and length of the
	// window, of the heads (in words) and of the bytes.
	mailbox *[6]uint32
	window  []byte
	heads   *[]uint32
	bytes   *[]byte
}

func newRecords() records {
	return records{mailbox: new([6]uint32), window: make([]byte, windowSize), heads: new([]uint32), bytes: new([]byte)}
}

// add notes one event. Nothing may be moved or freed while TypeScript reads, so
// the event's slices are copied.
func (r records) add(ev stream.Event) {
	if ev.Reset > 0 {
		*r.heads = append(*r.heads, recordReset, uint32(ev.Reset), 0, 0, 0)
		return
	}
	*r.heads = append(*r.heads, recordMessage,
		uint32(len(ev.Type)), uint32(len(ev.ID)), uint32(len(ev.Data)), uint32(len(ev.Text)))
	b := append(*r.bytes, ev.Type...)
	b = append(b, ev.ID...)
	b = append(b, ev.Data...)
	*r.bytes = append(b, ev.Text...)
}

// keepBytes is how large the bytes may stay once an event larger than usual has
// been read.
const keepBytes = 1 << 20

// clear forgets the records that TypeScript has read.
func (r records) clear() {
	*r.heads = (*r.heads)[:0]
	if cap(*r.bytes) > keepBytes {
		*r.bytes = nil
	}
	*r.bytes = (*r.bytes)[:0]
}

// publish writes the mailbox.
func (r records) publish() {
	*r.mailbox = [6]uint32{
		address(unsafe.SliceData(r.window)), uint32(len(r.window)),
		address(unsafe.SliceData(*r.heads)), uint32(len(*r.heads)),
		address(unsafe.SliceData(*r.bytes)), uint32(len(*r.bytes)),
	}
}

func address[T any](p *T) uint32 { return uint32(uintptr(unsafe.Pointer(p))) }

// module is what the exported functions work on: they take numbers only.
var module *bridge

// exportedMailbox gives the mailbox's address, with the window's in it.
//
//go:wasmexport mailbox
func exportedMailbox() uint32 {
	module.out.publish()
	return address(module.out.mailbox)
}

// exportedWaiting says that the next chunk of a stream is being waited for.
//
//go:wasmexport waiting
func exportedWaiting(id int32) {
	defer module.crash()
	if s := module.streams[int(id)]; s != nil && s.attempt != nil {
		s.attempt.Waiting()
	}
}

// exportedFeed decodes the first n bytes of the window for a stream.
//
//go:wasmexport feed
func exportedFeed(id, n int32) (status int32) {
	status = feedCrashed
	defer module.crash()
	module.out.clear()
	more := false
	if s := module.streams[int(id)]; s != nil && s.attempt != nil {
		module.feeding = true
		more = s.attempt.Feed(module.out.window[:n])
		module.feeding = false
	}
	module.out.publish()
	if more {
		return feedMore
	}
	return feedStop
}
