package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSpread(t *testing.T) {
	for _, tt := range []struct {
		name    string
		samples []float64
		want    spread
	}{
		{"one", []float64{3}, spread{3, 3, 3, 3, 3}},
		{"odd, unsorted", []float64{5, 1, 4, 2, 3}, spread{1, 2, 3, 4, 5}},
		{"even", []float64{1, 2, 3, 4}, spread{1, 1.75, 2.5, 3.25, 4}},
	} {
		t.Run(tt.name, func(t *testing.T) { assert.Equal(t, tt.want, spreadOf(tt.samples)) })
	}
	assert.True(t, math.IsNaN(spreadOf(nil).Median))
}

func TestSpreadKeepsItsSamples(t *testing.T) {
	samples := []float64{2, 1}
	spreadOf(samples)
	assert.Equal(t, []float64{2, 1}, samples)
}

func TestRatios(t *testing.T) {
	assert.Equal(t, []float64{2, 0.5}, ratios([]float64{4, 1}, []float64{2, 2}))
	assert.Empty(t, ratios([]float64{4, 1}, nil))
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 200_000: "200,000", 1_234_567: "1,234,567"} {
		assert.Equal(t, want, thousands(n))
	}
}
