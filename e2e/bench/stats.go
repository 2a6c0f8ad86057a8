package main

import (
	"math"
	"slices"
)

// spread is the middle of some samples and how far they lie apart.
type spread struct{ Min, Q1, Median, Q3, Max float64 }

// spreadOf gives NaN where there are no samples.
func spreadOf(samples []float64) spread {
	s := slices.Clone(samples)
	slices.Sort(s)
	return spread{quantile(s, 0), quantile(s, 0.25), quantile(s, 0.5), quantile(s, 0.75), quantile(s, 1)}
}

// quantile gives the value below which the fraction p of the sorted samples
// lies, between two of them where it has to.
func quantile(sorted []float64, p float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	low := int(at)
	if low == len(sorted)-1 {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// ratios divides the samples of one round by another's of the same round.
func ratios(above, below []float64) []float64 {
	all := make([]float64, min(len(above), len(below)))
	for i := range all {
		all[i] = above[i] / below[i]
	}
	return all
}
