// Package gotest runs the core's own tests in a page. WASM_RUN in the environment is a
// -test.run pattern for them.
package gotest
