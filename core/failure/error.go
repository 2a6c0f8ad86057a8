package failure

import "errors"

// Error is a Failure as an error value. However it is printed, by any verb of fmt or as
// JSON, it shows the Failure alone: the text of Cause may hold a URL with a key in
// its query, as that of a *url.Error does.
type Error struct {
	Failure
	// Cause is the error that was judged; nil where there was none, as with an
	// HTTP response or an error event.
	Cause error
}

// Error returns the message for a person, then the provider's detail.
func (e *Error) Error() string { return e.Failure.text() }

// Unwrap returns the error that was judged.
func (e *Error) Unwrap() error { return e.Cause }

// text returns the message, then the detail.
func (f Failure) text() string {
	if f.Detail == "" {
		return f.Message
	}
	return f.Message + " (" + f.Detail + ")"
}

// Describe returns the text of an error as it may be shown: that of an [Error] in the
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
