package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const nativeDir = "e2e/bench/native"

// eventsPerBody is how many events one operation of the native benchmarks
// decodes.
const eventsPerBody = 4096

// nativeRow is a library's speed in one benchmark, by events a chunk.
type nativeRow struct {
	Benchmark, Library string
	ByChunk            map[int]nativeFigure
}

// nativeFigure is the median of some runs.
type nativeFigure struct{ MBPerSecond, Allocs float64 }

// measureNative runs the Go benchmarks of core/sse and of the libraries that
// do the same.
func measureNative() ([]nativeRow, error) {
	if _, err := os.Stat(nativeDir); errors.Is(err, os.ErrNotExist) {
		fmt.Printf("\n%s is missing: core/sse is not compared\n", nativeDir)
		return nil, nil
	}
	cmd := exec.Command("go", "-C", nativeDir, "test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", "300ms", "-count", "3")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the native benchmarks: %w\n%s", err, out)
	}
	rows, err := parseNative(string(out))
	if err != nil {
		return nil, err
	}
	fmt.Println("\nnatively, MB/s and allocations a body at 1, 8, 64 events a chunk")
	for _, r := range rows {
		line := fmt.Sprintf("  %-44s", r.Benchmark+": "+r.Library)
		for _, figure := range r.Figures() {
			line += fmt.Sprintf("  %7.0f MB/s %6.0f", figure.MBPerSecond, figure.Allocs)
		}
		fmt.Println(line)
	}
	return rows, nil
}

// nativeLine is a line such as
// BenchmarkDecode/go-sse/8-per-chunk-2  90  3.1 ns/op  1700.5 MB/s  32848 B/op  3 allocs/op.
var nativeLine = regexp.MustCompile(`(?m)^Benchmark(\w+)/([^/\s]+)/(\d+)-per-chunk\S*\s+\d+\s.*?([\d.]+) MB/s\s.*?(\d+) allocs/op$`)

// parseNative reads what `go test -bench` prints. It is an error when there is
// nothing to read.
func parseNative(out string) ([]nativeRow, error) {
	type key struct {
		row   int
		chunk int
	}
	var rows []nativeRow
	speeds, allocs := map[key][]float64{}, map[key][]float64{}
	for _, m := range nativeLine.FindAllStringSubmatch(out, -1) {
		i := slices.IndexFunc(rows, func(r nativeRow) bool { return r.Benchmark == m[1] && r.Library == m[2] })
		if i < 0 {
			i = len(rows)
			rows = append(rows, nativeRow{m[1], m[2], map[int]nativeFigure{}})
		}
		chunk, err := strconv.Atoi(m[3])
		if err != nil {
			return nil, err
		}
		speed, err := strconv.ParseFloat(m[4], 64)
		if err != nil {
			return nil, err
		}
		count, err := strconv.ParseFloat(m[5], 64)
		if err != nil {
			return nil, err
		}
		k := key{i, chunk}
		speeds[k], allocs[k] = append(speeds[k], speed), append(allocs[k], count)
		rows[i].ByChunk[chunk] = nativeFigure{spreadOf(speeds[k]).Median, spreadOf(allocs[k]).Median}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the native benchmarks printed no figures:\n%s", strings.TrimSpace(out))
	}
	return rows, nil
}

// Figures gives the figures by growing size of chunks.
func (r nativeRow) Figures() []nativeFigure {
	var all []nativeFigure
	for _, n := range slices.Sorted(maps.Keys(r.ByChunk)) {
		all = append(all, r.ByChunk[n])
	}
	return all
}
