package retry_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/retry"
)

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

func TestDelays(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	for name, tc := range map[string]struct {
		delays retry.Delays
		want   []time.Duration // after the attempts 0, 1, 2 ...
	}{
		"zero value":               {retry.Delays{}, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}},
		"all set":                  {retry.Delays{Initial: 100 * ms, Max: 2 * s, Multiplier: 3, Jitter: retry.JitterNone}, []time.Duration{100 * ms, 300 * ms, 900 * ms, 2 * s, 2 * s}},
		"constant":                 {retry.Delays{Initial: 5 * s, Multiplier: 1}, []time.Duration{5 * s, 5 * s, 5 * s}},
		"whole despite a fraction": {retry.Delays{Multiplier: 1.4}, []time.Duration{s, 1400 * ms, 1960 * ms, 2744 * ms}},
		"initial beyond 60s":       {retry.Delays{Initial: 90 * s}, []time.Duration{90 * s, 90 * s}},
		"max below 1s":             {retry.Delays{Max: 500 * ms}, []time.Duration{500 * ms, 500 * ms}},
		"initial is max":           {retry.Delays{Initial: s, Max: s}, []time.Duration{s, s}},
		"the longest":              {retry.Delays{Initial: math.MaxInt64}, []time.Duration{math.MaxInt64, math.MaxInt64}},
		"nanoseconds":              {retry.Delays{Initial: 1, Max: 3}, []time.Duration{1, 2, 3, 3}},

		// What Check rejects.
		"negative":         {retry.Delays{Initial: -s, Max: -s, Multiplier: -2}, []time.Duration{s, 2 * s, 4 * s}},
		"max below":        {retry.Delays{Initial: 10 * s, Max: s}, []time.Duration{s, s}},
		"multiplier below": {retry.Delays{Multiplier: 0.5}, []time.Duration{s, 2 * s}},
		"not a number":     {retry.Delays{Multiplier: math.NaN()}, []time.Duration{s, 2 * s}},
		"infinite":         {retry.Delays{Multiplier: math.Inf(1)}, []time.Duration{s, 60 * s, 60 * s}},
		"unknown jitter":   {retry.Delays{Jitter: "some"}, []time.Duration{s, 2 * s}},
	} {
		for attempt, want := range tc.want {
			got := tc.delays.Delay(attempt, func() float64 { t.Error("no jitter, no chance"); return 0 })
			assert.Equal(t, want, got, "%s, attempt %d", name, attempt)
		}
		for _, attempt := range []int{-1, math.MinInt} {
			assert.Equal(t, tc.want[0], tc.delays.Delay(attempt, nil), "%s, attempt %d", name, attempt)
		}
	}
}

func TestDelays_TheWorkIsBounded(t *testing.T) {
	hardlyMore := math.Nextafter(1, 2)
	for _, multiplier := range []float64{1, hardlyMore} {
		assert.Equal(t, time.Second, retry.Delays{Multiplier: multiplier}.Delay(math.MaxInt, nil))
	}
}

func TestDelays_Check(t *testing.T) {
	for member, bad := range map[string][]retry.Delays{
		"": {
			{}, {Jitter: retry.JitterNone}, {Jitter: retry.JitterFull}, {Jitter: retry.JitterEqual},
			{Initial: time.Hour}, {Max: 1}, {Initial: 1, Max: 1, Multiplier: 1}, {Multiplier: 1e300},
		},
		"Initial":    {{Initial: -1}, {Initial: math.MinInt64}},
		"Max":        {{Max: -1}, {Initial: 2, Max: 1}},
		"Multiplier": {{Multiplier: -1}, {Multiplier: 0.999}, {Multiplier: math.NaN()}, {Multiplier: math.Inf(1)}, {Multiplier: math.Inf(-1)}},
		"Jitter":     {{Jitter: "some"}, {Jitter: "Full"}},
	} {
		for _, d := range bad {
			err := d.Check()
			if member == "" {
				assert.NoError(t, err, "%+v", d)
				continue
			}
			var wrong *retry.DelaysError
			require.ErrorAs(t, err, &wrong, "%+v", d)
			assert.Equal(t, member, wrong.Member, "%+v", d)
		}
	}
	assert.EqualError(t, retry.Delays{Multiplier: 0.5}.Check(), "retry: Delays.Multiplier is less than 1")
}

func TestDelays_Jitter(t *testing.T) {
	const delay = 8 * time.Second // after attempt 3
	largest := math.Nextafter(1, 0)
	for _, tc := range []struct {
		jitter retry.Jitter
		random float64
		want   time.Duration
	}{
		{retry.JitterFull, 0, 0},
		{retry.JitterFull, 0.25, 2 * time.Second},
		{retry.JitterFull, largest, delay - 1},
		{retry.JitterEqual, 0, 4 * time.Second},
		{retry.JitterEqual, 0.25, 5 * time.Second},
		{retry.JitterEqual, largest, delay - 1},
		// Sources that leave their range.
		{retry.JitterFull, -1, 0},
		{retry.JitterFull, math.NaN(), 0},
		{retry.JitterFull, math.Inf(1), delay},
		{retry.JitterEqual, math.Inf(-1), 4 * time.Second},
		{retry.JitterEqual, 7, delay},
	} {
		got := retry.Delays{Jitter: tc.jitter}.Delay(3, func() float64 { return tc.random })
		assert.Equal(t, tc.want, got, "%s of %v", tc.jitter, tc.random)
	}
}

func TestDelays_JitterIsUniform(t *testing.T) {
	const draws, bins = 100_000, 20
	for jitter, least := range map[retry.Jitter]time.Duration{retry.JitterFull: 0, retry.JitterEqual: 4 * time.Second} {
		for name, random := range map[string]func() float64{
			"seeded":  rand.New(rand.NewPCG(1, 2)).Float64,
			"default": nil,
		} {
			width := (8*time.Second - least) / bins
			var counts [bins]int
			for range draws {
				d := retry.Delays{Jitter: jitter}.Delay(3, random)
				require.True(t, least <= d && d < 8*time.Second, "%s, %s: %s", jitter, name, d)
				counts[(d-least)/width]++
			}
			// 5000 a bin are expected, with a standard deviation of 69.
			for bin, n := range counts {
				assert.InDelta(t, draws/bins, n, 7*69, "%s, %s, bin %d", jitter, name, bin)
			}
		}
	}
}

func TestDelays_JitterComesBackFromASeed(t *testing.T) {
	draw := func(seed uint64) (delays [16]time.Duration) {
		random := rand.New(rand.NewPCG(seed, 0)).Float64
		for i := range delays {
			delays[i] = retry.Delays{Jitter: retry.JitterFull}.Delay(i, random)
		}
		return delays
	}
	assert.Equal(t, draw(1), draw(1))
	assert.NotEqual(t, draw(1), draw(2))
}

func FuzzDelays(f *testing.F) {
	f.Add(int64(0), int64(0), 0.0, 0, 0.5)
	f.Add(int64(1), int64(math.MaxInt64), 1.0000001, math.MaxInt, 0.999)
	f.Add(int64(math.MaxInt64), int64(0), math.MaxFloat64, 1, math.Nextafter(1, 0))
	f.Add(int64(math.MaxInt64), int64(0), 1.0, 0, 1.0)
	f.Add(int64(1<<53+3), int64(math.MaxInt64-1), 1.0, 2, math.Nextafter(1, 0))
	f.Add(int64(math.MinInt64), int64(-1), math.Inf(-1), math.MinInt, math.NaN())
	f.Add(int64(3), int64(2), math.NaN(), 1<<40, -1.0)
	f.Fuzz(func(t *testing.T, initial, longest int64, multiplier float64, attempt int, part float64) {
		d := retry.Delays{Initial: time.Duration(initial), Max: time.Duration(longest), Multiplier: multiplier}
		bound := d.Max
		if bound <= 0 {
			bound = max(retry.MaxDelay, d.Initial)
		}
		plain := d.Delay(attempt, nil)
		assert.Positive(t, plain)
		assert.LessOrEqual(t, plain, bound)
		if attempt < math.MaxInt {
			assert.LessOrEqual(t, plain, d.Delay(attempt+1, nil), "monotone")
		}
		assert.LessOrEqual(t, d.Delay(attempt/2, nil), max(plain, d.Delay(0, nil)), "monotone")
		if attempt <= 0 && initial > 0 && initial < 1<<52 && d.Check() == nil {
			assert.Equal(t, d.Initial, plain)
		}
		random := func() float64 { return part }
		d.Jitter = retry.JitterFull
		full := d.Delay(attempt, random)
		assert.GreaterOrEqual(t, full, time.Duration(0))
		assert.LessOrEqual(t, full, plain)
		d.Jitter = retry.JitterEqual
		equal := d.Delay(attempt, random)
		assert.GreaterOrEqual(t, equal, plain/2)
		assert.LessOrEqual(t, equal, plain)
	})
}
