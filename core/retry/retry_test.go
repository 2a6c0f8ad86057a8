package retry_test

import (
	"context"
	"errors"
	"io"
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

// script returns a function that fails with each error in turn and then succeeds,
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
