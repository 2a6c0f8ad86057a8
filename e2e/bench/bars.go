package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// chunkings are the sizes of chunks that bars are set for, in events.
var chunkings = []int{1, 8, 64}

// ratioBar is a bar for one of retrystream's ways to read, against another
// reader, over all inputs.
type ratioBar struct {
	What, Need, Way string
	// Cells has one for each of chunkings.
	Cells []barCell
}

// barCell is the worst ratio of all inputs, for one size of chunks.
type barCell struct {
	Ratio float64
	// Missed are the inputs on which the bar was not reached.
	Missed []string
	// None says that no bar is set here, or nothing was measured.
	None bool
}

// limit is what a ratio must be for one size of chunks; 0 where nothing is
// asked for.
type limit map[int]float64

// sdkOf is the reader that stands for the provider's own SDK, by input.
var sdkOf = map[string]string{
	"openai": "openai", "wide": "openai", "anthropic": "@anthropic-ai/sdk", "recordings": "openai, @anthropic-ai/sdk",
}

// bar is one bar for throughput.
type bar struct {
	what, need, work string
	// inputs are those that count.
	inputs []string
	// ways are the names of what is held against the bar; empty for each of
	// retrystream's ways to do the work.
	ways []string
	// against names the reader to compare with.
	against func(input, way string) string
	limits  limit
	// atMost: the limits are for the time that it takes, not for its speed.
	atMost bool
}

// The names of the readers on another fetch end so.
const (
	onIdle = " on an idle relay"
	onOurs = " on createRetryFetch"
)

const leanest = "eventsource-parser + JSON.parse"

var (
	longInputs    = []string{"openai", "wide", "anthropic", "recordings"}
	typicalInputs = []string{"typical-openai", "typical-anthropic", "typical-gemini"}
	shortInputs   = []string{"short-openai", "short-anthropic", "short-gemini"}
	replyInputs   = slices.Concat(typicalInputs, shortInputs)
)

// bars are those for throughput.
func bars() []bar {
	same := func(name string) func(_, _ string) string { return func(_, _ string) string { return name } }
	idle := func(_, way string) string { return strings.Replace(way, onOurs, onIdle, 1) }
	plain := func(_, way string) string { return strings.TrimSuffix(way, onOurs) }
	parsing := []string{leanest + onOurs}
	return []bar{
		{"a typical reply's text, against " + leanest, "≥ 1.5× its events/s", "text", typicalInputs, []string{"retrystream text()"},
			same(leanest), limit{1: 1.5}, false},
		{"a short reply's text, against " + leanest, "≥ 0.8× its events/s", "text", shortInputs, []string{"retrystream text()"},
			same(leanest), limit{1: 0.8}, false},
		{"the recordings' text, against " + leanest, "≥ 0.7× its events/s", "text", []string{"recordings"}, []string{"retrystream text()"},
			same(leanest), limit{1: 0.7, 8: 0.7, 64: 0.7}, false},
		{"a typical reply, against an idle relay", "≤ 1.25× its time", "relayed", typicalInputs, parsing,
			idle, limit{1: 1.25}, true},
		{"a short reply, against an idle relay", "≤ 2× its time", "relayed", shortInputs, parsing,
			idle, limit{1: 2}, true},
		{"a typical reply by an SDK, against itself on fetch", "≤ 1.2× its time", "relayed", typicalInputs, []string{"openai" + onOurs, "@anthropic-ai/sdk" + onOurs, "ai streamText" + onOurs},
			plain, limit{1: 1.2}, true},
		{"a long stream's text, against " + leanest, "≥ 2.1×, 4×, 5.2× its events/s", "text", []string{"openai"}, []string{"retrystream text()"},
			same(leanest), limit{1: 2.1, 8: 4, 64: 5.2}, false},
		{"text, against " + leanest, "≥ 2× its events/s", "text", longInputs, nil,
			same(leanest), limit{1: 2, 8: 2, 64: 2}, false},
		{"text, against the provider's SDK", "≥ 3× its events/s", "text", longInputs, nil,
			func(input, _ string) string { return sdkOf[input] }, limit{1: 3, 8: 3, 64: 3}, false},
		{"text, against the bare read loop", "≤ 2× its time", "text", longInputs, nil,
			same("bare read loop"), limit{1: 2, 8: 2}, true},
		{"events, against eventsource-parser", "≥ 1.3× at 1, not slower at 8 and 64", "events", longInputs, nil,
			same("eventsource-parser"), limit{1: 1.3, 8: 1, 64: 1}, false},
	}
}

// ratioBars holds what was measured against the bars for throughput.
func ratioBars(tables []table) []ratioBar {
	var all []ratioBar
	for _, b := range bars() {
		names := b.ways
		if len(names) == 0 {
			for _, way := range ways(tables, b.work) {
				names = append(names, way.Name)
			}
		}
		for _, name := range names {
			way := readerInfo{Name: name, Work: b.work}
			measured := ratioBar{What: b.what, Need: b.need, Way: way.short()}
			any := false
			for _, n := range chunkings {
				cell := b.worst(tables, n, way)
				measured.Cells = append(measured.Cells, cell)
				any = any || !cell.None
			}
			if any {
				all = append(all, measured)
			}
		}
	}
	return all
}

// worst finds how the way does on the input on which it does worst.
func (b bar) worst(tables []table, perChunk int, way readerInfo) barCell {
	cell := barCell{None: true}
	need := b.limits[perChunk]
	for _, t := range tables {
		ours, ok := t.find(way.Work, way.Name)
		theirs, ok2 := t.findNamed(b.against(t.Input, way.Name), way.Work)
		if t.PerChunk != perChunk || need == 0 || !ok || !ok2 || !slices.Contains(b.inputs, t.Input) {
			continue
		}
		ratio := spreadOf(ratios(theirs.ns, ours.ns)).Median
		if b.atMost {
			ratio = spreadOf(ratios(ours.ns, theirs.ns)).Median
		}
		if cell.None || b.atMost && ratio > cell.Ratio || !b.atMost && ratio < cell.Ratio {
			cell.Ratio, cell.None = ratio, false
		}
		if b.atMost && ratio > need || !b.atMost && ratio < need {
			cell.Missed = append(cell.Missed, t.Input)
		}
	}
	return cell
}

// ways lists retrystream's ways to do the work.
func ways(tables []table, work string) []readerInfo {
	var all []readerInfo
	for _, t := range tables {
		for _, r := range t.rows {
			same := func(way readerInfo) bool { return way.Name == r.Name }
			if r.ours() && r.Work == work && len(r.ns) > 0 && !slices.ContainsFunc(all, same) {
				all = append(all, r.readerInfo)
			}
		}
	}
	return all
}

// find gives the row of the reader for that work, if it was measured.
func (t table) find(work, name string) (row, bool) {
	for _, r := range t.rows {
		if r.Name == name && r.Work == work && len(r.ns) > 0 {
			return r, true
		}
	}
	return row{}, false
}

// findNamed is find for a reader that may be the bare loop, which does all
// works alike, or one on the page's own fetch.
func (t table) findNamed(name, work string) (row, bool) {
	for _, work := range []string{"bytes", work, "text"} {
		if r, ok := t.find(work, name); ok {
			return r, true
		}
	}
	return row{}, false
}

// verdict is one bar with one figure.
type verdict struct {
	What, Need, Measured string
	Reached              bool
}

// verdicts holds what was measured against the other bars.
func verdicts(r results) []verdict {
	const mb = 1 << 20
	var all []verdict
	add := func(what, need string, reached bool, measured string, args ...any) {
		all = append(all, verdict{what, need, fmt.Sprintf(measured, args...), reached})
	}
	// What is added is what the bare loop does not take in the same page.
	var bare delay
	for _, d := range r.Delays {
		switch d.Reader {
		case "bare read loop":
			bare = d
		case "retrystream":
			median, p99 := d.Median-bare.Median, d.P99-bare.P99
			add("delay added to an event, median", "< 50 µs", median < 50, "%.0f µs (%.0f µs with the bare loop's %.0f)", median, d.Median, bare.Median)
			add("delay added to an event, p99", "< 1 ms", p99 < 1000, "%.2f ms (%.2f ms with the bare loop's %.2f)", p99/1000, d.P99/1000, bare.P99/1000)
		}
	}
	add("first request sent, module cold", "≤ 5 ms after the call", r.Cold.FromCall.Median <= 5, "%.2f ms", r.Cold.FromCall.Median)
	add("module ready after its bytes arrived", "< 120 ms", r.Cold.Ready.Median < 120, "%.0f ms", r.Cold.Ready.Median)
	growth := r.Memory.After10000.total()/r.Memory.After100.total() - 1
	add("memory after 10,000 finished streams", "within 10 % of that after 100", growth <= 0.1, "%+.1f %%", 100*growth)
	more := (r.Crowd.Half.total() - r.Crowd.Idle.total()) / mb
	add("1,000 concurrent streams, all complete", "< 64 MB beyond idle", more < 64, "%.1f MB", more)
	if speed, allocs, ok := nativeAgainst(r.Native, "go-sse"); ok {
		add("core/sse natively, against go-sse", "≥ 3× its MB/s", speed >= 3, "%.1f×", speed)
		add("core/sse natively", "no allocation per event", allocs < 0.01, "%.4f an event", allocs)
	}
	return all
}

// nativeAgainst gives the worst ratio of core/sse's speed to the library's on
// the stream of a chat, and the most allocations an event.
func nativeAgainst(rows []nativeRow, library string) (speed, allocs float64, ok bool) {
	speed = math.Inf(1)
	for _, theirs := range rows {
		for _, ours := range rows {
			if theirs.Library != library || ours.Library != "retrystream" || ours.Benchmark != "Decode" || theirs.Benchmark != "Decode" {
				continue
			}
			for n, figure := range ours.ByChunk {
				speed = min(speed, figure.MBPerSecond/theirs.ByChunk[n].MBPerSecond)
				allocs = max(allocs, figure.Allocs/eventsPerBody)
				ok = true
			}
		}
	}
	return speed, allocs, ok
}
