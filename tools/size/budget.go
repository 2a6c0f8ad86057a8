package main

import (
	"errors"
	"fmt"
)

// budget is what everything may weigh.
type budget struct {
	// Brotli is the most bytes that each file may have after brotli.
	Brotli map[string]int `json:"brotli"`
	// Ratio is how many times an empty Go program the module may be.
	Ratio float64 `json:"ratio"`
}

// advice is what to do about something that has grown.
const advice = "find out why; or, where it is worth it, raise the budget in " + budgetFile +
	" in the same commit and say why in its message"

// check tells of each file that is over its budget.
func (b budget) check(files []size, empty size) error {
	var problems []error
	for _, s := range files {
		most, ok := b.Brotli[s.name]
		switch {
		case !ok:
			problems = append(problems, fmt.Errorf("%s has no budget in %s", s.name, budgetFile))
		case s.brotli > most:
			problems = append(problems, fmt.Errorf("%s is %d bytes after brotli, %d more than its budget of %d: %s",
				s.name, s.brotli, s.brotli-most, most, advice))
		}
		if s.name == wasm && ratio(s, empty) > b.Ratio {
			problems = append(problems, fmt.Errorf("%s is %.2f times an empty Go program, and may be %.2f times: %s",
				s.name, ratio(s, empty), b.Ratio, advice))
		}
	}
	return errors.Join(problems...)
}
