package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// prepared is what the page says of an input.
type prepared struct {
	Replies, Events, Bytes int
	Readers                []readerInfo
}

// readerInfo names a reader. Events is how many of the input's it is given.
type readerInfo struct {
	Name, Work string
	Events     int
}

// ours tells whether the reader is retrystream.
func (r readerInfo) ours() bool { return strings.HasPrefix(r.Name, "retrystream") }

// short names one of retrystream's ways to read.
func (r readerInfo) short() string { return strings.TrimPrefix(r.Name, "retrystream ") }

// row is one reader's samples, in nanoseconds an event, one a round.
type row struct {
	readerInfo
	ns []float64
}

// table is what was measured of one input in chunks of one size.
type table struct {
	Input    string
	PerChunk int
	prepared
	rows []row
}

// sizeOf is how many events an input has. The other inputs need not be as large
// as the first one: their figures are about the kind of stream, not its length.
func sizeOf(input string, events int) int {
	shares := map[string]int{"wide": 10, "anthropic": 10, "recordings": 20}
	share, ok := shares[input]
	switch {
	case isReply(input):
		share = 17 // 40 typical replies, 600 short ones
	case !ok:
		return events
	}
	return min(events, max(10_000, events/share))
}

// isReply tells whether an input is one reply of a provider's again and again.
// Providers send its events one by one.
func isReply(input string) bool {
	return strings.HasPrefix(input, "typical-") || strings.HasPrefix(input, "short-")
}

// measureThroughput has every reader read every input, in turn.
func measureThroughput(b *chrome, s *site, o options) ([]table, error) {
	t, err := b.openBench(s)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if o.cpu {
		if _, err := chromedp.Call(t.ctx, performance.Enable, performance.EnableParams{}); err != nil {
			return nil, err
		}
	}
	var tables []table
	for _, input := range o.inputs {
		if input == "recordings" && !s.recordings {
			fmt.Printf("\n%s is missing: the recorded streams are not read\n", recordingsDir)
			continue
		}
		p, err := call[prepared](t, "bench.prepare", input, sizeOf(input, o.events))
		if err != nil {
			return nil, err
		}
		for _, chunk := range o.chunks {
			perChunk, err := strconv.Atoi(chunk)
			if err != nil {
				return nil, fmt.Errorf("-chunks: %w", err)
			}
			if isReply(input) && perChunk != 1 {
				continue
			}
			tab := table{Input: input, PerChunk: perChunk, prepared: p}
			err = t.profiled(o.profile, func() (err error) {
				tab.rows, err = readInTurn(t, tab, o)
				return err
			})
			if err != nil {
				return nil, err
			}
			printTable(tab)
			tables = append(tables, tab)
		}
	}
	return tables, nil
}

// readInTurn runs the rounds, each in an order of its own: a reader that
// disturbs the one after it disturbs another one each time. The first round
// warms up and does not count.
func readInTurn(t *tab, of table, o options) ([]row, error) {
	rows := make([]row, len(of.Readers))
	shuffle := rand.New(rand.NewPCG(1, 2))
	for round := range o.rounds + 1 {
		for _, i := range shuffle.Perm(len(rows)) {
			rows[i].readerInfo = of.Readers[i]
			if r := rows[i]; r.Work != "bytes" && !o.only.MatchString(r.Name+" "+r.Work) {
				continue
			}
			ns, err := runOnce(t, i, of.PerChunk, o.cpu)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				rows[i].ns = append(rows[i].ns, ns)
			}
		}
	}
	return rows, nil
}

// runOnce has one reader read the input and gives the nanoseconds that an event took,
// by the clock or of the main thread's processor.
func runOnce(t *tab, reader, perChunk int, cpu bool) (ns float64, err error) {
	if _, err := call[chromedp.Void](t, "bench.ready", reader, perChunk); err != nil {
		return 0, err
	}
	var before, after map[string]float64
	if cpu {
		if before, err = t.metrics(); err != nil {
			return 0, err
		}
	}
	run, err := call[struct {
		MS     float64
		Events int
	}](t, "bench.run")
	if err != nil {
		return 0, err
	}
	if cpu {
		if after, err = t.metrics(); err != nil {
			return 0, err
		}
		run.MS = 1000 * (after["ThreadTime"] - before["ThreadTime"])
	}
	_, err = call[chromedp.Void](t, "bench.check")
	return run.MS * 1e6 / float64(run.Events), err
}

// printTable shows the rows for one who watches.
func printTable(t table) {
	fmt.Printf("\n%s, %d events a chunk (%d replies, %d events of %d bytes)\n", t.Input, t.PerChunk, t.Replies, t.Events, t.Bytes/t.Events)
	fmt.Printf("  %-44s %9s %17s %8s\n", "", "ns/event", "(quartiles)", "/ bare")
	for _, work := range []string{"bytes", "text", "relayed", "events"} {
		for _, r := range t.rows {
			if r.Work != work || len(r.ns) == 0 {
				continue
			}
			s := spreadOf(r.ns)
			line := fmt.Sprintf("  %-44s %9.0f %17s %8.2f", work+": "+r.Name, s.Median, fmt.Sprintf("%.0f-%.0f", s.Q1, s.Q3),
				spreadOf(ratios(r.ns, t.rows[0].ns)).Median)
			if !r.ours() {
				for _, our := range t.rows {
					if our.ours() && our.Work == work && len(our.ns) > 0 {
						line += fmt.Sprintf("  %.2fx %s", spreadOf(ratios(r.ns, our.ns)).Median, our.short())
					}
				}
			}
			fmt.Println(line)
		}
	}
}

// printBars shows how far the bars were reached, for one who watches.
func printBars(bars []ratioBar) {
	for _, b := range bars {
		fmt.Printf("\n%s: %s (needed: %s)", b.Way, b.What, b.Need)
		for i, cell := range b.Cells {
			if !cell.None {
				fmt.Printf("\n  %2d a chunk: %s", chunkings[i], cell.Text())
			}
		}
	}
	fmt.Println()
}
