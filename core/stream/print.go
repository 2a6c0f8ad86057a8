//go:build !js

package stream

import "bytes"

// A page prints no Go values, and is spared these.

// GoString gives what %#v prints.
func (e Error) GoString() string { return "stream.Error(" + e.Error() + ")" }

// MarshalJSON gives the error as pages see it.
func (e Error) MarshalJSON() ([]byte, error) {
	return bytes.ToValidUTF8(e.Wire().AppendJSON(nil), []byte("\ufffd")), nil
}
