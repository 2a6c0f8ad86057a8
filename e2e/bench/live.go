package main

import (
	"fmt"
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// The pace of the live tests, about that of a fast model.
const eventsPerSecond = 100

// liveReaders are the readers of the live tests, named as in page/live.ts.
var liveReaders = []string{"bare read loop", "eventsource-parser + JSON.parse", "retrystream"}

// delay is how long events are on their way to the page's code, in
// microseconds.
type delay struct {
	Reader      string
	Median, P99 float64
}

// measureDelays sends events to a page that has just loaded, for about so many
// seconds.
func measureDelays(b *chrome, s *site, seconds int) ([]delay, error) {
	t, err := b.openBench(s)
	if err != nil {
		return nil, err
	}
	defer t.close()
	samples, err := call[map[string][]float64](t, "bench.delays", seconds*eventsPerSecond, eventsPerSecond)
	if err != nil {
		return nil, err
	}
	fmt.Println("\ndelay from a chunk's arrival to the page's code, in microseconds")
	var all []delay
	for _, name := range liveReaders {
		ms := samples[name]
		slices.Sort(ms)
		d := delay{name, 1000 * quantile(ms, 0.5), 1000 * quantile(ms, 0.99)}
		fmt.Printf("  %-44s median %.0f, p99 %.0f\n", name, d.Median, d.P99)
		all = append(all, d)
	}
	return all, nil
}

// cpu is how much CPU time a page takes while it reads, in milliseconds a
// second.
type cpu struct {
	Reader string
	// Thread is the time of the page's main thread, Process that of all
	// threads.
	Thread, Process float64
}

// measureCPU has each reader read for so many seconds in a page of its own,
// rounds times, in turn. A first round, in which code is compiled, does not
// count.
func measureCPU(b *chrome, s *site, seconds, rounds int) ([]cpu, error) {
	tabs := map[string]*tab{}
	for _, name := range liveReaders {
		t, err := b.openBench(s)
		if err != nil {
			return nil, err
		}
		defer t.close()
		tabs[name] = t
		if _, err := chromedp.Call(t.ctx, performance.Enable, performance.EnableParams{}); err != nil {
			return nil, err
		}
	}
	thread, process := map[string][]float64{}, map[string][]float64{}
	for round := range rounds + 1 {
		for _, name := range liveReaders {
			before, err := tabs[name].metrics()
			if err != nil {
				return nil, err
			}
			if _, err := call[chromedp.Void](tabs[name], "bench.live", name, seconds*eventsPerSecond, eventsPerSecond); err != nil {
				return nil, err
			}
			after, err := tabs[name].metrics()
			if err != nil {
				return nil, err
			}
			if round == 0 {
				continue
			}
			perSecond := func(metric string) float64 {
				return 1000 * (after[metric] - before[metric]) / (after["Timestamp"] - before["Timestamp"])
			}
			thread[name] = append(thread[name], perSecond("ThreadTime"))
			process[name] = append(process[name], perSecond("ProcessTime"))
		}
	}
	fmt.Printf("\nCPU time of a page that reads at %d events a second, in ms a second\n", eventsPerSecond)
	var all []cpu
	for _, name := range liveReaders {
		c := cpu{name, spreadOf(thread[name]).Median, spreadOf(process[name]).Median}
		fmt.Printf("  %-44s main thread %.1f, all threads %.1f\n", name, c.Thread, c.Process)
		all = append(all, c)
	}
	return all, nil
}

// metrics gives the browser's figures about the tab, times in seconds.
func (t *tab) metrics() (map[string]float64, error) {
	result, err := chromedp.Call(t.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for _, m := range result.Metrics {
		all[m.Name] = m.Value
	}
	return all, nil
}
