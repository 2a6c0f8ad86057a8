package failure

import (
	"bytes"
	"errors"
	"strconv"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

// Error is a Failure as an error value. However it is printed, as text, by %#v or as
// JSON, it shows the Failure alone: the text of Cause may hold a URL with a key in
// its query, as that of a *url.Error does.
type Error struct {
	Failure
	// Cause is the error that was judged; nil where there was none, as with an
	// HTTP response or an error event.
	Cause error
}

// Error gives the message for a person, then the provider's detail.
func (e *Error) Error() string { return e.Failure.text() }

// Unwrap gives the error that was judged.
func (e *Error) Unwrap() error { return e.Cause }

// GoString gives what %#v prints.
func (e Error) GoString() string { return "failure.Error(" + e.text() + ")" }

// MarshalJSON gives the failure as an object with the members of a page's error.
func (e Error) MarshalJSON() ([]byte, error) {
	o := jsonobject.Object("{").Name("message").Quote(e.Message).Name("retryable")
	o = strconv.AppendBool(o, e.Retryable)
	o = o.Text("kind", string(e.Kind)).Text("provider", e.Provider).Number("status_code", int64(e.StatusCode))
	o = o.Text("detail", e.Detail).Number("retry_after_ms", max(e.RetryAfter, 0).Milliseconds())
	return bytes.ToValidUTF8(append(o, '}'), []byte("\ufffd")), nil
}

// text is the message, then the detail.
func (f Failure) text() string {
	if f.Detail == "" {
		return f.Message
	}
	return f.Message + " (" + f.Detail + ")"
}

// Describe gives the text of an error as it may be shown: that of an [Error] in the
// chain, and of every other one the [Detail]. It is empty for nil.
func Describe(err error) string {
	if own, ok := errors.AsType[*Error](err); ok && own != nil {
		return own.Error()
	}
	if err == nil {
		return ""
	}
	return Detail(err.Error())
}
