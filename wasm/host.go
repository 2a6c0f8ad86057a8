//go:build js && wasm

package main

import (
	"time"
	"unsafe"

	"github.com/hack-pad/safejs"

	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/wasm/border"
)

// The page's side of the border. Its functions only take note, or start something
// once Go has come to rest: none calls back into Go before it returns.
//
// What every stream calls is imported: such a call costs some hundredths of a
// microsecond, and a text is read where it stands in this module's memory. The rest
// are methods of the host object.

// host is the object that TypeScript gives the program.
type host struct{ object safejs.Value }

// started says that the program runs, and of which build it is.
func (h host) started(build string) { h.tell("started", build) }

// crashed says that a bug ends the program.
func (h host) crashed(reason string) { h.tell("crashed", reason) }

// retry tells of a failed attempt, in JSON.
func (h host) retry(id int32, retry []byte) { h.tell("retry", id, string(retry)) }

// ask asks the page, by its option of that name, whether and how to try again. It is
// settled as refused, or with another URL, empty for none, and its room's key.
func (h host) ask(id int32, who string, facts []byte, toolCall bool) {
	h.tell("ask", id, who, string(facts), toolCall)
}

// body asks for the request's body. It is settled with it, or with nothing if it is
// not known or long.
func (h host) body(id int32) { h.tell("body", id) }

// open sends the request of an attempt, or that for the rest of a reply, and reads
// the response. It is settled at its end.
func (h host) open(id int32, r *stream.Resume) {
	if r == nil {
		hostOpen(id)
		return
	}
	h.tell("resume", id, r.URL, r.Method, r.KeepBody, r.HeaderName, r.HeaderValue)
}

// onHold says that everybody with the key waits, or with the zero time that they
// need not any longer, for the other tabs to hear.
func (h host) onHold(key string, until time.Time) {
	ms := int64(0)
	if !until.IsZero() {
		ms = until.UnixMilli()
	}
	h.tell("told", key, ms)
}

// turn asks the other tabs for a turn, which granted will tell of. It returns false
// where they have no part in the room.
func (h host) turn(id int32, key string) (asked bool) {
	v, err := h.object.Call("turn", id, key)
	if err == nil {
		asked, err = v.Bool()
	}
	return asked && err == nil
}

// leave gives a turn back, granted or not.
func (h host) leave(id int32) { h.tell("leave", id) }

// tell calls a method. An error would mean that the page's side is broken; there
// is nobody left to tell.
func (h host) tell(method string, args ...any) { _, _ = h.object.Call(method, args...) }

//go:wasmimport retrystream open
func hostOpen(id int32)

// hostHeader writes a header of a stream's response to an address where there is
// place for so many bytes, and gives its length. It writes nothing where that may be
// more, and gives how many it may be.
//
//go:wasmimport retrystream header
func hostHeader(id int32, name string, at uint32, most int32) int32

// hostAbort has what a stream waits for fail soon.
//
//go:wasmimport retrystream abort
func hostAbort(id int32)

// hostRecords says that there are records to read now; textOnly, that there is no
// more than text.
//
//go:wasmimport retrystream records
func hostRecords(id int32, textOnly bool)

// hostStatus tells a stream's status, in JSON but for two times: when the last byte
// came and when the reply last got further, in milliseconds since 1970.
//
//go:wasmimport retrystream status
func hostStatus(id int32, status string, lastByte, lastProgress float64)

// hostDone says that a stream has ended; failed is its error in JSON, empty
// unless it failed for good. ending tells how a reader of its bytes is told.
//
//go:wasmimport retrystream done
func hostDone(id int32, failed string, ending border.Ending)

// text is b as a string, for a function that reads it at once.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
