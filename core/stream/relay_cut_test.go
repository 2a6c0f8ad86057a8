package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// relayCutter cuts one relayed stream at all offsets.
type relayCutter struct {
	*cutStream
	url string
	// ends are the offsets after the blank line of each event, content is the first
	// event that a reader shows something of.
	ends     []int
	content  int
	survived int64
	wrong    map[string][]int
	// passed and undecided are memory for the next run.
	passed, undecided []byte
}

func newRelayCutter(t *testing.T, s *cutStream) *relayCutter {
	c := &relayCutter{cutStream: s, url: s.options.URL, wrong: map[string][]int{}}
	for _, e := range s.events {
		// A CR ends a line, whether or not a LF follows.
		c.ends = append(c.ends, e.lineEnd+1)
	}
	for c.content < s.end && !showsContent(t, s.events[c.content].data) {
		c.content++
	}
	return c
}

// showsContent tells in a plain way whether an event brings something to show.
func showsContent(t *testing.T, data string) bool {
	var ev struct {
		Type       string
		Choices    []struct{ Delta map[string]any }
		Candidates []struct {
			Content struct{ Parts []map[string]any }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(data), &ev))
	holds := func(m map[string]any) bool {
		for key, v := range m {
			list, isList := v.([]any)
			if key != "role" && v != nil && v != "" && v != false && (!isList || len(list) > 0) {
				return true
			}
		}
		return false
	}
	for _, choice := range ev.Choices {
		if holds(choice.Delta) {
			return true
		}
	}
	for _, candidate := range ev.Candidates {
		if slices.ContainsFunc(candidate.Content.Parts, holds) {
			return true
		}
	}
	switch ev.Type {
	case "text-delta", "reasoning-delta", "tool-input-start":
		return true
	}
	return ev.Type == "content_block_delta" || strings.HasPrefix(ev.Type, "response.") && strings.HasSuffix(ev.Type, ".delta")
}

// whole returns how many events stand whole in so many bytes, and where they end.
func (c *relayCutter) whole(offset int) (events, end int) {
	events, found := slices.BinarySearch(c.ends, offset)
	if found {
		events++
	}
	if events > 0 {
		end = c.ends[events-1]
	}
	return events, end
}

func (c *relayCutter) note(offset int, problem string, args ...any) {
	problem = fmt.Sprintf(problem, args...)
	c.wrong[problem] = append(c.wrong[problem], offset)
}

// cut breaks the stream off at an offset, with these bytes and this end, and looks
// at what the reader has.
func (c *relayCutter) cut(offset int, tail string, end error) {
	opts := c.options
	opts.SilenceTimeout, opts.MaxAttempts = -1, 3
	r := relay(opts)
	r.passed, r.undecided = c.passed[:0], c.undecided[:0]
	defer func() { c.passed, c.undecided = r.passed, r.undecided }()
	first := answer{header: isEvents, body: c.body[:offset], then: []byte(tail), err: end}
	if offset%61 == 7 {
		step := 0
		first.chunks = func(rest int) int {
			step++
			return min(rest, 1+step*step%701)
		}
	}
	r.run(context.Background(), first, answer{header: isEvents, body: c.body})
	if len(r.wrong) > 0 {
		c.note(offset, "%s", r.wrong[0])
		return
	}
	whole, edge := c.whole(offset)
	same := r.prefix(c.body)
	seen := slices.Concat(c.body[:offset], []byte(tail))
	failed, final := r.err.(*stream.Error)
	switch {
	case r.err == nil && r.attempts == 2:
		if string(r.passed) != string(c.body) {
			c.note(offset, "the next attempt's body is not passed as it is")
		} else if whole > c.content && tail == "" {
			c.note(offset, "replaced although content was passed")
		}
	case r.err == nil:
		// It was complete: whatever came then may be passed, too.
		if c.reached(offset) <= c.end {
			c.note(offset, "taken for the whole")
		} else if len(r.passed) < edge || !bytes.HasPrefix(append(seen, "\n\n"...), r.passed) {
			c.note(offset, "not the body and what followed it")
		}
	case !final || failed.Ending != stream.EndBody || r.attempts != 1:
		c.note(offset, "ends with %v", r.err)
	case whole <= c.content && tail == "":
		c.note(offset, "not replaced although nothing was passed")
	case c.reached(offset) > c.end && tail == "":
		c.note(offset, "failed although it was complete")
	default:
		if _, at := c.whole(same); !slices.Contains(c.ends, at) || at < c.ends[c.content] {
			c.note(offset, "passed half an event")
		} else if at < edge {
			c.note(offset, "kept back what had come")
		} else if err := c.tells(r.passed[at:], failed.Kind); err != nil {
			c.note(offset, "%v", err)
		} else {
			c.survived++
		}
		return
	}
	c.survived++
}

// reached is how many events count at an offset: one without its blank line does.
func (c *relayCutter) reached(offset int) int {
	events, _ := c.whole(offset)
	if events < len(c.events) && offset >= c.events[events].dataEnd {
		events++
	}
	return events
}

// tells looks for exactly one error, of that kind, and nothing else.
func (c *relayCutter) tells(rest []byte, kind failure.Kind) error {
	told, err := kindOf(c.url, bytes.Join([][]byte{c.body[:c.ends[0]], rest}, nil))
	if err != nil {
		return err
	}
	if told != kind {
		return fmt.Errorf("told of %q, not of %q", told, kind)
	}
	return nil
}

func (c *relayCutter) failures() (list []string) {
	for problem, offsets := range c.wrong {
		list = append(list, fmt.Sprint(problem, " at ", offsets[:min(len(offsets), 9)], " of ", len(offsets)))
	}
	slices.Sort(list)
	return list
}

// TestRelayCut cuts each stream at every byte offset, or sends an error there,
// and one whole error at every boundary of events. The reader has the whole body,
// or its beginning in whole events and one error; nothing twice. With -v it
// prints the count.
func TestRelayCut(t *testing.T) {
	start := time.Now()
	defer debug.SetGCPercent(debug.SetGCPercent(1000)) // as in TestCut
	var survived atomic.Int64
	run := func(t *testing.T, list []*cutStream) {
		connection, inStream := cutWays()
		for _, s := range list {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newRelayCutter(t, s)
					ways := append(slices.Clone(connection), inStream...)
					for offset := range len(s.body) + 1 {
						if sampleCuts() && !s.sampled(offset) {
							continue
						}
						turn := ways
						if len(s.body) > 4<<10 { // or it would take minutes
							turn = ways[offset%len(ways):][:1]
						}
						for _, way := range turn {
							tail := ""
							if way.tail != nil {
								tail = way.tail(s)
							}
							c.cut(offset, tail, way.err)
						}
					}
					for _, end := range c.ends {
						c.cut(end, s.errorEvent, nil)
					}
					assert.Empty(t, c.failures())
					survived.Add(c.survived)
				})
			})
		}
	}
	t.Run("all", func(t *testing.T) {
		run(t, fakeStreams(t))
		t.Run("recordings", func(t *testing.T) { run(t, recordedStreams(t)) })
	})
	t.Logf("survived %d cuts and errors (%.0fs)", survived.Load(), time.Since(start).Seconds())
}

// TestRelayCut_resume breaks each reply that can be resumed off at every byte
// offset: joined, the reader's bytes are those of the whole reply, each once.
func TestRelayCut_resume(t *testing.T) {
	connection, _ := cutWays()
	for name, api := range resumables() {
		for _, way := range connection {
			t.Run(name+"/"+way.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c := newResumeCutter(t, api)
					resumed := 0
					for _, offset := range c.offsets(0) {
						if c.relayed(t, offset, way.err) {
							resumed++
						}
					}
					assert.Empty(t, c.failures())
					assert.Positive(t, resumed)
				})
			})
		}
	}
}

// relayed breaks the reply off once, and tells whether it was resumed.
func (c *resumeCutter) relayed(t *testing.T, offset int, end error) (resumed bool) {
	o := c.origin()
	r := relay(stream.Options{URL: c.url, SilenceTimeout: -1, MaxAttempts: 3})
	r.runWith(context.Background(), func(ctx context.Context, a *stream.Attempt) error {
		rec := o.ask(a)
		resumed = resumed || a.Resume() != nil
		w := answer{status: rec.Code, header: isEvents, body: rec.Body.Bytes()}
		if a.Number == 1 {
			w.body, w.err = w.body[:offset], end
		}
		return r.send(ctx, a, w)
	})
	var problems []string
	if r.err != nil {
		problems = append(problems, "failed for good: "+string(failure.Classify(r.err).Kind))
	}
	reply := o.given[len(o.given)-1]
	if resumed {
		reply = o.given[0]
	}
	got := string(r.passed)
	if len(o.asked) == 1 && offset >= c.end-2 {
		got = strings.TrimRight(got, "\n") // what followed the end may lack
		reply = reply[:min(len(got), len(reply))]
	}
	if got != reply || len(r.made) > 0 && len(o.asked) > 1 || len(r.wrong) > 0 {
		problems = append(problems, "not the reply")
	}
	c.note(offset, problems)
	return resumed
}

// TestRelayResumes: answers to a request for the rest that are no such thing.
func TestRelayResumes(t *testing.T) {
	last := "id: 2\n" + delta("ho")
	first, rest := "id: 1\n"+delta("Hi")+last, "id: 3\n"+stop
	for name, tc := range map[string]struct {
		answers []answer
		want    string // "" for the error that broke the reply off
		kind    failure.Kind
	}{
		"the rest":             {[]answer{{body: []byte(rest)}}, first + rest, ""},
		"with the last again":  {[]answer{{body: []byte(last + rest)}}, first + rest, ""},
		"with a mark":          {[]answer{{body: []byte("\ufeff" + rest)}}, first + rest, ""},
		"after a failure":      {[]answer{{status: 503}, {refused: errReset}, {body: []byte(rest)}}, first + rest, ""},
		"in two":               {[]answer{{body: []byte(rest[:9]), err: errReset}, {body: []byte(rest)}}, first + rest, ""},
		"refused":              {[]answer{{status: 404}}, "", failure.Network},
		"a wrong key":          {[]answer{{status: 401}}, "", failure.Auth},
		"another":              {[]answer{{body: []byte("id: 7\n" + delta("Ho"))}}, "", failure.Network},
		"from the start":       {[]answer{{body: []byte("id: a\n" + chatOpen + "id: b\n" + delta("Ho"))}}, "", failure.Network},
		"a document":           {[]answer{{body: []byte(`{"choices":[]}`)}}, "", failure.Network},
		"a web page":           {[]answer{{body: []byte("<html>")}}, "", failure.Network},
		"nothing to be had":    {[]answer{{status: 204}}, "", failure.Network},
		"too often in trouble": {[]answer{{status: 529}}, "", failure.Overloaded},
	} {
		for _, size := range []int{1 << 30, 1, 9} {
			relayInBubble(t, name, stream.Options{URL: chatURL, MaxAttempts: 4}, func(t *testing.T, r *relayed) {
				chunks := func(rest int) int { return min(rest, size) }
				answers := []answer{{body: []byte(first), err: errReset, chunks: chunks}}
				for _, w := range tc.answers {
					w.chunks = chunks
					answers = append(answers, w)
				}
				r.run(t.Context(), answers...)
				if tc.want != "" {
					r.is(t, tc.want)
					return
				}
				failed := r.failed(t)
				assert.Equal(t, stream.EndBody, failed.Ending)
				assert.Equal(t, tc.kind, failed.Kind)
				assert.NotContains(t, failed.Detail, "continue")
				require.Len(t, r.made, 1)
				assert.Equal(t, first+r.made[0], string(r.passed))
				assert.Empty(t, r.wrong)
			})
		}
	}
	relayInBubble(t, "an error of its own", stream.Options{URL: chatURL}, func(t *testing.T, r *relayed) {
		const busy = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n"
		r.run(t.Context(), answer{body: []byte(first), err: errReset}, answer{body: []byte("id: 3\n" + delta("Ho")), then: []byte(busy)})
		assert.Equal(t, failure.Overloaded, r.failed(t).Kind)
		assert.Equal(t, first+"id: 3\n"+delta("Ho")+busy, string(r.passed))
	})
}
