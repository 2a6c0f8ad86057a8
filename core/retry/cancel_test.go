package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/retry"
)

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
