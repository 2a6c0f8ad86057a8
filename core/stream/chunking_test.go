package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// outcome runs one attempt over a body that comes in chunks of the given size
// and writes down all that came of it, and the text and the failure alone.
func outcome(url, body string, size int) (all, text string) {
	return outcomeOf(url, body, size, func(a *stream.Attempt, chunk []byte, _ func([]byte)) bool { return a.Feed(chunk) })
}

// textOutcome is outcome by FeedText, which tells the text and the failure alone.
func textOutcome(url, body string, size int) (text string) {
	_, text = outcomeOf(url, body, size, func(a *stream.Attempt, chunk []byte, each func([]byte)) bool {
		more, _ := a.FeedText(chunk, each)
		return more
	})
	return text
}

func outcomeOf(url, body string, size int, feed func(a *stream.Attempt, chunk []byte, each func([]byte)) bool) (_, _ string) {
	var all, text strings.Builder
	s := mustNew(stream.Options{
		URL:         url,
		MaxAttempts: 1,
		OnEvent: func(ev *stream.Event) {
			fmt.Fprintf(&all, "%d %q %q %q %q\n", ev.Reset, ev.Type, ev.ID, ev.Data, ev.Text)
			text.Write(ev.Text)
		},
	})
	err := s.Run(context.Background(), func(_ context.Context, a *stream.Attempt) error {
		a.Respond(responseOf(url))
		for rest := []byte(body); len(rest) > 0; {
			n := min(size, len(rest))
			// A chunk may be reused once it was fed.
			chunk := append([]byte(nil), rest[:n]...)
			more := feed(a, chunk, func(part []byte) { text.Write(part) })
			for i := range chunk {
				chunk[i] = '#'
			}
			if rest = rest[n:]; !more {
				break
			}
		}
		return nil
	})
	var failed *stream.Error
	if errors.As(err, &failed) {
		fmt.Fprintf(&all, "%+v", failed.Failure)
		fmt.Fprintf(&text, "%+v", failed.Failure)
	}
	return all.String(), text.String()
}

// responseOf returns the response's head; one of a page's own server may say what
// follows.
func responseOf(url string) provider.Response {
	res := provider.Response{StatusCode: 200}
	if strings.HasSuffix(url, "/ui") {
		res.Header = func(name string) string {
			return map[string]string{"x-vercel-ai-ui-message-stream": "v1"}[name]
		}
	}
	return res
}

// repeats are streams whose events come again with small differences: those are
// compared with the last one rather than read, if they lie whole in a chunk.
var repeats = []struct{ name, url, event string }{
	{"chat", "https://api.openai.com/v1/chat/completions",
		`data: {"object":"chat.completion.chunk","created":%d,"choices":[{"index":0,"delta":{"content":%q},"finish_reason":null}],"obfuscation":%q}` + "\n\n"},
	{"messages", "https://api.anthropic.com/v1/messages",
		"event: content_block_delta\ndata: " + `{"type":"content_block_delta","index":%d,"delta":{"type":"text_delta","text":%q},"x":%q}` + "\n\n"},
	{"responses", "https://api.openai.com/v1/responses",
		"event: response.output_text.delta\ndata: " + `{"type":"response.output_text.delta","sequence_number":%d,"delta":%q,"obfuscation":%q}` + "\n\n"},
	{"generateContent", "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent",
		`data: {"usageMetadata":{"totalTokenCount":%d},"candidates":[{"content":{"parts":[{"text":%q}]}}],"responseId":%q}` + "\r\n\r\n"},
	{"interactions", "https://generativelanguage.googleapis.com/v1beta/interactions",
		`data: {"event_type":"content.delta","n":%d,"delta":{"type":"text","text":%q},"id":%q}` + "\n\n"},
	{"cohere", "https://api.cohere.com/v2/chat",
		`data: {"type":"content-delta","index":%d,"delta":{"message":{"content":{"text":%q}}},"id":%q}` + "\n\n"},
	{"aisdk", "https://example.com/ui", `data: {"type":"text-delta","n":%d,"delta":%q,"id":%q}` + "\n\n"},
	{"unknown", "https://example.com/stream", `data: {"n":%d,"token":%q,"x":%q}` + "\n\n"},
}

func TestChunkingChangesNothing(t *testing.T) {
	ends := []string{
		`data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n",
		"data: {\"type\":\"message_stop\"}\n\n",
		"data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"overloaded_error\"}}\n\n",
		"data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n",
		"{\"error\":{\"code\":503,\"message\":\"Overloaded\"}}",
		"",
	}
	texts := []string{"a", "b", "longer than eight bytes", "", "\"quoted\"", `back\slash`, "line\nend", "日本語", "🎉", "c", "}", "]}"}
	for _, r := range repeats {
		t.Run(r.name, func(t *testing.T) {
			var body strings.Builder
			for i := range 60 {
				switch i % 20 {
				case 7:
					body.WriteString(": comment\n\n")
				case 13:
					body.WriteString("id: 7\nevent: other\ndata: {\"type\":\"ping\"}\n\n")
				case 17:
					body.WriteString("event: ping\ndata: {\"type\":\"ping\"}\n\n")
				}
				fmt.Fprintf(&body, r.event, i/3, texts[i*i%len(texts)], texts[i%len(texts)])
				fmt.Fprintf(&body, r.event, i/3, texts[i%len(texts)], texts[i*i%len(texts)])
			}
			for _, end := range ends {
				whole := body.String() + end
				want, wantText := outcome(r.url, whole, 1)
				require.NotEmpty(t, want)
				for _, size := range []int{len(whole), 1000, 333, 64, 7} {
					got, _ := outcome(r.url, whole, size)
					require.True(t, want == got, "chunks of %d bytes, end %q", size, end)
					require.Equal(t, wantText, textOutcome(r.url, whole, size), "chunks of %d bytes, end %q", size, end)
				}
			}
		})
	}
}

// TestFeedDoesNotAllocate: a long reply costs the memory of a short one.
func TestFeedDoesNotAllocate(t *testing.T) {
	for _, r := range repeats {
		for _, size := range []int{50, 2000} {
			t.Run(fmt.Sprint(r.name, "/chunks of ", size), func(t *testing.T) {
				var body []byte
				for i := range 20 {
					body = fmt.Appendf(body, r.event, i, "word", "padding"[:i%7])
				}
				s := mustNew(stream.Options{URL: r.url, MaxAttempts: 1, OnEvent: func(*stream.Event) {}})
				_ = s.Run(context.Background(), func(_ context.Context, a *stream.Attempt) error {
					a.Respond(responseOf(r.url))
					feed := func() {
						for rest := body; len(rest) > 0; {
							n := min(size, len(rest))
							a.Feed(rest[:n])
							rest = rest[n:]
						}
					}
					feedText := func() {
						for rest := body; len(rest) > 0; {
							n := min(size, len(rest))
							a.FeedText(rest[:n], func([]byte) {})
							rest = rest[n:]
						}
					}
					feed()
					feed()
					assert.Zero(t, testing.AllocsPerRun(20, feed))
					assert.Zero(t, testing.AllocsPerRun(20, feedText))
					return nil
				})
			})
		}
	}
}

// FuzzChunking holds that what comes of a body does not depend on how it was cut
// into chunks.
func FuzzChunking(f *testing.F) {
	for i, r := range repeats {
		one := fmt.Sprintf(r.event, 1, "text", "x")
		f.Add(one+one, fmt.Sprintf(r.event, 23, "other", "yy"), uint8(i), uint8(3))
		f.Add(one+fmt.Sprintf(r.event, 2, "", ""), fmt.Sprintf(r.event, 23, "\\u00e9\"", "yy"), uint8(i), uint8(50))
	}
	f.Fuzz(func(t *testing.T, a, b string, which, size uint8) {
		url := repeats[int(which)%len(repeats)].url
		body := a + a + b + a + b + b + "data: [DONE]\n\n"
		want, wantText := outcome(url, body, 1)
		for _, size := range []int{len(body), int(size) + 1} {
			got, _ := outcome(url, body, size)
			require.Equal(t, want, got)
			require.Equal(t, wantText, textOutcome(url, body, size))
		}
	})
}
