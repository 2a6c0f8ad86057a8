// Package failing holds tests that fail, to prove that a failure in the browser
// reaches the person who reads the output of `go test`. The folder testdata
// keeps it out of ./... patterns.
package failing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"time"
)

func TestWait(t *testing.T) {
	start := time.Now()
	time.Sleep(10 * time.Millisecond)
	t.Errorf("waited at least 10ms: %t", time.Since(start) >= 10*time.Millisecond)
}

func TestFile(t *testing.T) {
	_, err := os.Stat("testdata/absent")
	t.Errorf("no such file: %t", errors.Is(err, fs.ErrNotExist))
}

func FuzzSeed(f *testing.F) {
	f.Add("seed from the code")
	f.Fuzz(func(t *testing.T, seed string) { t.Error("fuzzed with " + seed) })
}

func Example() {
	fmt.Println("example got this")
	fmt.Println("and that")
	// Output: example wants that
}
