//go:build js && wasm

package main

//lint:file-ignore U1000 staticcheck does not know go:wasmexport; TypeScript calls these.

import (
	"bytes"
	"slices"
	"time"

	"github.com/retrystream/retrystream/core/provider"
)

// What the page's side calls about streams as a whole; memory.go has what it calls
// for each chunk. They take numbers; text and bytes stand in the memory that reserve
// gives. An exported function must not block and must not panic outwards. The
// goroutines that it wakes run when TypeScript resumes the program, which it does
// right after.

// module is what the exported functions work on.
var module *bridge

// exportedReserve returns the address of n bytes for TypeScript to write to.
//
//go:wasmexport reserve
func exportedReserve(n int32) uint32 {
	defer module.crash()
	module.in = slices.Grow(emptied(module.in), int(n))[:n]
	return address(&module.in[0])
}

// exportedStart begins a call. A border.Start stands in the reserved bytes, the first n.
// The answer is whether its first attempt has begun: then it is opened without having
// been asked for. Otherwise the program is to be resumed.
//
//go:wasmexport start
func exportedStart(id, n int32) (begun bool) {
	defer module.crash()
	return module.start(id, module.in[:n])
}

// exportedSettled answers what a stream has asked for last: with one of border's
// numbers, and with what stands in the reserved bytes, the first n, cut in two. The
// answer is whether the program must be resumed.
//
//go:wasmexport settled
func exportedSettled(id, how, cut, n int32) (resume bool) {
	defer module.crash()
	c := module.calls[id]
	if c == nil {
		return false
	}
	in := module.in[:n]
	got := settlement{how, string(in[:cut]), bytes.Clone(in[cut:])}
	if c.unwatch != nil {
		return module.settle(c, got.err())
	}
	// Nobody is asked twice before the first answer: there is room for it.
	c.settled <- got
	return true
}

// exportedRespond tells of the head of the response that a stream waits for, which
// may let another stream go. In the reserved bytes stands, where it is no success, the
// start of the body, n bytes. The answer is whether the body is to be read and fed.
//
//go:wasmexport respond
func exportedRespond(id, status, n int32) (read bool) {
	defer module.crash()
	c := module.calls[id]
	if c == nil || c.attempt == nil {
		return false
	}
	res := provider.Response{StatusCode: int(status), Header: c.header, Body: bytes.Clone(module.in[:n])}
	return c.attempt.Respond(res)
}

// exportedRetryNow ends a stream's current wait.
//
//go:wasmexport retryNow
func exportedRetryNow(id int32) {
	defer module.crash()
	if c := module.calls[id]; c != nil {
		c.stream.RetryNow()
	}
}

// exportedCancel ends a stream.
//
//go:wasmexport cancel
func exportedCancel(id int32) {
	defer module.crash()
	if c := module.calls[id]; c != nil {
		c.cancel()
	}
}

// exportedSetOnline tells every stream whether there is a network.
//
//go:wasmexport setOnline
func exportedSetOnline(online bool) {
	defer module.crash()
	module.offline = !online
	for _, c := range module.calls {
		c.stream.SetOnline(online)
	}
}

// exportedWake tells every stream that the device has slept.
//
//go:wasmexport wake
func exportedWake() {
	defer module.crash()
	for _, c := range module.calls {
		c.stream.Wake()
	}
}

// exportedHold tells that other tabs wait, until in milliseconds since 1970, or
// with 0 that they need not any longer. The reserved bytes hold the key, n bytes, of
// those that wait.
//
//go:wasmexport hold
func exportedHold(n int32, until float64) {
	defer module.crash()
	key := string(module.in[:n])
	if until == 0 {
		module.room.LiftRemote(key)
		return
	}
	module.room.HoldRemote(key, time.UnixMilli(int64(until)))
}

// exportedGranted tells that a turn has come.
//
//go:wasmexport granted
func exportedGranted(id int32) {
	defer module.crash()
	if turn, ok := module.turns[id]; ok {
		close(turn)
		delete(module.turns, id)
	}
}
