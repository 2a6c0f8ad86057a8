//go:build !js

package retry

import (
	"fmt"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

// A page prints no Go values, and is spared these.

// Format has every verb print the text of Error, whether a pointer is printed or what
// it points to.
func (e LimitError) Format(s fmt.State, verb rune) {
	_, _ = fmt.Fprintf(s, fmt.FormatString(s, verb), e.Error())
}

// MarshalJSON returns the error's text, the limit and the number of attempts.
func (e LimitError) MarshalJSON() ([]byte, error) {
	o := jsonobject.Object("{").Name("message").Quote(e.Error()).Text("limit", string(e.Limit))
	return append(o.Count("attempts", int64(e.Attempts)), '}'), nil
}
