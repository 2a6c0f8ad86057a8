package wait

import (
	"fmt"
	"math"
	"strings"
)

const (
	plotWidth  = 236
	plotHeight = 220
	plotLeft   = 60
	plotTop    = 130
	plotStep   = 302
)

// Mark is a place in the plot with a word.
type Mark struct {
	X, Y float64
	Text string
}

// Line is one strategy in one panel.
type Line struct {
	Name, Color, Dash, Points string
	Width                     float64
	// Key is the line's place in the legend.
	Key Mark
	// Open are the runs that had not drained when they were given up.
	Open []Mark
}

// Panel is one figure of the plot.
type Panel struct {
	Title               string
	X, Y, Width, Height int
	Lines               []Line
	Across, Up          []Mark
}

// Legend names the lines, over the panels.
func (r report) Legend() []Line {
	return r.panel("", "wasted", 0, 10, []float64{1, 10}, nil).Lines
}

// Panels are the three figures where refusals have a Retry-After of 10s.
func (r report) Panels() []Panel {
	return []Panel{
		r.panel("requests refused, per stream", "wasted", 0, 10, []float64{1, 10, 100}, []string{"1", "10", "100"}),
		r.panel("peak after the recovery, requests/s", "peak", 1, 10, []float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}, []string{"1", "10", "100", "1,000", "10k", "100k", "1M"}),
		r.panel("all served, after the recovery", "drain", 2, 10, []float64{1, 10, 60, 300, 1200}, []string{"1 s", "10 s", "1 min", "5 min", "20 min"}),
	}
}

func (r report) panel(title, what string, column, after int, ticks []float64, names []string) Panel {
	p := Panel{Title: title, X: plotLeft + column*plotStep, Y: plotTop, Width: plotWidth, Height: plotHeight}
	low, high := math.Log(ticks[0]), math.Log(ticks[len(ticks)-1]*1.2)
	across := func(i int) float64 {
		return round(float64(p.X) + float64(plotWidth*i)/float64(len(sizes)-1))
	}
	up := func(v float64) float64 {
		part := (math.Log(max(v, ticks[0])) - low) / (high - low)
		return round(float64(p.Y+plotHeight) - plotHeight*min(part, 1))
	}
	for i, name := range names {
		p.Up = append(p.Up, Mark{float64(p.X), up(ticks[i]), name})
	}
	for i, name := range []string{"1", "10", "100", "1,000", "10k", "100k"} {
		p.Across = append(p.Across, Mark{across(i), float64(p.Y + plotHeight), name})
	}
	looks := []Line{
		{Color: "#6b7280"}, {Color: "#b45309", Dash: "6 3"}, {Color: "#c2410c"},
		{Color: "#2563eb", Dash: "6 3"}, {Color: "#7c3aed", Dash: "2 3"}, {Color: "#1a7f5a", Width: 3.5},
	}
	for n, s := range strategies {
		line := looks[n]
		line.Name, line.Width = s.name, max(line.Width, 2)
		line.Key = Mark{X: float64(20 + n%3*plotStep), Y: float64(68 + n/3*20)}
		var points strings.Builder
		for i, clients := range sizes {
			x := r.find(clients, 5, after, s.name)
			v := map[string]float64{
				"wasted": float64(x.Wasted) / float64(x.Clients*x.Streams), "peak": float64(x.Peak), "drain": float64(x.DrainMs) / 1000,
			}[what]
			if what == "drain" && !x.drained() {
				v = patience.Seconds()
				line.Open = append(line.Open, Mark{across(i), up(v), ""})
			}
			fmt.Fprintf(&points, "%g,%g ", across(i), up(v))
		}
		line.Points = strings.TrimSpace(points.String())
		p.Lines = append(p.Lines, line)
	}
	return p
}

// round keeps the figures of a plot the same on every machine.
func round(v float64) float64 { return math.Round(v*10) / 10 }
