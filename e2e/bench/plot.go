package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed plot.svg.tmpl
var plotText string

// panel is the part of the picture for one size of chunks.
type panel struct {
	Title string
	Y     int
	Bars  []plotBar
}

// plotBar is a reader's speed.
type plotBar struct {
	Y, Width    int
	Name, Label string
	Ours        bool
}

// The picture's measures, in pixels.
const (
	plotWidth  = 840
	plotLeft   = 330
	plotBarMax = 420
	plotRow    = 22
	plotTop    = 78
	plotGap    = 30
)

// plot draws how many events a second each reader turns into text.
func (r results) plot() ([]byte, error) {
	var panels []panel
	y := plotTop
	for _, t := range r.Tables {
		if t.Input != "openai" {
			continue
		}
		p := panel{Title: fmt.Sprintf("%d events a chunk", t.PerChunk), Y: y}
		if t.PerChunk == 1 {
			p.Title = "1 event a chunk"
		}
		y += 14
		best := 0.0
		for _, row := range t.rows {
			if row.Work == "text" && len(row.ns) > 0 {
				best = max(best, 1e9/spreadOf(row.ns).Median)
			}
		}
		for _, row := range t.rows {
			if row.Work != "text" || len(row.ns) == 0 {
				continue
			}
			speed := 1e9 / spreadOf(row.ns).Median
			p.Bars = append(p.Bars, plotBar{
				Y: y, Width: max(1, int(plotBarMax*speed/best)), Ours: row.ours(),
				Name: row.Name, Label: thousands(int(speed/1000)) + "k",
			})
			y += plotRow
		}
		panels = append(panels, p)
		y += plotGap
	}
	t, err := template.New("plot").Funcs(template.FuncMap{
		"add": func(a, b int) int { return a + b },
	}).Parse(plotText)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Width": plotWidth, "Height": y - plotGap/2, "Left": plotLeft, "Panels": panels,
		"About": strings.Join([]string{r.Machine.Browser, r.Machine.CPU, fmt.Sprintf("%d cores", r.Machine.Cores)}, ", "),
	})
	return out.Bytes(), err
}
