//go:build !js

package stream

import (
	"bytes"
	"fmt"
)

// A page prints no Go values, and is spared these.

// Format has every verb print the text of Error, whether a pointer is printed or what
// it points to.
func (e Error) Format(s fmt.State, verb rune) {
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), e.Error())
}

// MarshalJSON returns the error as pages see it.
func (e Error) MarshalJSON() ([]byte, error) {
	return bytes.ToValidUTF8(e.Wire().AppendJSON(nil), []byte("\ufffd")), nil
}
