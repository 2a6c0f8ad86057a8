package stream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// batch is what batches() yields.
type batch struct {
	Reset  bool            `json:"reset"`
	Text   string          `json:"text"`
	Events []library.Event `json:"events"`
}

// twice is one reply, read in both ways.
type twice struct {
	Batches []batch         `json:"batches"`
	Events  []library.Event `json:"events"`
	Text    string          `json:"text"`
}

// flat gives the events of all batches.
func (r twice) flat() (events []library.Event) {
	for _, b := range r.Batches {
		events = append(events, b.Events...)
	}
	return events
}

// joined gives the text of the batches from the last reset on, and how many
// resets there were.
func (r twice) joined() (text string, resets int) {
	for _, b := range r.Batches {
		if b.Reset {
			resets, text = resets+1, ""
		}
		text += b.Text
	}
	return text, resets
}

// TestBatches reads a reply that is cut and tried again, chunk by chunk.
func TestBatches(t *testing.T) {
	t.Parallel()
	got := browser.Call[twice](library.OpenBodies(t), "batchesOfChunks")
	const want = "Hi, wörld 你好 🚀. And you?"
	text, resets := got.joined()
	assert.Equal(t, want, text)
	assert.Equal(t, want, got.Text)
	assert.Equal(t, 1, resets)
	assert.Equal(t, got.Events, got.flat())

	type shape struct {
		reset  bool
		text   string
		events int
	}
	var shapes []shape
	for _, b := range got.Batches {
		shapes = append(shapes, shape{b.Reset, b.Text, len(b.Events)})
	}
	// A chunk that completes no event makes no batch.
	assert.Equal(t, []shape{
		{false, "Bad", 1}, {false, " beginning", 2}, {true, "Hi, wörld 你好 🚀.", 4}, {false, " And you?", 3},
	}, shapes)
	require.Len(t, got.Batches, 4)
	assert.Equal(t, library.Event{Type: "reset", Attempt: 2}, got.Batches[2].Events[0])
	for _, b := range got.Batches {
		var text string
		for _, e := range b.Events {
			text += e.Text
		}
		assert.Equal(t, b.Text, text)
	}
}

// TestBatchesOfServer does the same over a network, which cuts as it likes.
func TestBatchesOfServer(t *testing.T) {
	t.Parallel()
	var urls []string
	for range 2 {
		provider := site.NewFake(t, chattest.Anthropic,
			chattest.CutAfterEvents(8, chattest.Pace(20*time.Millisecond)), chattest.Reply(chattest.DefaultText, chattest.EventsPerFlush(3)))
		urls = append(urls, provider.URL+"/v1/messages")
	}
	got := browser.Call[twice](library.OpenBodies(t), "batchesOfServer", urls[0], urls[1])
	text, _ := got.joined()
	assert.Equal(t, chattest.DefaultText, text)
	// How much of the first attempt arrives before the cut is the network's.
	sinceReset := func(events []library.Event) []library.Event {
		for i, e := range events {
			if e.Type == "reset" {
				return events[i+1:]
			}
		}
		return events
	}
	assert.Greater(t, len(got.Events), 10)
	assert.Equal(t, sinceReset(got.Events), sinceReset(got.flat()))
}

// TestBatchesBreak: leaving the loop ends the request, without an error
// anywhere, and reads no further.
func TestBatchesBreak(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"break", "throw", "return"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			provider := site.NewFake(t, chattest.OpenAIChat, chattest.Stall(8))
			type left struct {
				Server, Phase string
				Pulls         int
				Canceled      bool
			}
			got := browser.Call[left](library.OpenBodies(t), "leaveBatches", provider.URL+site.ChatPath, how)
			assert.Equal(t, left{"canceled", "canceled", 2, true}, got)
			provider.WaitForGone(t, 1)
			assert.Len(t, provider.Requests(), 1)
		})
	}
}

// TestReadOnce: a stream is iterated once, in one of the two ways, and the
// reader that came first is not disturbed by a second one.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	tb := library.OpenBodies(t)
	for _, first := range []string{"iterate", "batches", "text"} {
		for _, second := range []string{"iterate", "batches"} {
			got := browser.Call[struct {
				Error library.Error
				Text  string
			}](tb, "readTwice", first, second)
			assert.Equal(t, "TypeError", got.Error.Name, first, second)
			assert.Equal(t, "retryStream: this stream is being read already. Call retryStream again for another reply.", got.Error.Message)
			assert.Equal(t, "abc", got.Text, "%s, then %s", first, second)
		}
	}
}

// TestNextWithoutWaiting: whoever asks several times before the first answer is
// served in the order of asking, through a cut and beyond the end.
func TestNextWithoutWaiting(t *testing.T) {
	t.Parallel()
	tb := library.OpenBodies(t)
	for _, way := range []string{"iterate", "batches"} {
		// So many questions at once; the answers to all are awaited before the next ones.
		for _, atOnce := range []int{2, 3, 5, 40} {
			problems := browser.Call[[]string](tb, "askAtOnce", way, atOnce)
			assert.Empty(t, problems, "%s, %d at once", way, atOnce)
		}
	}
}

// TestNextWithoutWaitingFails: all who wait when a stream fails are told.
func TestNextWithoutWaitingFails(t *testing.T) {
	t.Parallel()
	got := browser.Call[[][]string](library.OpenBodies(t), "askAtOnceAndFail")
	for _, answers := range got {
		assert.Equal(t, []string{"a", "b", "RetryStreamError", "RetryStreamError"}, answers)
	}
}

// TestBackPressure: the body is read no faster than its consumer is, however
// long that takes.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	const chunks = 200
	got := browser.Call[map[string][]int](library.OpenBodies(t), "readAhead", chunks)
	for how, ahead := range got {
		require.GreaterOrEqual(t, len(ahead), 7, how)
		for _, n := range ahead {
			assert.LessOrEqual(t, n, 2, "%s: so far ahead: %v", how, ahead)
			assert.GreaterOrEqual(t, n, 0, "%s: the test's own body gives no more than was asked for", how)
		}
	}
	assert.Len(t, got, 3)
}

// TestSilenceAfterSlowPage: a page may look away for longer than the silence
// timeout; when it reads on and nothing comes, the clock runs again.
func TestSilenceAfterSlowPage(t *testing.T) {
	t.Parallel()
	got := browser.Call[struct{ First, Kind string }](library.OpenBodies(t), "lookAway")
	assert.Equal(t, "one", got.First)
	assert.Equal(t, "stalled", got.Kind)
}

// TestSilenceBeforeSlowPage: nor is the provider silent where the page begins to
// read late. Then the clock runs, however the page reads.
func TestSilenceBeforeSlowPage(t *testing.T) {
	t.Parallel()
	got := browser.Call[map[string]string](library.OpenBodies(t), "readLate")
	assert.Equal(t, map[string]string{
		"text": "one", "iteration": "one", "batches": "one",
		"text, cut": "stalled", "iteration, cut": "stalled", "batches, cut": "stalled",
	}, got)
}

// TestDateStandsStill: a test of a page may fix the time of day. A reply that flows is
// no silence all the same.
func TestDateStandsStill(t *testing.T) {
	t.Parallel()
	got := browser.Call[[]string](library.OpenBodies(t), "readWhileDateStands")
	whole := strings.Repeat("abcdefghijklmnopqrstuvwxyz", 8)
	assert.Equal(t, []string{whole, whole}, got)
}

// TestGivenUpAsTheHeadComes: an attempt that is given up in the moment in which
// its response comes ends all the same, although nobody has begun to read that.
func TestGivenUpAsTheHeadComes(t *testing.T) {
	t.Parallel()
	got := browser.Call[[]string](library.OpenBodies(t), "giveUpAsTheHeadComes")
	// Which of the two is a matter of moments, and on a busy machine always the
	// second. What must not be is neither.
	assert.Subset(t, []string{"read", "stalled"}, got)
	assert.Contains(t, got, "stalled")
}

// TestManyInterleaved has 1,000 streams in one tab whose chunks come in turn,
// cut anywhere. Each gets its own text.
func TestManyInterleaved(t *testing.T) {
	t.Parallel()
	wrong := browser.Call[[]string](library.OpenBodies(t), "interleave", 1000)
	assert.Empty(t, wrong, strings.Join(wrong[:min(len(wrong), 3)], "\n"))
}
