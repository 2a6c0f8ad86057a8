package retry_test

import (
	"context"
	"errors"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
)

type call struct {
	attempt int
	err     string
	delay   time.Duration
}

// script gives a function that fails with each error in turn and then succeeds,
// a recorder for onRetry, and the count of calls.
func script(errs ...error) (fn func(context.Context) error, calls *int) {
	calls = new(int)
	return func(context.Context) error {
		*calls++
		if *calls <= len(errs) {
			return errs[*calls-1]
		}
		return nil
	}, calls
}

func record(to *[]call) retry.OnRetry {
	return func(attempt int, err error, delay time.Duration) {
		*to = append(*to, call{attempt, err.Error(), delay})
	}
}

var (
	errOverloaded = errors.New("overloaded")
	errAuth       = errors.New("invalid api key")
)

func after(d time.Duration) error {
	f := failure.New(failure.RateLimit, 429)
	f.RetryAfter = d
	return &failure.Error{Failure: f}
}

func TestDelay(t *testing.T) {
	for attempt, seconds := range map[int]int{
		0: 1, 1: 2, 2: 4, 3: 8, 4: 16, 5: 32, 6: 60, 7: 60, 10: 60, 62: 60, 63: 60, 64: 60, 100: 60,
		math.MaxInt32: 60, math.MaxInt: 60, -1: 1, math.MinInt: 1,
	} {
		assert.Equal(t, time.Duration(seconds)*time.Second, retry.Delay(attempt), "attempt %d", attempt)
	}
	assert.Equal(t, time.Second, retry.InitialDelay)
	assert.Equal(t, time.Minute, retry.MaxDelay)
}

func TestRetry_SuccessOnFirstTry(t *testing.T) {
	fn, calls := script()
	require.NoError(t, retry.Retry(t.Context(), fn, func(int, error, time.Duration) { t.Error("no retry expected") }))
	assert.Equal(t, 1, *calls)
}

func TestRetry_TransientThenSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fn, calls := script(errOverloaded)
		require.NoError(t, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 2, *calls)
		assert.Equal(t, time.Second, time.Since(start))
	})
}

func TestRetry_MultipleTransientThenSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fn, calls := script(errOverloaded, errors.New("status 503"), io.ErrUnexpectedEOF)
		require.NoError(t, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 4, *calls)
		assert.Equal(t, 7*time.Second, time.Since(start))
	})
}

func TestRetry_WithoutLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errs := make([]error, 500)
		for i := range errs {
			errs[i] = errOverloaded
		}
		start := time.Now()
		fn, calls := script(errs...)
		require.NoError(t, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 501, *calls)
		assert.Equal(t, (63*time.Second)+494*time.Minute, time.Since(start))
	})
}

func TestRetry_NonRetryableError(t *testing.T) {
	fn, calls := script(errAuth)
	assert.Same(t, errAuth, retry.Retry(t.Context(), fn, nil), "the error comes back as it is")
	assert.Equal(t, 1, *calls)
}

func TestRetry_UnknownErrorIsNotRetried(t *testing.T) {
	boom := errors.New("boom")
	fn, calls := script(boom)
	assert.Same(t, boom, retry.Retry(t.Context(), fn, nil))
	assert.Equal(t, 1, *calls)
}

func TestRetry_TransientThenNonRetryable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, calls := script(errOverloaded, errAuth)
		assert.Same(t, errAuth, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 2, *calls)
	})
}

func TestRetry_ContextCanceledBeforeTheFirstTry(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fn, calls := script()
	assert.ErrorIs(t, retry.Retry(ctx, fn, nil), context.Canceled)
	assert.Zero(t, *calls)
}

func TestRetry_ContextCanceledDuringWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(10500*time.Millisecond, cancel)
		start := time.Now()
		fn, calls := script(errOverloaded, errOverloaded, errOverloaded, errOverloaded, errOverloaded)
		var seen []call
		assert.ErrorIs(t, retry.Retry(ctx, fn, record(&seen)), context.Canceled)
		// Attempts at 0s, 1s, 3s and 7s; the cancellation comes in the wait until 15s.
		assert.Equal(t, 4, *calls)
		assert.Equal(t, 10500*time.Millisecond, time.Since(start), "the wait ends at once")
		assert.Len(t, seen, 4)
		// synctest fails the test if a timer's goroutine were left behind.
	})
}

func TestRetry_ContextCanceledDuringFn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	called := 0
	err := retry.Retry(ctx, func(context.Context) error {
		called++
		cancel()
		return errOverloaded
	}, func(int, error, time.Duration) { t.Error("onRetry after the cancellation") })
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, called)
}

func TestRetry_SuccessWinsOverCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	assert.NoError(t, retry.Retry(ctx, func(context.Context) error { cancel(); return nil }, nil))
}

func TestRetry_ParentCancelCauseIsPreserved(t *testing.T) {
	cause := errors.New("the tab was closed")
	for name, when := range map[string]time.Duration{"in the attempt": 0, "in the wait": 500 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				err := retry.Retry(ctx, func(context.Context) error {
					if when == 0 {
						cancel(cause)
					} else {
						time.AfterFunc(when, func() { cancel(cause) })
					}
					return errOverloaded
				}, nil)
				assert.Same(t, cause, err)
			})
		})
	}
}

func TestRetry_OnRetryCalledWithCorrectArgs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, _ := script(errors.New("overloaded: one"), errors.New("overloaded: two"), errors.New("overloaded: three"))
		var seen []call
		require.NoError(t, retry.Retry(t.Context(), fn, record(&seen)))
		assert.Equal(t, []call{
			{1, "overloaded: one", time.Second},
			{2, "overloaded: two", 2 * time.Second},
			{3, "overloaded: three", 4 * time.Second},
		}, seen)
	})
}

func TestRetry_OnRetryNilDoesNotPanic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, _ := script(errOverloaded)
		assert.NotPanics(t, func() { assert.NoError(t, retry.Retry(t.Context(), fn, nil)) })
	})
}

func TestRetry_UsesRetryAfterAsDelayFloor(t *testing.T) {
	for name, tc := range map[string]struct{ asked, want time.Duration }{
		"longer than the backoff":  {3 * time.Second, 3 * time.Second},
		"shorter than the backoff": {500 * time.Millisecond, time.Second},
		"beyond the backoff's cap": {90 * time.Second, 90 * time.Second},
		"none":                     {0, time.Second},
		"negative":                 {-time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				fn, _ := script(after(tc.asked))
				var seen []call
				require.NoError(t, retry.Retry(t.Context(), fn, record(&seen)))
				require.Len(t, seen, 1)
				assert.Equal(t, tc.want, seen[0].delay)
				assert.Equal(t, tc.want, time.Since(start))
			})
		})
	}
}

func TestRetry_ContextCanceledStatus500ThenSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, calls := script(errors.New("status 500: context canceled"))
		require.NoError(t, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 2, *calls)
	})
}

func TestRetry_ContextCanceledFromAttemptWithHealthyParentRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, calls := script(context.Canceled)
		require.NoError(t, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 2, *calls)
	})
}

func TestRetry_ContextCanceledNonRetryableDoesNotWrapAsTransportReset(t *testing.T) {
	for _, text := range []string{"status 401: unauthorized", "insufficient_quota"} {
		err := errors.Join(errors.New(text), context.Canceled)
		fn, calls := script(err)
		assert.Equal(t, err, retry.Retry(t.Context(), fn, nil), text)
		assert.Equal(t, 1, *calls, text)
	}
}

func TestRetry_ContextCanceledFromParentDoesNotRetry(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := retry.Retry(ctx, func(ctx context.Context) error {
		calls++
		cancel()
		return ctx.Err()
	}, nil)
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, calls)
}

func TestRetry_HTTP2TransportErrorKeepsRetrying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reset := errors.New("stream error: stream ID 7; INTERNAL_ERROR; received from peer")
		fn, calls := script(reset, reset)
		require.NoError(t, retry.Retry(t.Context(), fn, nil))
		assert.Equal(t, 3, *calls)
	})
}

func TestPolicy_MaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fn, calls := script(errOverloaded, errOverloaded, errOverloaded)
		err := retry.Policy{MaxAttempts: 3}.Do(t.Context(), fn, nil)
		var limit *retry.LimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 3, limit.Attempts)
		assert.ErrorIs(t, err, errOverloaded)
		assert.EqualError(t, err, "gave up after 3 attempts: overloaded")
		assert.Equal(t, failure.Overloaded, failure.Classify(err).Kind, "the classification is kept")
		assert.Equal(t, 3, *calls)
		assert.Equal(t, 3*time.Second, time.Since(start), "no wait after the last attempt")
	})
}

func TestPolicy_MaxRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, calls := script(after(5*time.Minute), after(5*time.Minute+1))
		err := retry.Policy{MaxRetryAfter: 5 * time.Minute}.Do(t.Context(), fn, nil)
		var limit *retry.LimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 5*time.Minute+1, failure.Classify(err).RetryAfter)
		assert.Equal(t, 2, *calls)
	})
}

func TestPolicy_NowCutsTheWaitShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := make(chan struct{})
		push := func() {
			select {
			case now <- struct{}{}:
			default:
			}
		}
		start := time.Now()
		fn, calls := script(errOverloaded, errOverloaded)
		go func() {
			time.Sleep(300 * time.Millisecond)
			push() // in the first wait
		}()
		require.NoError(t, retry.Policy{Now: now}.Do(t.Context(), func(ctx context.Context) error {
			push() // outside a wait: not remembered
			return fn(ctx)
		}, nil))
		assert.Equal(t, 3, *calls)
		assert.Equal(t, 2300*time.Millisecond, time.Since(start))
	})
}
