package main

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measured makes rows of one sample each.
func measured(input string, perChunk int, ns map[readerInfo]float64, order ...readerInfo) table {
	t := table{Input: input, PerChunk: perChunk, prepared: prepared{Replies: 1, Events: 1000, Bytes: 300_000, Readers: order}}
	for _, r := range order {
		t.rows = append(t.rows, row{r, []float64{ns[r]}})
	}
	return t
}

var (
	bareLoop = readerInfo{"bare read loop", "bytes", 1000}
	ownText  = readerInfo{"retrystream text()", "text", 1000}
	parser   = readerInfo{"eventsource-parser + JSON.parse", "text", 1000}
	sdk      = readerInfo{"openai", "text", 250}
)

func example() results {
	return results{
		Rounds: 1,
		Tables: []table{
			measured("openai", 1, map[readerInfo]float64{bareLoop: 100, ownText: 150, parser: 600, sdk: 300}, bareLoop, ownText, parser, sdk),
			measured("wide", 1, map[readerInfo]float64{bareLoop: 100, ownText: 250, parser: 200, sdk: 800}, bareLoop, ownText, parser, sdk),
		},
		Delays: []delay{{"bare read loop", 10, 20}, {"retrystream", 49, 1500}},
		Memory: memory{After100: usage{JS: 100}, After10000: usage{JS: 109}},
		Native: []nativeRow{
			{"Decode", "retrystream", map[int]nativeFigure{1: {1800, 3}, 8: {1000, 3}}},
			{"Decode", "go-sse", map[int]nativeFigure{1: {200, 8000}, 8: {400, 8000}}},
		},
	}
}

func TestRatioBarsTakeTheWorstInput(t *testing.T) {
	got := map[string]barCell{}
	for _, bar := range ratioBars(example().Tables) {
		assert.Equal(t, "text()", bar.Way)
		require.Len(t, bar.Cells, len(chunkings))
		got[bar.What] = bar.Cells[0]
		assert.True(t, bar.Cells[1].None, "8 a chunk was not measured")
	}
	assert.Equal(t, map[string]barCell{
		"a long stream's text, against eventsource-parser + JSON.parse": {Ratio: 4},
		"text, against eventsource-parser + JSON.parse":                 {Ratio: 0.8, Missed: []string{"wide"}},
		"text, against the provider's SDK":                              {Ratio: 2, Missed: []string{"openai"}},
		"text, against the bare read loop":                              {Ratio: 2.5, Missed: []string{"wide"}},
	}, got)

	better := example().Tables[:1]
	cell := ratioBars(better)[0].Cells[0]
	assert.Equal(t, barCell{Ratio: 4}, cell)
	assert.Equal(t, "4.00 ✓", cell.Text())
	assert.Equal(t, "**0.80** ✗ (OpenAI; recordings)", barCell{Ratio: 0.8, Missed: []string{"openai", "recordings"}}.Text())
}

func TestVerdicts(t *testing.T) {
	reached := map[string]bool{}
	for _, v := range verdicts(example()) {
		reached[v.What] = v.Reached
	}
	assert.True(t, reached["delay added to an event, median"])
	assert.False(t, reached["delay added to an event, p99"])
	assert.True(t, reached["memory after 10,000 finished streams"])
	assert.False(t, reached["core/sse natively, against go-sse"], "the worst chunking counts")
	assert.True(t, reached["core/sse natively"])
}

func TestSlowerTellsWhere(t *testing.T) {
	assert.Equal(t, []string{
		"text, `text()`: eventsource-parser + JSON.parse takes less time on OpenAI, CJK and emoji at 1 (1.2×).",
	}, example().Slower())
}

func TestReport(t *testing.T) {
	text, err := example().report()
	require.NoError(t, err)
	for _, want := range []string{
		"| **retrystream text()** | 150 (150–150) | 1.50 | 1.00 |",
		"| openai (250 events) | 300 (300–300) | 3.00 | 2.00 |",
		"for each event: bare read loop 0.1 µs, retrystream text() 0.1 µs,",
		"### OpenAI, CJK and emoji: text",
		"| memory after 10,000 finished streams | within 10 % of that after 100 | +9.0 % | yes |",
		"| Decode | go-sse | 200 MB/s, 8000 | 400 MB/s, 8000 |",
	} {
		assert.Contains(t, string(text), want)
	}
	assert.NotContains(t, string(text), "<no value>")
}

func TestPlotIsWellFormed(t *testing.T) {
	r := example()
	r.Machine.CPU = "A <fast> & cheap one"
	text, err := r.plot()
	require.NoError(t, err)
	decoder := xml.NewDecoder(strings.NewReader(string(text)))
	bars := 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "rect" {
			bars++
		}
	}
	assert.Equal(t, 1+3, bars, "the ground and a bar for each reader of text")
}

func TestParseNative(t *testing.T) {
	rows, err := parseNative(`goos: linux
BenchmarkDecode/retrystream/1-per-chunk-2  	 436	 572407 ns/op	1700.50 MB/s	 32848 B/op	 3 allocs/op
BenchmarkDecode/retrystream/1-per-chunk-2  	 436	 572407 ns/op	1900.50 MB/s	 32848 B/op	 3 allocs/op
BenchmarkDecode/retrystream/8-per-chunk-2  	 436	 572407 ns/op	1800 MB/s	 32848 B/op	 4 allocs/op
BenchmarkDecodeMixed/go-sse/64-per-chunk   	  82	4478300 ns/op	 224.79 MB/s	 2338385 B/op	 8828 allocs/op
PASS`)
	require.NoError(t, err)
	assert.Equal(t, []nativeRow{
		{"Decode", "retrystream", map[int]nativeFigure{1: {1800.5, 3}, 8: {1800, 4}}},
		{"DecodeMixed", "go-sse", map[int]nativeFigure{64: {224.79, 8828}}},
	}, rows)
	assert.Equal(t, []nativeFigure{{1800.5, 3}, {1800, 4}}, rows[0].Figures())

	_, err = parseNative("ok")
	assert.ErrorContains(t, err, "no figures")
}

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, write, args, problem string
		want                       options
	}{
		{name: "typical replies", args: "-typical", want: options{rounds: 10, events: 200_000}},
		{name: "everything", args: "", want: options{rounds: 10, events: 200_000}},
		{name: "quick", args: "-quick", want: options{rounds: 3, events: 20_000}},
		{name: "quick, with more rounds", args: "-quick -rounds 5", want: options{rounds: 5, events: 20_000}},
		{name: "written", write: "1", want: options{rounds: 10, events: 200_000}},
		{name: "a part cannot be written", write: "1", args: "-inputs openai", problem: "WRITE takes everything"},
		{name: "nor a quick run", write: "1", args: "-quick", problem: "WRITE takes everything"},
		{name: "a pattern that is none", args: "-only (", problem: "missing closing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("WRITE", tt.write)
			flags := flag.NewFlagSet("bench", flag.ContinueOnError)
			flags.SetOutput(io.Discard)
			got, err := parse(flags, strings.Fields(tt.args))
			if tt.problem != "" {
				require.ErrorContains(t, err, tt.problem)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.write != "", got.write)
			assert.Equal(t, tt.want.rounds, got.rounds)
			assert.Equal(t, tt.want.events, got.events)
		})
	}
}

func TestSizeOf(t *testing.T) {
	assert.Equal(t, 200_000, sizeOf("openai", 200_000))
	assert.Equal(t, 20_000, sizeOf("wide", 200_000))
	assert.Equal(t, 10_000, sizeOf("recordings", 200_000))
	assert.Equal(t, 10_000, sizeOf("recordings", 20_000))
	assert.Equal(t, 5000, sizeOf("recordings", 5000))
}
