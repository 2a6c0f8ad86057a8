// Package retry runs a function again until it succeeds, fails for good or is
// cancelled.
//
// [Retry] is all that most callers need: attempts without limit, 1s, 2s, 4s ...
// 60s apart, deterministic. Which errors are worth another attempt is decided
// by the package failure; what it only presumes to pass is tried [MaxPresumed]
// times. A delay that the provider asked for is a floor under the backoff, not a
// replacement for it. [Policy] is the same with limits and other [Delays].
package retry

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/retrystream/retrystream/core/failure"
)

// OnRetry is called for each failed attempt that will be followed by another one,
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

// MaxPresumed is how many calls of one Do may fail with what is only presumed to
// pass, see failure.Failure.Presumed: the last of them ends the retries. What is known
// to pass does not count, and is tried without limit.
const MaxPresumed = 3

// Policy is how long and how often to try. The zero value is what Retry does.
type Policy struct {
	// MaxAttempts limits the calls of fn, the first included and whatever they
	// achieved; 0 means no limit.
	MaxAttempts int
	// MaxFruitlessAttempts limits the calls of fn in a row of which Progress says
	// that they achieved nothing; 0 means no limit.
	MaxFruitlessAttempts int
	// MaxRetryAfter is the longest delay asked for by a provider that is worth
	// waiting; 0 means no limit. A longer one ends the retries at once.
	MaxRetryAfter time.Duration
	// MaxElapsed is how long after the beginning of Do an attempt may still
	// start; 0 means no limit. Where the next one could only start later, the
	// retries end at once rather than after a wait in vain. An attempt that runs
	// is never cut short.
	MaxElapsed time.Duration
	// Delays are the waits between attempts, their zero value those of Delay. A
	// delay that the provider asked for is a floor that jitter does not lower.
	Delays Delays
	// Random returns the numbers for the jitter, see Delays.Delay. May be nil.
	Random func() float64
	// Before is called ahead of each wait, once no limit forbids another attempt.
	// An error that it returns ends the retries, as it is. May be nil.
	Before func(ctx context.Context, attempt int, err error) error
	// Progress reports whether the attempt that failed with err achieved so much that
	// the delays and MaxFruitlessAttempts shall count from the beginning. May be nil:
	// then none did.
	Progress func(err error) bool
	// Now receives a value to cut the current wait short. What is sent outside a
	// wait is not received; senders should not block on it. May be nil.
	Now <-chan struct{}
}

// Limit names one limit of a Policy.
type Limit string

const (
	// LimitAttempts is MaxAttempts.
	LimitAttempts Limit = "attempts"
	// LimitFruitless is MaxFruitlessAttempts.
	LimitFruitless Limit = "fruitless_attempts"
	// LimitPresumed is the constant MaxPresumed.
	LimitPresumed Limit = "presumed"
	// LimitRetryAfter is MaxRetryAfter.
	LimitRetryAfter Limit = "retry_after"
	// LimitElapsed is MaxElapsed.
	LimitElapsed Limit = "elapsed"
)

// LimitError is the error where a limit of the policy ended the retries although
// another attempt might have helped. It unwraps to the last attempt's error.
type LimitError struct {
	// Limit is the one that was reached.
	Limit Limit
	// Attempts is how many were made.
	Attempts int
	// Err is the last attempt's error.
	Err error
}

// Error returns how many attempts there were and what may be shown of the last one's error: see
// failure.Describe.
func (e *LimitError) Error() string {
	noun := " attempts: "
	if e.Attempts == 1 {
		noun = " attempt: "
	}
	why := ""
	if e.Limit == LimitPresumed {
		why = "nothing is known of this failure: "
	}
	return "gave up after " + strconv.Itoa(e.Attempts) + noun + why + failure.Describe(e.Err)
}

// Unwrap returns the last attempt's error.
func (e *LimitError) Unwrap() error { return e.Err }

// exceeded returns the limit that forbids another attempt, "" if none does. made
// counts the attempts so far, fruitless those in a row without progress, presumed those
// whose failure was; delay is the wait before the next one, and asked the part of it
// that the provider asked for.
func (p Policy) exceeded(made, fruitless, presumed int, start time.Time, delay, asked time.Duration) Limit {
	switch {
	case presumed >= MaxPresumed:
		return LimitPresumed
	case p.MaxAttempts > 0 && made >= p.MaxAttempts:
		return LimitAttempts
	case p.MaxFruitlessAttempts > 0 && fruitless >= p.MaxFruitlessAttempts:
		return LimitFruitless
	case p.MaxRetryAfter > 0 && asked > p.MaxRetryAfter:
		return LimitRetryAfter
	case p.MaxElapsed > 0 && delay > p.MaxElapsed-time.Since(start):
		return LimitElapsed
	}
	return ""
}

// Do is Retry under the policy p. Beyond its limits it returns a *LimitError. It
// does not Check p.Delays.
func (p Policy) Do(ctx context.Context, fn func(context.Context) error, onRetry OnRetry) error {
	var start time.Time
	if p.MaxElapsed > 0 {
		start = time.Now()
	}
	// made counts the attempts, fruitless those in a row without progress, presumed those
	// whose failure is only presumed to pass, and step is the place among the delays.
	fruitless, presumed, step := 0, 0, 0
	for made := 1; ; made, step = made+1, step+1 {
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
		if f.Presumed {
			presumed++
		}
		fruitless++
		if p.Progress != nil && p.Progress(err) {
			fruitless, step = 0, 0
		}
		delay := max(p.Delays.Delay(step, p.Random), f.RetryAfter)
		if limit := p.exceeded(made, fruitless, presumed, start, delay, f.RetryAfter); limit != "" {
			return &LimitError{Limit: limit, Attempts: made, Err: err}
		}
		until := time.Now().Add(delay)
		if p.Before != nil {
			if stop := p.Before(ctx, made, err); stop != nil {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				return stop
			}
			delay = max(time.Until(until), 0)
		}
		if onRetry != nil {
			onRetry(made, err, delay)
		}
		if !p.wait(ctx, until) {
			return context.Cause(ctx)
		}
		// A computer that slept, or a slow onRetry, makes the wait longer.
		if limit := p.exceeded(made, fruitless, presumed, start, 0, 0); limit != "" {
			return &LimitError{Limit: limit, Attempts: made, Err: err}
		}
	}
}

// wait waits until then or until Now, and returns false when ctx has ended.
func (p Policy) wait(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-p.Now:
	case <-timer.C:
	}
	return ctx.Err() == nil
}
