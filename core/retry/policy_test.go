package retry_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
)

func TestPolicy_MaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fn, calls := script(errOverloaded, errOverloaded, errOverloaded)
		err := retry.Policy{MaxAttempts: 3}.Do(t.Context(), fn, nil)
		var limit *retry.LimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, 3, limit.Attempts)
		assert.Equal(t, retry.LimitAttempts, limit.Limit)
		assert.ErrorIs(t, err, errOverloaded)
		assert.EqualError(t, err, "gave up after 3 attempts: overloaded")
		assert.Equal(t, failure.Overloaded, failure.Classify(err).Kind, "the classification is kept")
		assert.Equal(t, 3, *calls)
		assert.Equal(t, 3*time.Second, time.Since(start), "no wait after the last attempt")
	})
}

// TestPolicy_Progress: what an attempt achieved moves the delays and the limit of
// those in vain; MaxAttempts counts them all.
func TestPolicy_Progress(t *testing.T) {
	for name, tc := range map[string]struct {
		policy   retry.Policy
		progress string // of each attempt, one that got further is a plus
		limit    retry.Limit
		attempts int
		took     time.Duration
	}{
		"always":          {retry.Policy{MaxAttempts: 3, MaxFruitlessAttempts: 1}, "+++++", retry.LimitAttempts, 3, 2 * time.Second},
		"never":           {retry.Policy{MaxAttempts: 9, MaxFruitlessAttempts: 3}, "-----", retry.LimitFruitless, 3, 3 * time.Second},
		"at first":        {retry.Policy{MaxFruitlessAttempts: 2}, "++---", retry.LimitFruitless, 4, 4 * time.Second},
		"between":         {retry.Policy{MaxFruitlessAttempts: 3}, "--+---", retry.LimitFruitless, 6, 10 * time.Second},
		"both at once":    {retry.Policy{MaxAttempts: 2, MaxFruitlessAttempts: 2}, "--", retry.LimitAttempts, 2, time.Second},
		"one and no more": {retry.Policy{MaxAttempts: 1}, "+", retry.LimitAttempts, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, made := time.Now(), 0
				tc.policy.Progress = func(error) bool { return tc.progress[made-1] == '+' }
				err := tc.policy.Do(t.Context(), func(context.Context) error { made++; return errOverloaded }, nil)
				var limit *retry.LimitError
				require.ErrorAs(t, err, &limit)
				assert.Equal(t, tc.limit, limit.Limit)
				assert.Equal(t, tc.attempts, made)
				assert.Equal(t, tc.attempts, limit.Attempts)
				assert.Equal(t, tc.took, time.Since(start))
			})
		})
	}
}

// TestPolicy_Presumed: what is only presumed to pass is tried three times in all,
// whatever else fails between; what is known to pass is not limited.
func TestPolicy_Presumed(t *testing.T) {
	for name, tc := range map[string]struct {
		policy   retry.Policy
		attempts string // what each meets: p for presumed, k for known
		limit    retry.Limit
		made     int
		took     time.Duration
	}{
		"nothing else":                {retry.Policy{}, "pppp", retry.LimitPresumed, 3, 3 * time.Second},
		"among others":                {retry.Policy{}, "kpkpkkp", retry.LimitPresumed, 7, 63 * time.Second},
		"a smaller limit of caller's": {retry.Policy{MaxAttempts: 2}, "ppp", retry.LimitAttempts, 2, time.Second},
		"the same limit":              {retry.Policy{MaxAttempts: 3}, "ppp", retry.LimitPresumed, 3, 3 * time.Second},
		"progress does not help":      {retry.Policy{Progress: func(error) bool { return true }}, "ppp", retry.LimitPresumed, 3, 2 * time.Second},
		"twice, then well":            {retry.Policy{}, "ppkkk", "", 6, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var errs []error
				for _, c := range tc.attempts {
					f := failure.New(failure.Network, 0)
					f.Presumed = c == 'p'
					errs = append(errs, fmt.Errorf("the transport: %w", &failure.Error{Failure: f}))
				}
				start := time.Now()
				fn, calls := script(errs...)
				err := tc.policy.Do(t.Context(), fn, nil)
				assert.Equal(t, tc.made, *calls)
				assert.Equal(t, tc.took, time.Since(start))
				if tc.limit == "" {
					assert.NoError(t, err)
					return
				}
				var limit *retry.LimitError
				require.ErrorAs(t, err, &limit)
				assert.Equal(t, tc.limit, limit.Limit)
				assert.Equal(t, tc.made, limit.Attempts)
				assert.Equal(t, tc.limit == retry.LimitPresumed, strings.Contains(err.Error(), "nothing is known of this failure"))
			})
		})
	}
}

func TestPolicy_MaxRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, calls := script(after(5*time.Minute), after(5*time.Minute+1))
		err := retry.Policy{MaxRetryAfter: 5 * time.Minute}.Do(t.Context(), fn, nil)
		var limit *retry.LimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, retry.LimitRetryAfter, limit.Limit)
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

func TestPolicy_MaxElapsed(t *testing.T) {
	for name, tc := range map[string]struct {
		limit    time.Duration
		each     time.Duration // how long an attempt takes
		errs     []error
		attempts int
		ends     time.Duration
	}{
		// Attempts at 0s, 1s, 3s and 7s where they take no time.
		"the next attempt at the limit":     {7 * time.Second, 0, nil, 4, 7 * time.Second},
		"the next attempt after the limit":  {7*time.Second - 1, 0, nil, 3, 3 * time.Second},
		"not even a second attempt":         {time.Second - 1, 0, nil, 1, 0},
		"a long attempt is not cut short":   {2 * time.Second, time.Minute, nil, 1, time.Minute},
		"the attempts count too":            {10 * time.Second, 3 * time.Second, nil, 3, 12 * time.Second},
		"a provider's delay that fits":      {6 * time.Second, 0, []error{after(5 * time.Second)}, 2, 5 * time.Second},
		"a provider's delay that does not":  {6 * time.Second, 0, []error{after(time.Minute)}, 1, 0},
		"a delay as long as delays can be":  {6 * time.Second, time.Second, []error{after(math.MaxInt64)}, 1, time.Second},
		"a limit as long as limits can be":  {math.MaxInt64, 0, []error{errOverloaded, errAuth}, 2, time.Second},
		"none":                              {0, 0, []error{errOverloaded, errOverloaded, errAuth}, 3, 3 * time.Second},
		"success before the limit":          {7 * time.Second, 0, []error{errOverloaded, nil}, 2, time.Second},
		"an error that is not worth a wait": {1, 0, []error{errAuth}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls, last := time.Now(), 0, error(nil)
				var told []call
				err := retry.Policy{MaxElapsed: tc.limit}.Do(t.Context(), func(context.Context) error {
					time.Sleep(tc.each)
					last = errOverloaded
					if calls < len(tc.errs) {
						last = tc.errs[calls]
					}
					calls++
					return last
				}, record(&told))
				assert.Equal(t, tc.attempts, calls)
				assert.Equal(t, tc.ends, time.Since(start))
				assert.Len(t, told, tc.attempts-1, "a wait is announced only if an attempt follows")
				if last == nil || errors.Is(last, errAuth) {
					assert.Equal(t, last, err)
					return
				}
				var limit *retry.LimitError
				require.ErrorAs(t, err, &limit)
				assert.Equal(t, retry.LimitError{Limit: retry.LimitElapsed, Attempts: tc.attempts, Err: last}, *limit)
			})
		})
	}
}

// late is a listener that takes its time, as a computer that sleeps does.
func late(by time.Duration) retry.OnRetry {
	return func(int, error, time.Duration) { time.Sleep(by) }
}

func TestPolicy_NoAttemptAfterAnOverlongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn, calls := script(errOverloaded)
		err := retry.Policy{MaxElapsed: 2 * time.Second}.Do(t.Context(), fn, late(time.Hour))
		var limit *retry.LimitError
		require.ErrorAs(t, err, &limit)
		assert.Equal(t, retry.LimitElapsed, limit.Limit)
		assert.Equal(t, 1, *calls)
	})
}

func TestPolicy_CancellationWinsOverTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		fn, _ := script(errOverloaded)
		err := retry.Policy{MaxElapsed: 2 * time.Second}.Do(ctx, fn, func(int, error, time.Duration) {
			cancel()
			time.Sleep(time.Hour)
		})
		assert.Same(t, context.Canceled, err)
	})
}

func TestPolicy_TheWaitBeginsBeforeOnRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		fn, _ := script(errOverloaded)
		require.NoError(t, retry.Policy{}.Do(t.Context(), fn, late(700*time.Millisecond)))
		assert.Equal(t, time.Second, time.Since(start), "the moment that onRetry was told holds")
	})
}

func TestPolicy_NowLetsAnAttemptBeginBeforeTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now, start := make(chan struct{}, 1), time.Now()
		fn, calls := script(errOverloaded, errOverloaded)
		err := retry.Policy{MaxElapsed: 2500 * time.Millisecond, Now: now}.Do(t.Context(), fn,
			func(attempt int, _ error, _ time.Duration) {
				if attempt == 1 {
					now <- struct{}{}
				}
			})
		require.NoError(t, err)
		assert.Equal(t, 3, *calls)
		assert.Equal(t, 2*time.Second, time.Since(start))
	})
}

func TestPolicy_Delays(t *testing.T) {
	quarter := func() float64 { return 0.25 }
	delays := retry.Delays{Initial: 100 * time.Millisecond, Max: 500 * time.Millisecond, Multiplier: 4}
	full, equal := delays, delays
	full.Jitter, equal.Jitter = retry.JitterFull, retry.JitterEqual
	for name, tc := range map[string]struct {
		delays retry.Delays
		asked  time.Duration
		wantMs []int64
	}{
		"plain":                         {delays, 0, []int64{100, 400, 500}},
		"full jitter":                   {full, 0, []int64{25, 100, 125}},
		"equal jitter":                  {equal, 0, []int64{62, 250, 312}},
		"a provider's delay is a floor": {delays, 450 * time.Millisecond, []int64{450, 450, 500}},
		"jitter does not lower it":      {full, 450 * time.Millisecond, []int64{450, 450, 450}},
		"nor where only jitter would":   {equal, 300 * time.Millisecond, []int64{300, 300, 312}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, waited := time.Now(), time.Duration(0)
				fn, _ := script(after(tc.asked), after(tc.asked), after(tc.asked))
				var gotMs []int64
				policy := retry.Policy{Delays: tc.delays, Random: quarter}
				require.NoError(t, policy.Do(t.Context(), fn, func(_ int, _ error, delay time.Duration) {
					gotMs = append(gotMs, delay.Milliseconds())
					waited += delay
				}))
				assert.Equal(t, tc.wantMs, gotMs)
				assert.Equal(t, waited, time.Since(start), "the waits are real")
			})
		})
	}
}

func TestPolicy_JitterWithoutRandom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[time.Duration]bool{}
		for range 20 {
			fn, _ := script(errOverloaded)
			policy := retry.Policy{Delays: retry.Delays{Jitter: retry.JitterEqual}}
			require.NoError(t, policy.Do(t.Context(), fn, func(_ int, _ error, delay time.Duration) { seen[delay] = true }))
		}
		assert.Greater(t, len(seen), 15, "20 callers who failed together come back apart")
	})
}

func TestPolicy_JitterFromASeed(t *testing.T) {
	waits := func() (delays []call) {
		synctest.Test(t, func(t *testing.T) {
			fn, _ := script(errOverloaded, errOverloaded, errOverloaded)
			policy := retry.Policy{Delays: retry.Delays{Jitter: retry.JitterFull}, Random: rand.New(rand.NewPCG(7, 7)).Float64}
			require.NoError(t, policy.Do(t.Context(), fn, record(&delays)))
		})
		return delays
	}
	assert.Equal(t, waits(), waits())
}
