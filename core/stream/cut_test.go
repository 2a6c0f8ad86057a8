package stream_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

const (
	// longStream is the length in bytes beyond which an error comes once at each
	// offset, in the forms by turns, rather than in every form.
	longStream = 16 << 10
	// mostAmiss is at how many offsets something may go wrong before the rest of
	// the stream is left alone.
	mostAmiss = 100
)

// cutWay is how an attempt ends at the offset of the cut.
type cutWay struct {
	name string
	// tail comes in place of the rest of the stream. May be nil.
	tail func(s *cutStream) string
	// err is how the transfer ends, nil for cleanly.
	err error
	// counts is the offset from which on the event counts, although the stream
	// is cut there.
	counts func(e cutEvent) int
	// kinds are the failures that the cut may be taken for.
	kinds []failure.Kind
}

// cutWays returns the ways to lose the connection, then the ways in which an error
// comes inside the stream.
func cutWays() (connection, inStream []cutWay) {
	connection = []cutWay{
		{
			name: "reset", err: io.ErrUnexpectedEOF, kinds: []failure.Kind{failure.Network},
			counts: func(e cutEvent) int { return e.dataEnd },
		}, {
			name: "clean end", kinds: []failure.Kind{failure.Truncated},
			counts: func(e cutEvent) int { return e.dataEnd },
		},
	}
	errorKinds := []failure.Kind{failure.Overloaded, failure.Server, failure.Truncated}
	inStream = []cutWay{
		{
			// Half a line and the error's first line become one.
			name: "error event", kinds: errorKinds,
			tail:   func(s *cutStream) string { return s.errorEvent },
			counts: func(e cutEvent) int { return e.lineEnd + 1 },
		}, {
			// Half an event and the error become one.
			name: "error event on a new line", kinds: errorKinds,
			tail:   func(s *cutStream) string { return "\n" + s.errorEvent },
			counts: func(e cutEvent) int { return e.lineEnd },
		}, {
			name: "error event after a blank line", kinds: errorKinds,
			tail:   func(s *cutStream) string { return "\n\n" + s.errorEvent },
			counts: func(e cutEvent) int { return e.dataEnd },
		}, {
			name: "bare error", kinds: errorKinds,
			tail:   func(s *cutStream) string { return s.errorBody },
			counts: func(e cutEvent) int { return e.dataEnd + 1 },
		},
	}
	return connection, inStream
}

// cutMode is what becomes of the partial reply.
type cutMode struct {
	name string
	// from is where the next attempt's body begins once so many events of the
	// reply are shown.
	from func(s *cutStream, shown int) int
	// resets means that the next attempt voids what is shown.
	resets bool
}

func cutModes() []cutMode {
	return []cutMode{
		{name: "restart", resets: true, from: func(*cutStream, int) int { return 0 }},
	}
}

// TestCut cuts each stream at every byte offset, or sends an error there.
// Whatever the page was shown, in the end it shows the reply as it is without
// any cut, each event once. Where only a sample of the offsets is affordable, it
// says so. With -v it prints the count.
func TestCut(t *testing.T) {
	start := time.Now()
	// Millions of short-lived attempts in a small heap: much of the time would go
	// to collecting it.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	var streams, survived atomic.Int64
	t.Run("fakes", func(t *testing.T) { cutAll(t, fakeStreams(t), &streams, &survived) })
	t.Run("recordings", func(t *testing.T) { cutAll(t, recordedStreams(t), &streams, &survived) })
	offsets := "every offset"
	if sampleCuts() {
		offsets = "a sample of the offsets"
	}
	t.Logf("survived %d cuts of %d streams (%s, %.0fs)",
		survived.Load(), streams.Load(), offsets, time.Since(start).Seconds())
}

func cutAll(t *testing.T, list []*cutStream, streams, survived *atomic.Int64) {
	streams.Add(int64(len(list)))
	connection, inStream := cutWays()
	for _, mode := range cutModes() {
		for _, s := range list {
			cut := func(name string, ways ...cutWay) {
				t.Run(mode.name+"/"+s.name+"/"+name, func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						c := cutter{stream: s, ways: ways, mode: mode}
						c.cutAll()
						assert.Empty(t, c.failures())
						survived.Add(c.survived)
					})
				})
			}
			for _, way := range connection {
				cut(way.name, way)
			}
			if len(s.body) > longStream {
				cut("errors in turn", inStream...)
				continue
			}
			for _, way := range inStream {
				cut(way.name, way)
			}
		}
	}
}

// sampleCuts reports whether every offset would take too long.
func sampleCuts() bool { return testing.Short() || underRace || runtime.GOOS == "js" }

// sampled reports whether the offset is cut at when not all are: every so many
// bytes, and all about the stream's beginning and the reply's end.
func (s *cutStream) sampled(offset int) bool {
	end := s.events[s.end]
	return offset%(1+len(s.body)/40) == 0 || offset <= 24 || offset >= end.dataEnd-2 && offset <= end.lineEnd+2
}

// cutter cuts one stream at all offsets.
type cutter struct {
	stream *cutStream
	// ways take turns, each at the offsets that are its own.
	ways     []cutWay
	mode     cutMode
	survived int64
	// wrong are the offsets at which something went wrong, by what it was.
	wrong map[string][]int
}

// cutAll makes the runs. One run is one reply, in which each attempt but the
// last is cut, later than the one before. A short stream is cut once in a run; a
// long one more often, or reading it whole so many times would take longer than
// all else.
func (c *cutter) cutAll() {
	s := c.stream
	perRun := 1 + len(s.body)/(4<<10)
	var cuts []int
	for offset := range len(s.body) + 1 {
		if sampleCuts() && !s.sampled(offset) {
			continue
		}
		if c.amiss() >= mostAmiss {
			break
		}
		cuts = append(cuts, offset)
		if len(cuts) == perRun || c.completes(offset) || offset == len(s.body) {
			c.run(cuts)
			cuts = cuts[:0]
		}
	}
	c.run(cuts)
}

func (c *cutter) way(offset int) cutWay { return c.ways[offset%len(c.ways)] }

// shown is how many events count when the stream is cut at the offset.
func (c *cutter) shown(offset int) int {
	events, counts := c.stream.events, c.way(offset).counts
	// The offsets from which on events count are in ascending order.
	n, _ := slices.BinarySearchFunc(events, offset+1, func(e cutEvent, offset int) int { return counts(e) - offset })
	return n
}

// completes reports whether the reply's end is seen before the cut.
func (c *cutter) completes(offset int) bool { return c.shown(offset) > c.stream.end }

// run is one reply, cut at these offsets in turn.
func (c *cutter) run(cuts []int) {
	if len(cuts) == 0 {
		return
	}
	s, p := c.stream, &page{stream: c.stream, resets: c.mode.resets}
	last := cuts[len(cuts)-1]
	attempts := len(cuts) + 1
	if c.completes(last) {
		attempts-- // no retry
	}
	// settle looks at what an attempt has left behind.
	settle := func(made int) {
		if made >= 1 && made <= len(cuts) {
			if want := c.shown(cuts[made-1]); p.next != want {
				p.wrong("%d events are shown, not %d", p.next, want)
			}
		}
	}
	opts := s.options
	opts.MaxAttempts = attempts + 1
	opts.SilenceTimeout = -1 // nothing is slow here
	opts.OnEvent = p.onEvent
	opts.OnRetry = func(r event.ChatStreamRetry) {
		if r.Attempt > len(cuts) {
			p.wrong("the whole reply is taken for %s", r.Kind)
		} else if !slices.Contains(c.way(cuts[r.Attempt-1]).kinds, r.Kind) {
			p.wrong("taken for %s", r.Kind)
		}
	}
	made := 0
	err := mustNew(opts).Run(context.Background(), func(ctx context.Context, a *stream.Attempt) error {
		settle(made)
		made++
		p.begin()
		from := c.mode.from(s, p.next)
		if made > len(cuts) {
			return c.send(ctx, a, s.body[from:], "", nil, last)
		}
		offset := cuts[made-1]
		way, tail := c.way(offset), ""
		if way.tail != nil {
			tail = way.tail(s)
		}
		return c.send(ctx, a, s.body[from:max(from, offset)], tail, way.err, offset)
	})
	switch {
	case err != nil:
		p.wrong("failed for good: %s", failure.Classify(err).Kind)
	case made != attempts:
		p.wrong("%d attempts, not %d", made, attempts)
	case made == len(cuts):
		settle(made)
	case p.next != len(s.events):
		p.wrong("%d of %d events in the end", p.next, len(s.events))
	}
	if p.other {
		p.wrong("an event that is not the reply's")
	}
	if p.text.String() != s.text {
		p.wrong("the text is not the reply's")
	}
	if len(p.problems) == 0 {
		c.survived += int64(len(cuts))
		return
	}
	if len(cuts) == 1 {
		if c.wrong == nil {
			c.wrong = map[string][]int{}
		}
		problem := strings.Join(p.problems, ", ")
		if len(c.ways) > 1 {
			problem = c.way(last).name + ": " + problem
		}
		c.wrong[problem] = append(c.wrong[problem], last)
		return
	}
	for _, offset := range cuts { // each by itself, to tell which one it was
		c.run([]int{offset})
	}
}

// send plays one attempt: the body, the tail, the end. At some offsets the bytes
// come in small and odd chunks.
func (c *cutter) send(ctx context.Context, a *stream.Attempt, body []byte, tail string, end error, offset int) error {
	if offset%61 == 7 {
		step, most := 0, 23
		if offset%2 == 0 {
			most = 701 // some chunks hold whole events
		}
		chunks := func(rest int) int {
			step++
			return min(rest, 1+step*step%most)
		}
		if err := feed(append(slices.Clone(body), tail...), chunks)(ctx, a); err != nil {
			return err
		}
		return end
	}
	a.Respond(provider.Response{StatusCode: 200})
	a.Waiting()
	if !a.Feed(body) || tail != "" && !a.Feed([]byte(tail)) {
		return nil
	}
	return end
}

// amiss is at how many offsets something went wrong.
func (c *cutter) amiss() (n int) {
	for _, offsets := range c.wrong {
		n += len(offsets)
	}
	return n
}

// failures tells what went wrong and where.
func (c *cutter) failures() (list []string) {
	for problem, offsets := range c.wrong {
		list = append(list, fmt.Sprint(problem, " at ", offsets))
	}
	slices.Sort(list)
	return list
}

// TestCutStreams holds what the cuts are measured against: uncut, each stream is
// seen as it was read slowly.
func TestCutStreams(t *testing.T) {
	connection, _ := cutWays()
	test := func(t *testing.T, list []*cutStream) {
		for _, s := range list {
			c := cutter{stream: s, ways: connection[1:], mode: cutModes()[0]}
			require.Equal(t, len(s.events), c.shown(len(s.body)), s.name)
			c.run([]int{len(s.body)})
			require.Empty(t, c.failures(), s.name)
			for _, e := range s.events[s.end+1:] {
				require.Empty(t, e.text, "%s: text after the end", s.name)
			}
		}
	}
	t.Run("fakes", func(t *testing.T) { test(t, fakeStreams(t)) })
	t.Run("recordings", func(t *testing.T) { test(t, recordedStreams(t)) })
}
