//go:build !js

package retry

import "github.com/retrystream/retrystream/core/internal/jsonobject"

// A page prints no Go values, and is spared these.

// GoString gives what %#v prints.
func (e LimitError) GoString() string { return "retry.LimitError(" + e.Error() + ")" }

// MarshalJSON gives the error's text, the limit and the number of attempts.
func (e LimitError) MarshalJSON() ([]byte, error) {
	o := jsonobject.Object("{").Name("message").Quote(e.Error()).Text("limit", string(e.Limit))
	return append(o.Count("attempts", int64(e.Attempts)), '}'), nil
}
