package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/template"
)

// results is everything that was measured.
type results struct {
	Machine machine
	Rounds  int
	Tables  []table
	Delays  []delay
	CPU     []cpu
	Cold    cold
	Memory  memory
	Crowd   crowd
	Native  []nativeRow
}

//go:embed report.md.tmpl
var reportText string

// write writes the report and its picture.
func (r results) write() error {
	for path, render := range map[string]func() ([]byte, error){
		"docs/benchmarks.md":  r.report,
		"docs/benchmarks.svg": r.plot,
	} {
		text, err := render()
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (r results) report() ([]byte, error) {
	const mb = 1 << 20
	functions := template.FuncMap{
		"ms":       func(v float64) string { return fmt.Sprintf("%.1f", v) },
		"mb":       func(bytes float64) string { return fmt.Sprintf("%.1f", bytes/mb) },
		"us":       func(v float64) string { return fmt.Sprintf("%.0f", v) },
		"mbps":     func(v float64) string { return fmt.Sprintf("%.0f", v) },
		"count":    thousands,
		"sub":      func(a, b float64) float64 { return a - b },
		"total":    usage.total,
		"ofThread": func(name string) float64 { return cpuOf(r.CPU, name).Thread },
	}
	t, err := template.New("report").Funcs(functions).Parse(reportText)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, r)
	return out.Bytes(), err
}

func cpuOf(all []cpu, name string) cpu {
	for _, c := range all {
		if c.Reader == name {
			return c
		}
	}
	return cpu{}
}

// thousands writes a number with commas.
func thousands(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// EventsPerBody is for the template.
func (r results) EventsPerBody() int { return eventsPerBody }

// RatioBars is for the template.
func (r results) RatioBars() []ratioBar { return ratioBars(r.Tables) }

// Verdicts is for the template.
func (r results) Verdicts() []verdict { return verdicts(r) }

// Text writes a cell of the table of bars.
func (c barCell) Text() string {
	switch {
	case c.None:
		return ""
	case len(c.Missed) == 0:
		return fmt.Sprintf("%.2f ✓", c.Ratio)
	}
	var names []string
	for _, input := range c.Missed {
		names = append(names, inputNames[input])
	}
	return fmt.Sprintf("**%.2f** ✗ (%s)", c.Ratio, strings.Join(names, "; "))
}

// inputNames are the inputs' names for readers.
var inputNames = map[string]string{
	"openai": "OpenAI", "wide": "OpenAI, CJK and emoji", "anthropic": "Anthropic", "recordings": "recordings",
	"typical-openai": "a typical reply, OpenAI", "typical-anthropic": "a typical reply, Anthropic", "typical-gemini": "a typical reply, Gemini",
	"short-openai": "a short reply, OpenAI", "short-anthropic": "a short reply, Anthropic", "short-gemini": "a short reply, Gemini",
}

// InShort tells the figure that matters to a page: the time that an event's text
// takes, at one event a chunk.
func (r results) InShort() string {
	var parts []string
	for _, t := range r.Tables {
		if t.Input != "openai" || t.PerChunk != 1 {
			continue
		}
		for _, row := range t.rows {
			if row.Work != "events" && len(row.ns) > 0 {
				parts = append(parts, fmt.Sprintf("%s %.1f µs", row.Name, spreadOf(row.ns).Median/1000))
			}
		}
	}
	return strings.Join(parts, ", ")
}

// Typical tells what a typical reply takes, which is what people have.
func (r results) Typical() string {
	var parts []string
	for _, t := range r.Tables {
		text, ok := t.find("text", "retrystream text()")
		parser, ok2 := t.find("text", leanest)
		if !ok || !ok2 || !slices.Contains(typicalInputs, t.Input) {
			continue
		}
		part := fmt.Sprintf("%s %.2f times %s's", inputNames[t.Input], spreadOf(ratios(parser.ns, text.ns)).Median, leanest)
		if sdk, ok := t.find("text", sdkOf[strings.TrimPrefix(t.Input, "typical-")]); ok {
			part += fmt.Sprintf(" and %.1f times %s's", spreadOf(ratios(sdk.ns, text.ns)).Median, sdk.Name)
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return ""
	}
	return "The speed of retrystream's `text()`, one event a chunk: " + strings.Join(parts, "; ") + "."
}

// section is all that was measured of one input and one work.
type section struct {
	Title, About, Head string
	Rows               []string
}

// Sections is for the template.
func (r results) Sections() []section {
	var all []section
	for _, input := range strings.Split(allInputs, ",") {
		for _, work := range []string{"text", "relayed", "events"} {
			if s, ok := r.section(input, work); ok {
				all = append(all, s)
			}
		}
	}
	return all
}

func (r results) section(input, work string) (section, bool) {
	var tables []table
	for _, t := range r.Tables {
		if t.Input == input {
			tables = append(tables, t)
		}
	}
	if len(tables) == 0 {
		return section{}, false
	}
	first := tables[0]
	own := ways(tables, work)
	if work == "relayed" {
		own = nil
		for _, row := range first.rows {
			if row.Name == leanest+onIdle && len(row.ns) > 0 {
				own = append(own, row.readerInfo)
			}
		}
	}
	if len(own) == 0 {
		return section{}, false
	}
	s := section{Title: inputNames[input] + ": " + work}
	s.About = fmt.Sprintf("%s events of %d bytes on average", thousands(first.Events), first.Bytes/first.Events)
	if first.Replies > 1 {
		s.About += fmt.Sprintf(", in %s replies one after another", thousands(first.Replies))
	}
	s.Head = "| reader |"
	line := "\n| --- |"
	for _, t := range tables {
		s.Head += fmt.Sprintf(" %d a chunk: ns an event | / bare | / %s |", t.PerChunk, own[0].short())
		line += " ---: | ---: | ---: |"
	}
	s.Head += line
	for _, wanted := range first.rows {
		if wanted.Work != work && wanted.Work != "bytes" && (work != "relayed" || wanted.Work != "text" || wanted.ours()) {
			continue
		}
		name := wanted.Name
		if wanted.ours() || strings.HasSuffix(name, onOurs) {
			name = "**" + name + "**"
		}
		// An SDK that lacks a provider is given a little less, which needs no word.
		if wanted.Events < first.Events*9/10 {
			name += fmt.Sprintf(" (%s events)", thousands(wanted.Events))
		}
		text := "| " + name + " |"
		for _, t := range tables {
			row, _ := t.find(wanted.Work, wanted.Name)
			us, _ := t.find(own[0].Work, own[0].Name)
			ns := spreadOf(row.ns)
			text += fmt.Sprintf(" %.0f (%.0f–%.0f) | %.2f | %.2f |", ns.Median, ns.Q1, ns.Q3,
				spreadOf(ratios(row.ns, t.rows[0].ns)).Median, spreadOf(ratios(row.ns, us.ns)).Median)
		}
		s.Rows = append(s.Rows, text)
	}
	return s, true
}

// Slower tells, for each of retrystream's ways to read, which readers were
// faster, and where.
func (r results) Slower() []string {
	var all []string
	for _, work := range []string{"text", "events"} {
		for _, way := range ways(r.Tables, work) {
			faster := map[string][]string{}
			var names []string
			for _, t := range r.Tables {
				ours, ok := t.find(work, way.Name)
				if !ok {
					continue
				}
				for _, other := range t.rows {
					if other.ours() || other.Work != work || len(other.ns) == 0 {
						continue
					}
					if ratio := spreadOf(ratios(ours.ns, other.ns)).Median; ratio > 1 {
						if faster[other.Name] == nil {
							names = append(names, other.Name)
						}
						faster[other.Name] = append(faster[other.Name], fmt.Sprintf("%s at %d (%.1f×)", inputNames[t.Input], t.PerChunk, ratio))
					}
				}
			}
			for _, name := range names {
				all = append(all, fmt.Sprintf("%s, `%s`: %s takes less time on %s.", work, way.short(), name, strings.Join(faster[name], ", ")))
			}
		}
	}
	return all
}
