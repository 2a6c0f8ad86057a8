package retry_test

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/testdata"
)

func TestVectors(t *testing.T) {
	data, err := testdata.Vectors.ReadFile("vectors/backoff.json")
	require.NoError(t, err)
	var vectors struct {
		Delay []struct {
			Attempt int   `json:"attempt"`
			DelayMs int64 `json:"delay_ms"`
		} `json:"delay"`
		Retry []struct {
			Name     string  `json:"name"`
			Failures []int64 `json:"failures"`
			WaitsMs  []int64 `json:"waits_ms"`
		} `json:"retry"`
	}
	require.NoError(t, json.Unmarshal(data, &vectors))
	require.NotEmpty(t, vectors.Delay)
	for _, v := range vectors.Delay {
		assert.Equal(t, v.DelayMs, retry.Delay(v.Attempt).Milliseconds(), "attempt %d", v.Attempt)
	}
	require.NotEmpty(t, vectors.Retry)
	for _, v := range vectors.Retry {
		t.Run(v.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var errs []error
				for _, ms := range v.Failures {
					errs = append(errs, after(time.Duration(ms)*time.Millisecond))
				}
				start, waited := time.Now(), int64(0)
				fn, _ := script(errs...)
				waits := []int64{}
				require.NoError(t, retry.Retry(t.Context(), fn, func(_ int, _ error, delay time.Duration) {
					waits = append(waits, delay.Milliseconds())
					waited += delay.Milliseconds()
				}))
				assert.Equal(t, v.WaitsMs, waits)
				assert.Equal(t, waited, time.Since(start).Milliseconds(), "the waits are real")
			})
		})
	}
}
