//go:build js && wasm

package main

//lint:file-ignore U1000 staticcheck does not know go:wasmexport; TypeScript calls these.

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// What the page's side calls about streams as a whole; memory.go has what it calls
// for each chunk. They take numbers; text and bytes stand in the memory that room
// gives. An exported function must not block and must not panic outwards. The
// goroutines that it wakes run when TypeScript resumes the program, which it does
// right after.

// module is what the exported functions work on.
var module *bridge

// exportedRoom returns the address of n bytes for TypeScript to write to.
//
//go:wasmexport room
func exportedRoom(n int32) uint32 {
	defer module.crash()
	module.in = slices.Grow(emptied(module.in), int(n))[:n]
	return address(&module.in[0])
}

// exportedStart runs a stream. In the room stand its texts, n bytes, with a zero
// byte between: URL, provider, partial, jitter, the key of its room. The flags are
// asks and so on. The numbers are options that TypeScript has checked, in the order of
// Engine.start in web/src/module/engine.ts; times are in milliseconds. There must not be more
// than 16 parameters: Go's compiler has no more registers for them.
//
//go:wasmexport start
func exportedStart(id, n, flags int32, maxAttempts, maxFruitlessAttempts, maxAlike, emptyAttempts, multiplier,
	initial, max, maxElapsed, maxRetryAfter, connectTimeout, silenceTimeout, progressTimeout float64) {
	defer module.crash()
	rest := string(module.in[:n])
	var texts [5]string
	for i := range texts {
		texts[i], rest, _ = strings.Cut(rest, "\x00")
	}
	module.start(id, stream.Options{
		URL: texts[0], Provider: texts[1], Partial: stream.Partial(texts[2]), RoomKey: texts[4],
		MaxAttempts: int(maxAttempts), MaxFruitlessAttempts: int(maxFruitlessAttempts), MaxAlike: int(maxAlike),
		EmptyAttempts: int(emptyAttempts),
		Delays: retry.Delays{
			Jitter: retry.Jitter(texts[3]), Multiplier: multiplier, Initial: duration(initial), Max: duration(max),
		},
		MaxElapsed: duration(maxElapsed), MaxRetryAfter: duration(maxRetryAfter),
		ConnectTimeout: duration(connectTimeout), SilenceTimeout: duration(silenceTimeout), ProgressTimeout: duration(progressTimeout),
	}, flags)
}

// exportedSettled answers what a stream has asked for last: with a number, and
// with what stands in the room, n bytes, cut in two.
//
//go:wasmexport settled
func exportedSettled(id, how, cut, n int32) {
	defer module.crash()
	if s := module.streams[id]; s != nil {
		in := module.in[:n]
		// Nobody is asked twice before the first answer: there is room for it.
		s.settled <- settlement{how, string(in[:cut]), bytes.Clone(in[cut:])}
	}
}

// exportedRespond tells of the head of the response that a stream waits for, which
// may let another stream go. In the room stands, where it is no success, the start of
// the body, n bytes. The answer is whether the body is to be read and fed.
//
//go:wasmexport respond
func exportedRespond(id, status, n int32) (read bool) {
	defer module.crash()
	s := module.streams[id]
	if s == nil || s.attempt == nil {
		return false
	}
	res := provider.Response{StatusCode: int(status), Header: s.header, Body: bytes.Clone(module.in[:n])}
	return s.attempt.Respond(res)
}

// exportedRetryNow ends a stream's current wait.
//
//go:wasmexport retryNow
func exportedRetryNow(id int32) {
	defer module.crash()
	if s := module.streams[id]; s != nil {
		s.stream.RetryNow()
	}
}

// exportedCancel ends a stream.
//
//go:wasmexport cancel
func exportedCancel(id int32) {
	defer module.crash()
	if s := module.streams[id]; s != nil {
		s.cancel()
	}
}

// exportedSetOnline tells every stream whether there is a network.
//
//go:wasmexport setOnline
func exportedSetOnline(online bool) {
	defer module.crash()
	module.offline = !online
	for _, s := range module.streams {
		s.stream.SetOnline(online)
	}
}

// exportedWake tells every stream that the device has slept.
//
//go:wasmexport wake
func exportedWake() {
	defer module.crash()
	for _, s := range module.streams {
		s.stream.Wake()
	}
}

// exportedHold tells that other tabs wait, until in milliseconds since 1970, or
// with 0 that they need not any longer. The room holds the key, n bytes, of those
// that wait.
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

// duration turns milliseconds into a Duration. More than it holds is for ever.
func duration(ms float64) time.Duration {
	if ms > 1e12 {
		return -1
	}
	return time.Duration(ms * float64(time.Millisecond))
}
