package main

import (
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// usage is what a page holds in memory, in bytes.
type usage struct {
	// JS is JavaScript's heap and the browser's objects behind it, Buffers
	// what lies outside of it, WASM the module's memory.
	JS, Buffers, WASM float64
}

func (u usage) total() float64 { return u.JS + u.Buffers + u.WASM }

func (u usage) String() string {
	const mb = 1 << 20
	return fmt.Sprintf("%.2f MB (JavaScript %.2f, buffers %.2f, WebAssembly %.2f)", u.total()/mb, u.JS/mb, u.Buffers/mb, u.WASM/mb)
}

// usage gives what the page holds after its garbage was collected.
func (t *tab) usage() (usage, error) {
	// What the first collection frees may hold something that the second one
	// can free.
	for range 3 {
		if _, err := chromedp.Call(t.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			return usage{}, err
		}
	}
	heap, err := chromedp.Call(t.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		return usage{}, err
	}
	wasm, err := call[float64](t, "bench.wasmBytes")
	return usage{heap.UsedSize + heap.EmbedderHeapUsedSize, heap.BackingStorageSize, wasm}, err
}

// memory is what a page holds when it has read so many streams.
type memory struct {
	Idle, After100, After10000 usage
}

func measureMemory(b *chrome, s *site) (m memory, err error) {
	t, err := b.openBench(s)
	if err != nil {
		return m, err
	}
	defer t.close()
	fmt.Println("\nmemory of a page after finished streams")
	for _, step := range []struct {
		name    string
		streams int
		into    *usage
	}{{"module loaded", 0, &m.Idle}, {"100 streams", 100, &m.After100}, {"10,000 streams", 9_900, &m.After10000}} {
		if _, err = call[chromedp.Void](t, "bench.finish", step.streams); err != nil {
			return m, err
		}
		if *step.into, err = t.usage(); err != nil {
			return m, err
		}
		fmt.Printf("  %-16s %v\n", step.name, *step.into)
	}
	return m, nil
}

// crowd is what a page holds while streams are open at the same time.
type crowd struct {
	Streams           int
	Idle, Half, Ended usage
}

func measureCrowd(b *chrome, s *site, streams int) (c crowd, err error) {
	c.Streams = streams
	t, err := b.openBench(s)
	if err != nil {
		return c, err
	}
	defer t.close()
	page := func(function string, args ...any) {
		if err == nil {
			_, err = call[chromedp.Void](t, function, args...)
		}
	}
	look := func(into *usage) {
		if err == nil {
			*into, err = t.usage()
		}
	}
	page("bench.replies", streams, 100)
	look(&c.Idle)
	page("bench.crowd")
	page("bench.feed", 0.5)
	look(&c.Half)
	page("bench.feed", 1)
	page("bench.end")
	look(&c.Ended)
	if err != nil {
		return c, err
	}
	fmt.Printf("\n%d streams at the same time in one page\n", streams)
	for _, step := range []struct {
		name string
		usage
	}{{"before", c.Idle}, {"half-way", c.Half}, {"all ended", c.Ended}} {
		fmt.Printf("  %-16s %v\n", step.name, step.usage)
	}
	return c, nil
}
