package stream

import (
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

// Error is why a stream failed for good. However it is printed, by any verb of fmt or
// as JSON, it shows no secret: see failure.Error.
type Error struct {
	failure.Failure
	// Attempts is how many requests were made.
	Attempts int
	// Cause is the error of the last attempt, and what BeforeRetry or Fallback returned if
	// that ended the stream. Its text may hold a secret, as that of a *url.Error does.
	Cause error
	// Ending says what becomes of the reader of a relayed body.
	Ending Ending
	// refusal is what may be shown of an error that BeforeRetry or Fallback returned, with
	// its name before it.
	refusal string
}

// Error returns the message for a person, then the provider's detail, then the
// error of BeforeRetry or Fallback without its secrets.
func (e *Error) Error() string {
	text := (&failure.Error{Failure: e.Failure}).Error()
	if e.refusal != "" {
		text += " " + e.refusal
	}
	return text
}

// Unwrap returns the error of the last attempt.
func (e *Error) Unwrap() error { return e.Cause }

// Wire returns the error as pages see it.
func (e *Error) Wire() event.ChatStreamError {
	return event.ChatStreamError{
		Message: e.Message, Kind: e.Kind, Provider: e.Provider, Retryable: e.Retryable,
		StatusCode: e.StatusCode, Detail: e.Detail, Attempts: e.Attempts,
		RetryAfterMs: max(e.RetryAfter, 0).Milliseconds(),
	}
}

// The options that may end a stream by an error.
const (
	askedBefore   = "BeforeRetry"
	askedFallback = "Fallback"
)

// stopError ends the retries although another attempt might have helped.
type stopError struct {
	// attempt is why the last attempt failed.
	attempt error
	// cause is what BeforeRetry or Fallback returned, nil where nobody was asked.
	cause error
	// says is what to tell a person of such a cause.
	says string
	// by is the name of the option.
	by string
}

func (e *stopError) Error() string { return e.attempt.Error() }
