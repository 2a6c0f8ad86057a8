// Command size prints what everything that a page loads weighs, next to an empty
// Go program, and fails where that is more than tools/size/budget.json allows.
// It is run from the project's root, after the build.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/retrystream/retrystream/tools/module"
)

const (
	dist       = "web/dist"
	budgetFile = "tools/size/budget.json"
	wasm       = "retrystream.wasm"
)

// shipped is what a page loads.
var shipped = []string{wasm, "retrystream.js", "banner.js"}

func main() {
	log.SetFlags(0)
	empty, packed, err := emptyProgram()
	if err == nil {
		err = run(os.Stdout, empty, packed)
	}
	if err != nil {
		log.Fatalf("size: %v", err)
	}
}

// run prints the sizes, next to those of an empty Go program and of the same
// one packed, and checks them.
func run(w io.Writer, empty, packed size) error {
	budget, err := readBudget(budgetFile)
	if err != nil {
		return err
	}
	var files []size
	for _, name := range shipped {
		s, err := built(name)
		if err != nil {
			return err
		}
		files = append(files, s)
	}

	fmt.Fprintf(w, "%-30s %10s %10s %10s %10s\n", "KB", "raw", "gzip", "brotli", "budget")
	for _, s := range files {
		fmt.Fprintf(w, "%v %10.1f\n", s, kb(budget.Brotli[s.name]))
	}
	fmt.Fprintf(w, "%v\n%v\n", empty, packed)
	fmt.Fprintf(w, "%s is %.2f times an empty Go program built with the same flags (at most %.2f), and %.2f times one that is packed too\n",
		wasm, ratio(files[0], empty), budget.Ratio, ratio(files[0], packed))
	return budget.check(files, empty)
}

// size is what something weighs, in bytes.
type size struct {
	name              string
	raw, gzip, brotli int
}

func (s size) String() string {
	return fmt.Sprintf("%-30s %10.1f %10.1f %10.1f", s.name, kb(s.raw), kb(s.gzip), kb(s.brotli))
}

func kb(n int) float64 { return float64(n) / 1000 }

func ratio(s, to size) float64 { return float64(s.brotli) / float64(to.brotli) }

// built returns the size of a file that the build has made, with a .gz and a .br
// beside it.
func built(name string) (size, error) {
	s := size{name: name}
	for suffix, n := range map[string]*int{"": &s.raw, ".gz": &s.gzip, ".br": &s.brotli} {
		info, err := os.Stat(filepath.Join(dist, name+suffix))
		if err != nil {
			return s, fmt.Errorf("%w: run make web", err)
		}
		*n = int(info.Size())
	}
	return s, nil
}

// emptyProgram weighs an empty Go program, compiled as the module is: as the
// linker leaves it, and packed.
func emptyProgram() (linked, packed size, err error) {
	dir, err := os.MkdirTemp("", "size")
	if err != nil {
		return linked, packed, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "empty.wasm")
	if err := module.Compile("tools", "./size/empty", path, ""); err != nil {
		return linked, packed, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return linked, packed, err
	}
	smaller, err := module.Pack(raw)
	if err != nil {
		return linked, packed, err
	}
	var group sync.WaitGroup
	group.Go(func() { linked = weigh("an empty Go program", raw) })
	group.Go(func() { packed = weigh("an empty Go program, packed", smaller) })
	group.Wait()
	return linked, packed, nil
}

func weigh(name string, raw []byte) size {
	return size{name: name, raw: len(raw), gzip: len(module.Gzip(raw)), brotli: len(module.Brotli(raw))}
}

func readBudget(path string) (b budget, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}
