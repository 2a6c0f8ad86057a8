// Package retry runs a function again until it succeeds, fails for good or is
// cancelled.
//
// [Retry] is all that most callers need: attempts without limit, 1s, 2s, 4s ...
// 60s apart, deterministic. Which errors are worth another attempt is decided
// by the package failure; a delay that the provider asked for is a floor under
// the backoff, not a replacement for it. [Policy] is the same with limits.
package retry

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/retrystream/retrystream/core/failure"
)

// OnRetry is told of each failed attempt that will be followed by another one,
// before the wait begins. Attempts count from 1; delay is the wait to come.
type OnRetry func(attempt int, err error, delay time.Duration)

// Retry calls fn until it returns nil, and returns nil then.
//
// An error that another attempt cannot cure is returned as it is. When ctx ends
// (before an attempt, in it, or in the wait) Retry returns [context.Cause] of
// it at once, leaves no timer behind and calls onRetry no more. onRetry may be
// nil: then the retries are silent.
func Retry(ctx context.Context, fn func(context.Context) error, onRetry OnRetry) error {
	return Policy{}.Do(ctx, fn, onRetry)
}

// Policy is how long and how often to try. The zero value is what Retry does.
type Policy struct {
	// MaxAttempts limits the calls of fn, the first included; 0 means no limit.
	MaxAttempts int
	// MaxRetryAfter is the longest delay asked for by a provider that is worth
	// waiting; 0 means no limit. A longer one ends the retries at once.
	MaxRetryAfter time.Duration
	// Now receives a value to cut the current wait short. What is sent outside a
	// wait is not received; senders should not block on it. May be nil.
	Now <-chan struct{}
}

// LimitError says that a limit of the policy ended the retries although another
// attempt might have helped. It unwraps to the last attempt's error.
type LimitError struct {
	// Attempts is how many were made.
	Attempts int
	// Err is the last attempt's error.
	Err error
}

func (e *LimitError) Error() string {
	noun := " attempts: "
	if e.Attempts == 1 {
		noun = " attempt: "
	}
	return "gave up after " + strconv.Itoa(e.Attempts) + noun + e.Err.Error()
}

// Unwrap gives the last attempt's error.
func (e *LimitError) Unwrap() error { return e.Err }

// Do is Retry under the policy p. Beyond its limits it returns a *LimitError.
func (p Policy) Do(ctx context.Context, fn func(context.Context) error, onRetry OnRetry) error {
	for attempt := 0; ; attempt++ {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		err := fn(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		f := failure.Classify(err)
		// A cancellation that is not ours may be tried again: HTTP/2 transports
		// report a stream that the server reset as a plain "context canceled".
		reset := f.Kind == failure.Canceled && errors.Is(err, context.Canceled)
		if !f.Retryable && !reset {
			return err
		}
		if p.MaxAttempts > 0 && attempt+1 >= p.MaxAttempts ||
			p.MaxRetryAfter > 0 && f.RetryAfter > p.MaxRetryAfter {
			return &LimitError{Attempts: attempt + 1, Err: err}
		}
		delay := max(Delay(attempt), f.RetryAfter)
		if onRetry != nil {
			onRetry(attempt+1, err, delay)
		}
		if !p.wait(ctx, delay) {
			return context.Cause(ctx)
		}
	}
}

// wait returns false when ctx ended first.
func (p Policy) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-p.Now:
	case <-timer.C:
	}
	return true
}
