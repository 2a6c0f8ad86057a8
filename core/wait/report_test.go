package wait

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata
var testdata embed.FS

const (
	resultsFile = "testdata/simulation.json"
	// checked is the largest crowd that every test run simulates anew.
	checked = 10_000
)

// result is a run of the report.
type result struct {
	Clients  int    `json:"clients"`
	Streams  int    `json:"streams"`
	AfterMs  int64  `json:"retry_after_ms"`
	Strategy string `json:"strategy"`
	Wasted   int    `json:"wasted"`
	Peak     int    `json:"peak_per_second"`
	DrainMs  int64  `json:"drain_ms"`
	Served   int    `json:"served"`
}

func (s setup) result() result {
	o := s.run()
	return result{s.clients, s.streams, s.after.Milliseconds(), s.name, o.Wasted, o.Peak, o.Drain.Milliseconds(), o.Served}
}

var sizes = []int{1, 10, 100, 1000, 10_000, 100_000}

// setups are the runs of the report.
func setups() (all []setup) {
	for _, after := range []time.Duration{10 * time.Second, 0} {
		for _, strategy := range strategies {
			for _, clients := range sizes {
				all = append(all, setup{strategy, clients, 5, after})
			}
			all = append(all, setup{strategy, checked, 1, after})
		}
	}
	return all
}

// TestSimulationReport keeps docs/shared-wait.md and its picture true. With WRITE in
// the environment it runs all of the simulation, which takes two minutes, and writes
// the results and both; without, it runs what takes no second.
func TestSimulationReport(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("the docs are held to the simulation natively")
	}
	write := os.Getenv("WRITE") != ""
	var results []result
	if write {
		for _, s := range setups() {
			results = append(results, s.result())
		}
		text, err := json.MarshalIndent(results, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(resultsFile, append(text, '\n'), 0o644))
	} else {
		text, err := testdata.ReadFile(resultsFile)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &results))
		require.Len(t, results, len(setups()))
		for i, s := range setups() {
			if s.clients*s.streams <= checked {
				assert.Equal(t, s.result(), results[i], "testdata/simulation.json is stale: run make docs")
			}
		}
	}
	for _, name := range []string{"shared-wait.md", "shared-wait.svg"} {
		page := render(t, name+".tmpl", report{results})
		if write {
			require.NoError(t, os.WriteFile("../../docs/"+name, page, 0o644))
			continue
		}
		old, err := os.ReadFile("../../docs/" + name)
		require.NoError(t, err)
		assert.Equal(t, string(old), string(page), "docs/%s is stale: run make docs", name)
	}
}

func render(t *testing.T, name string, r report) []byte {
	page := template.Must(template.New(name).ParseFS(testdata, "testdata/"+name))
	var out bytes.Buffer
	require.NoError(t, page.Execute(&out, r))
	return out.Bytes()
}

// number writes thousands with commas.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// report is what the templates see.
type report struct{ results []result }

func (r report) find(clients, streams, after int, strategy string) result {
	for _, x := range r.results {
		if x.Clients == clients && x.Streams == streams && x.AfterMs == int64(after)*1000 && x.Strategy == strategy {
			return x
		}
	}
	panic("no such run: " + strategy)
}

func (x result) drained() bool { return x.Served == x.Clients*x.Streams }

// cell writes one figure of a run.
func (x result) cell(what string) string {
	switch drain := float64(x.DrainMs) / 1000; {
	case what == "wasted":
		return fmt.Sprintf("%.1f", float64(x.Wasted)/float64(x.Clients*x.Streams))
	case what == "peak":
		return number(x.Peak)
	case !x.drained():
		return "> 20 min"
	case drain < 100:
		return fmt.Sprintf("%.1f s", drain)
	default:
		return number(int(drain+0.5)) + " s"
	}
}

// Cell is one figure ("wasted", "peak" or "drain") of a run with five streams.
func (r report) Cell(what string, clients, after int, strategy string) string {
	return r.find(clients, 5, after, strategy).cell(what)
}

// Table is one figure of all runs with five streams.
func (r report) Table(what string, after int) string {
	var b strings.Builder
	b.WriteString("| clients |")
	for _, s := range strategies {
		b.WriteString(" " + s.name + " |")
	}
	b.WriteString("\n| ---: |" + strings.Repeat(" ---: |", len(strategies)))
	for _, clients := range sizes {
		b.WriteString("\n| " + number(clients) + " |")
		for _, s := range strategies {
			b.WriteString(" " + r.Cell(what, clients, after, s.name) + " |")
		}
	}
	return b.String()
}

// Alone compares 10,000 clients of one stream each.
func (r report) Alone(after int) string {
	var b strings.Builder
	b.WriteString("| | refused, per stream | peak, requests/s | drained after |\n| --- | ---: | ---: | ---: |")
	for _, s := range strategies {
		x := r.find(checked, 1, after, s.name)
		fmt.Fprintf(&b, "\n| %s | %s | %s | %s |", s.name, x.cell("wasted"), x.cell("peak"), x.cell("drain"))
	}
	return b.String()
}
