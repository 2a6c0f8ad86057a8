package stream_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/retrystream/retrystream/core/stream"
)

// page is who reads the stream: it notes what should not be.
type page struct {
	stream *cutStream
	resets bool
	// next is the event of the reply that comes next.
	next int
	text strings.Builder
	// stale: what is shown is a failed attempt's, so a reset has to come first.
	stale, begun bool
	// other: an event is shown that is none of the reply's; empty ones do no harm.
	other, empty bool
	problems     []string
}

func (p *page) wrong(format string, args ...any) {
	if problem := fmt.Sprintf(format, args...); !slices.Contains(p.problems, problem) {
		p.problems = append(p.problems, problem)
	}
}

// begin says that an attempt begins.
func (p *page) begin() {
	p.begun = false
	p.stale = p.resets && (p.next > 0 || p.other || p.empty)
}

func (p *page) onEvent(ev *stream.Event) {
	if ev.Reset > 0 {
		if !p.stale || p.begun {
			p.wrong("a reset out of place")
		}
		p.next, p.stale, p.other, p.empty = 0, false, false, false
		p.text.Reset()
		return
	}
	p.begun = true
	if p.stale {
		p.wrong("no reset")
	}
	p.text.Write(ev.Text)
	switch {
	case p.next < len(p.stream.events) && p.stream.events[p.next].is(ev):
		p.next++
	case len(ev.Data) == 0:
		// A line "data" cut off before its value, then a blank line.
		p.empty = true
	default:
		// An attempt that fails may show one; the reset takes it away.
		p.other = true
	}
}
