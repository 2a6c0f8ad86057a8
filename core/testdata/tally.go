package testdata

import (
	"slices"
	"strconv"
	"sync"
)

// Tally counts how many vectors of a file pass, by provider. Its methods may be
// called from several goroutines.
type Tally struct {
	file  string
	mu    sync.Mutex
	count map[string]*counts
}

type counts struct{ passed, total int }

// NewTally returns a Tally for a file of the folder vectors, such as "sse.json".
func NewTally(file string) *Tally { return &Tally{file: file, count: map[string]*counts{}} }

// Add counts one vector; provider is empty where there is none.
func (t *Tally) Add(provider string, passed bool) {
	if provider == "" {
		provider = "unknown"
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.count[provider]
	if c == nil {
		c = &counts{}
		t.count[provider] = c
	}
	c.total++
	if passed {
		c.passed++
	}
}

// Lines returns "vectors <file> <provider> <passed>/<total>" for each provider, in
// alphabetical order.
func (t *Tally) Lines() (lines []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for provider, c := range t.count {
		lines = append(lines, "vectors "+t.file+" "+provider+" "+strconv.Itoa(c.passed)+"/"+strconv.Itoa(c.total))
	}
	slices.Sort(lines)
	return lines
}
