// Package sdktest tests the package retryhttp with the SDKs of OpenAI and
// Anthropic, in a module of its own so that nobody inherits them. It measures what
// becomes of each failure with the SDK alone and with the transport, and writes
// that down in docs/go-sdks.md, which `make docs` writes.
package sdktest
