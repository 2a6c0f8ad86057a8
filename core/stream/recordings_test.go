package stream_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// recording is one real provider stream. They are no part of the project: the
// tests that use them are skipped where they are absent.
type recording struct {
	File, API, Path string
	body            []byte
}

func recordings(t *testing.T) []recording {
	dir := filepath.Join("..", "..", "..", "shared", "recordings")
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Skipf("no recordings in %s", dir)
	}
	var list []recording
	require.NoError(t, json.Unmarshal(manifest, &list))
	for i := range list {
		list[i].body, err = os.ReadFile(filepath.Join(dir, list[i].File))
		require.NoError(t, err)
	}
	return list
}

// plainText reads a recording's text in the slowest, most obvious way.
func plainText(t *testing.T, r recording) (text string) {
	lines := bufio.NewScanner(bytes.NewReader(r.body))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(strings.TrimSuffix(lines.Text(), "\r"), "data: ")
		if !ok || data == "[DONE]" {
			continue
		}
		var ev struct {
			Type       string
			Choices    []struct{ Delta struct{ Content string } }
			Delta      any
			Candidates []struct {
				Content struct {
					Parts []struct {
						Text    string
						Thought bool
					}
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(data), &ev))
		for _, c := range ev.Choices {
			text += c.Delta.Content
		}
		switch d := ev.Delta.(type) {
		case string:
			if ev.Type == "response.output_text.delta" || ev.Type == "text-delta" {
				text += d
			}
		case map[string]any:
			if d["type"] == "text_delta" {
				text += d["text"].(string)
			}
		}
		for _, c := range ev.Candidates {
			for _, p := range c.Content.Parts {
				if !p.Thought {
					text += p.Text
				}
			}
		}
	}
	return text
}

// TestRecordings reads each recording in many ways of cutting it: every stream
// is seen as complete and its text is right.
func TestRecordings(t *testing.T) {
	withText := 0
	for _, rec := range recordings(t) {
		t.Run(rec.File, func(t *testing.T) {
			want := plainText(t, rec)
			if want != "" {
				withText++
			}
			events := -1
			for name, cut := range map[string]func(rest int) int{
				"whole":        func(rest int) int { return rest },
				"byte by byte": func(int) int { return 1 },
				"irregular":    irregular(),
			} {
				// The path tells the API; a page's own proxy has another, and then the
				// events must.
				for _, url := range []string{"https://example.test" + rec.Path, "https://example.test/chat"} {
					r := run(t.Context(), stream.Options{URL: url, MaxAttempts: 1}, feed(rec.body, cut))
					require.NoError(t, r.err, "%s %s", name, url)
					assert.Equal(t, want, r.text, "%s %s", name, url)
					if events < 0 {
						events = r.events
					}
					assert.Equal(t, events, r.events, "%s %s", name, url)
				}
			}
		})
	}
	t.Logf("%d recordings carry text", withText)
}

func irregular() func(int) int {
	random := rand.New(rand.NewPCG(1, 2))
	return func(rest int) int { return min(rest, 1+random.IntN(200)) }
}

func feed(body []byte, cut func(rest int) int) func(context.Context, *stream.Attempt) error {
	return func(_ context.Context, a *stream.Attempt) error {
		a.Respond(provider.Response{StatusCode: 200})
		for rest := body; len(rest) > 0; {
			n := cut(len(rest))
			chunk := bytes.Clone(rest[:n]) // a chunk is reused once it was fed
			if !a.Feed(chunk) {
				return nil
			}
			clear(chunk)
			rest = rest[n:]
		}
		return nil
	}
}
