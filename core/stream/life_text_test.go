package stream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/stream"
)

// TestFeedText: whoever wants no more than the text is told the same of the
// stream's life, at the same times, as whoever gets the events.
func TestFeedText(t *testing.T) {
	word := delta(" word")
	long := steps(6, step{after: second, chunk: word})
	for name, tc := range map[string]struct {
		opts  stream.Options
		steps []step
		calls []call
		wake  time.Duration
		tale  string
		text  string
	}{
		"complete": {
			steps: append(long, step{after: second, chunk: end}),
			tale:  "connecting 0s, streaming 1s, done 7s", text: words(6),
		},
		"many in a chunk": {
			steps: []step{{after: second, chunk: word + word}, {after: second, chunk: word + word + end}},
			tale:  "connecting 0s, streaming 1s, done 2s", text: words(4),
		},
		"cut within an event": {
			steps: append(long[:2:2], step{after: second, chunk: word + word + word[:20]}, step{after: second, chunk: word[20:] + word}, step{after: second, chunk: end}),
			tale:  "connecting 0s, streaming 1s, done 5s", text: words(6),
		},
		"an event within another": {
			opts:  stream.Options{MaxAttempts: 1},
			steps: append(long[:3:3], step{after: second, chunk: "data: {\n"}, step{after: second, chunk: word}),
			tale:  "connecting 0s, streaming 1s, failed 5s", text: words(3),
		},
		"too large": {
			opts:  stream.Options{MaxAttempts: 1, MaxEventBytes: 500},
			steps: append(long[:3:3], step{after: second, chunk: delta(strings.Repeat("word", 200))}),
			tale:  "connecting 0s, streaming 1s, failed 4s", text: words(3),
		},
		"silent": {
			opts: stream.Options{SilenceTimeout: 20 * second, MaxAttempts: 1}, steps: long,
			tale: "connecting 0s, streaming 1s, failed 26s", text: words(6),
		},
		"pings alone": {
			opts:  stream.Options{SilenceTimeout: 20 * second, ProgressTimeout: 30 * second, MaxAttempts: 1},
			steps: append(long[:3:3], append(steps(4, step{after: 2 * second, chunk: ping}), step{after: second, chunk: word + word}, step{after: second, chunk: word})...),
			tale:  "connecting 0s, streaming 1s, queued 9s, streaming 12s, failed 33s", text: words(6),
		},
		"no progress": {
			opts:  stream.Options{ProgressTimeout: 30 * second, MaxAttempts: 1},
			steps: append(long[:2:2], steps(40, step{after: 2 * second, chunk: ping})...),
			tale:  "connecting 0s, streaming 1s, queued 8s, failed 32s", text: words(2),
		},
		"asleep": {
			steps: long[:3], opts: stream.Options{MaxAttempts: 1}, wake: 5 * second,
			tale: "connecting 0s, streaming 1s, failed 15s", text: words(3),
		},
		"awake": {
			steps: append(long[:3:3], step{after: 9 * second, chunk: word}, step{after: 15 * second, chunk: end}), wake: 5 * second,
			tale: "connecting 0s, streaming 1s, done 27s", text: words(4),
		},
		"pings between": {
			steps: append(long[:3:3], step{4 * second, ping, 0}, step{second / 2, word, 0}, step{4 * second, ping, 0}, step{second / 2, word, 0}, step{second, end, 0}),
			tale:  "connecting 0s, streaming 1s, done 13s", text: words(5),
		},
		"anew": {
			opts: stream.Options{SilenceTimeout: 5 * second}, steps: long[:3],
			calls: []call{play(ok(delta("Other"), end))},
			tale:  "connecting 0s, streaming 1s, retrying 8s, connecting 9s, streaming 9s, done 9s", text: "Other",
		},
		"text that begins with half a character is final": {
			opts: stream.Options{SilenceTimeout: 5 * second, Partial: stream.PartialFail},
			steps: []step{{second, `data: {"choices":[{"index":0,"delta":{"reasoning_content":"hm"},"finish_reason":null}]}` + "\n\n", 0},
				{second, delta(`\ud83d`), 0}, {second, delta(`\ude00`), 0}, {second, word, 0}},
			tale: "connecting 0s, streaming 1s, failed 9s", text: "😀 word",
		},
		"text is final": {
			opts: stream.Options{SilenceTimeout: 5 * second, Partial: stream.PartialFail}, steps: long[:3],
			tale: "connecting 0s, streaming 1s, failed 8s", text: words(3),
		},
	} {
		lives, progress := map[string]*life{}, map[string][]bool{}
		for _, by := range []string{"Feed", "FeedText"} {
			inBubble(t, name+"/"+by, func(t *testing.T) {
				l := live(tc.opts)
				lives[by] = l
				feed, wait := (*stream.Attempt).Feed, func(a *stream.Attempt) { a.Waiting() }
				if by == "FeedText" {
					feed = func(a *stream.Attempt, chunk []byte) bool {
						more, _ := a.FeedText(chunk, func(text []byte) { l.text += string(text) })
						return more
					}
					wait = func(*stream.Attempt) {} // FeedText has
				}
				noting := func(a *stream.Attempt, chunk []byte) bool {
					more := feed(a, chunk)
					progress[by] = append(progress[by], a.Progressed())
					return more
				}
				if tc.wake > 0 {
					at(tc.wake, l.Wake)
				}
				l.run(t.Context(), append([]call{dripTo(noting, wait, 0, tc.steps...)}, tc.calls...)...)
				assert.Equal(t, tc.tale, l.tale())
				assert.Equal(t, tc.text, l.text)
			})
		}
		assert.Equal(t, progress["Feed"], progress["FeedText"], name)
		require.Len(t, lives["FeedText"].statuses, len(lives["Feed"].statuses))
		for i, want := range lives["Feed"].statuses {
			assert.Equal(t, want, lives["FeedText"].statuses[i], name)
		}
	}
}

// words is n times the text of the test's events.
func words(n int) (text string) {
	for range n {
		text += " word"
	}
	return text
}
