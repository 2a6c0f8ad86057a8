//go:build js && wasm

// Command wasm is the browser module: the core behind a handful of functions.
//
// The TypeScript side hands it a host object (see host.go) and sends it bytes;
// everything that decides lives in core. This is the only package that knows
// safejs.
package main

import (
	"runtime/debug"

	"github.com/hack-pad/safejs"
)

// build identifies the build that this module belongs to; the linker sets it.
var build = "dev"

func main() {
	// A page gets none of its memory back, and reading allocates nothing: better
	// to collect often than to grow.
	debug.SetGCPercent(25)
	object, err := safejs.Global().Get("retrystream")
	if err != nil {
		panic(err)
	}
	b := newBridge(host{object})
	release, err := b.register()
	if err != nil {
		panic(err)
	}
	defer release()
	module = b
	// The program lives until a bug ends it: see crash.
	<-b.done
}
