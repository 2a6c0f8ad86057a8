// Package module tests how the WebAssembly module is loaded by a page, and what becomes
// of streams when it breaks.
package module
