package stream

import (
	"errors"
	"strconv"
	"time"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
)

// done tells that the reply is complete, or as good as that.
func (s *Stream) done() error {
	s.told.set(event.ChatStreamStatus{Phase: event.PhaseDone, Attempt: s.attempts, Message: s.remark()})
	return nil
}

// conclude returns why the stream failed for good; unless what came last is handed out
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
		f.Message = s.target.provider.FinalMessage(f) // which speaks of no further attempt
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
		f.Message = s.target.provider.FinalMessage(f)
		if limit.Limit == retry.LimitPresumed {
			f.Message += " It was not tried again: three attempts failed for a reason that is not known."
		}
	}
	s.told.set(event.ChatStreamStatus{
		Phase: event.PhaseFailed, Attempt: s.attempts,
		Message: f.Message, Kind: f.Kind, StatusCode: f.StatusCode, Detail: f.Detail,
	})
	ending := EndError
	if s.last != nil {
		ending = s.last.client.fail(f)
	}
	return &Error{Failure: f, Attempts: s.attempts, Cause: err, Ending: ending, refusal: refusal}
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
