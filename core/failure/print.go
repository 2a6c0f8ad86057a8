//go:build !js

package failure

import (
	"bytes"
	"fmt"
	"strconv"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

// A page prints no Go values, and is spared these.

// Format has every verb print the text of Error, whether a pointer is printed or what
// it points to.
func (e Error) Format(s fmt.State, verb rune) {
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), e.Error())
}

// MarshalJSON returns the failure as an object with the members of a page's error.
func (e Error) MarshalJSON() ([]byte, error) {
	o := jsonobject.Object("{").Name("message").Quote(e.Message).Name("retryable")
	o = strconv.AppendBool(o, e.Retryable)
	o = o.Text("kind", string(e.Kind)).Text("provider", e.Provider).Number("status_code", int64(e.StatusCode))
	o = o.Text("detail", e.Detail).Number("retry_after_ms", max(e.RetryAfter, 0).Milliseconds())
	return bytes.ToValidUTF8(append(o, '}'), []byte("\ufffd")), nil
}
