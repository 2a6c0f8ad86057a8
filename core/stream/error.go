package stream

import (
	"errors"
	"strconv"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
)

// Error says why a stream failed for good. However it is printed, by any verb of fmt or
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
	attempt error // why the last attempt failed
	// cause is what BeforeRetry or Fallback returned, nil where nobody was asked.
	cause error
	// says is what to tell a person of such a cause, by the name of the option.
	says, by string
}

func (e *stopError) Error() string { return e.attempt.Error() }

// conclude says why the stream failed for good; unless what came last is handed out
// all the same.
func (s *Stream) conclude(err error) error {
	limit, limited := errors.AsType[*retry.LimitError](err)
	if limited {
		err = limit.Err
	}
	stop, refused := errors.AsType[*stopError](err)
	if refused {
		err = stop.attempt
	}
	if s.takes(limit, stop) {
		return s.done()
	}
	f, refusal := failure.Classify(err), ""
	if f.Presumed || f.Kind == failure.Empty {
		f.Message = s.provider.FinalMessage(f) // which speaks of no further attempt
	}
	switch {
	case refused && stop.cause == nil:
		f.Message += " What came of the reply is kept."
	case refused && stop.by == askedBefore && errors.Is(stop.cause, ErrRefused):
		f.Message += " It was not tried again: beforeRetry refused."
		err = errors.Join(err, stop.cause)
	case refused:
		f.Message += stop.says
		refusal = stop.by + ": " + failure.Describe(stop.cause)
		err = errors.Join(err, stop.cause)
	case !limited:
	case limit.Limit == retry.LimitRetryAfter:
		f.Message += " It asks to wait " + inWords(f.RetryAfter) + "."
	default:
		f.Message = s.provider.FinalMessage(f)
		if limit.Limit == retry.LimitPresumed {
			f.Message += " It was not tried again: three attempts failed for a reason that is not known."
		}
	}
	s.setStatus(event.ChatStreamStatus{
		Phase: event.PhaseFailed, Attempt: s.attempts,
		Message: f.Message, Kind: f.Kind, StatusCode: f.StatusCode, Detail: f.Detail,
	})
	return &Error{Failure: f, Attempts: s.attempts, Cause: err, Ending: s.tell(f), refusal: refusal}
}

// inWords returns a long wait in the unit that people would use, rounded up.
func inWords(d time.Duration) string {
	n, unit := roundUp(d, time.Minute), " minutes"
	switch {
	case d > 48*time.Hour:
		n, unit = roundUp(d, 24*time.Hour), " days"
	case d > 120*time.Minute:
		n, unit = roundUp(d, time.Hour), " hours"
	}
	if n == 1 {
		unit = unit[:len(unit)-1]
	}
	return strconv.FormatInt(n, 10) + unit
}

// roundUp is how many units of time the delay takes, 0 for one that is negative.
func roundUp(d, unit time.Duration) int64 {
	if d <= 0 {
		return 0
	}
	return int64((d-1)/unit) + 1 // the longest Duration must not overflow
}
