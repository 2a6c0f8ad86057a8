//go:build js && wasm

// Command wasm is the browser module: the core behind a handful of functions.
//
// What every stream needs crosses the border as numbers and bytes: host.go has what
// this side calls, exports.go and memory.go what TypeScript calls. Everything that
// decides lives in core. This is the only package that knows safejs.
package main

import "github.com/hack-pad/safejs"

// build identifies the build that this module belongs to; the linker sets it.
var build = "dev"

func main() {
	object, err := safejs.Global().Get("retrystream")
	if err != nil {
		panic(err)
	}
	module = newBridge(host{object})
	module.host.started(build)
	// The program lives until a bug ends it: see crash.
	<-module.done
}
