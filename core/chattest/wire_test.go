package chattest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

// TestGolden holds the exact bytes of a reply with each kind of frame. Run with
// WRITE=1 after a deliberate change, and read the difference.
func TestGolden(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		reply := chattest.Reply("Hi, 你 🚀", chattest.Pings(1, 0))
		server := a.start(t, reply, reply)

		_, got, err := a.stream(t, server)
		require.NoError(t, err)
		compareGolden(t, a.name+".sse", got)

		resp := post(t, server.URL+a.whole, strings.Replace(a.body, `"stream":true`, `"stream":false`, 1))
		data, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.True(t, json.Valid(data))
		compareGolden(t, a.name+".json", string(data))
	})
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", strings.ReplaceAll(name, " ", "-"))
	if os.Getenv("WRITE") != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

func TestHeaders(t *testing.T) {
	tests := []struct {
		api, streamed, whole, requestID string
	}{
		{"anthropic", "text/event-stream; charset=utf-8", "application/json", "Request-Id"},
		{"openai chat", "text/event-stream; charset=utf-8", "application/json", "X-Request-Id"},
		{"openai responses", "text/event-stream; charset=utf-8", "application/json", "X-Request-Id"},
		{"gemini", "text/event-stream", "application/json; charset=UTF-8", ""},
	}
	for _, tt := range tests {
		t.Run(tt.api, func(t *testing.T) {
			a := apiNamed(t, tt.api)
			server := a.start(t)
			resp, _, err := a.stream(t, server)
			require.NoError(t, err)
			assert.Equal(t, 200, resp.StatusCode)
			assert.Equal(t, tt.streamed, resp.Header.Get("Content-Type"))
			assert.Equal(t, "no-cache", resp.Header.Get("Cache-Control"))
			if tt.requestID != "" {
				assert.NotEmpty(t, resp.Header.Get(tt.requestID))
			}

			resp = post(t, server.URL+a.whole, strings.Replace(a.body, `"stream":true`, `"stream":false`, 1))
			assert.Equal(t, tt.whole, resp.Header.Get("Content-Type"))
		})
	}
}

func TestUsageOnRequest(t *testing.T) {
	server := chattest.NewOpenAIChat(t)
	a := apiNamed(t, "openai chat")
	a.body = `{"stream":true,"stream_options":{"include_usage":true}}`
	_, got, err := a.stream(t, server)
	require.NoError(t, err)
	events := a.events(got)
	require.Greater(t, len(events), 3)
	for _, e := range events[:len(events)-2] {
		assert.Contains(t, e, `"usage":null`)
	}
	assert.Contains(t, events[len(events)-2], `"choices":[],"usage":{"prompt_tokens":25,`)
}

func TestFinishReason(t *testing.T) {
	tests := []struct{ api, reason, want string }{
		{"anthropic", "refusal", `"stop_reason":"refusal"`},
		{"openai chat", "content_filter", `"finish_reason":"content_filter"`},
		{"openai responses", "max_output_tokens", `"incomplete_details":{"reason":"max_output_tokens"}`},
		{"gemini", "SAFETY", `"finishReason": "SAFETY"`},
	}
	for _, tt := range tests {
		t.Run(tt.api, func(t *testing.T) {
			a := apiNamed(t, tt.api)
			_, got, err := a.stream(t, a.start(t, chattest.Reply("No.", chattest.FinishReason(tt.reason))))
			require.NoError(t, err)
			assert.Contains(t, got, tt.want)
			if tt.api == "openai responses" {
				assert.Contains(t, got, "event: response.incomplete\n")
			}
		})
	}
}

// TestLikeRecordings compares the fakes with streams recorded from the real
// providers: the same events in the same order, and in each event the same
// fields in the same order. Fields that the fake leaves out are fine.
func TestLikeRecordings(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "recordings")
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		t.Skip("no recordings beside the project")
	}
	tests := []struct{ api, body, file string }{
		{"anthropic", "", "anthropic-anthropic-messages-claude-sonnet-4-thinking-streaming-1.sse"},
		{
			"openai chat", `{"stream":true,"stream_options":{"include_usage":true}}`,
			"openai-openai-chat-openai-gpt-4o-simple-object-streaming-0.sse",
		},
		{"openai responses", "", "openai-openai-responses-openai-gpt-4o-mini-simple-streaming-0.sse"},
		{"gemini", "", "gemini-gemini-gemini-2-5-pro-thinking-streaming-1.sse"},
	}
	for _, tt := range tests {
		t.Run(tt.api, func(t *testing.T) {
			recorded, err := os.ReadFile(filepath.Join(dir, tt.file))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("no such recording: " + tt.file)
			}
			require.NoError(t, err)
			a := apiNamed(t, tt.api)
			if tt.body != "" {
				a.body = tt.body
			}
			_, got, err := a.stream(t, a.start(t, chattest.Reply("Two words")))
			require.NoError(t, err)

			want, mine := outline(t, a, string(recorded)), outline(t, a, got)
			require.Len(t, mine, len(want))
			for i := range want {
				assert.Equal(t, want[i].name, mine[i].name)
				assert.Empty(t, missing(mine[i].fields, want[i].fields),
					"fields of %q unknown to the recording or out of order", mine[i].name)
			}
		})
	}
}

type outlined struct {
	name   string
	fields []string
}

// outline lists a stream's events with their fields, like events that follow
// each other only once.
func outline(t *testing.T, a api, stream string) []outlined {
	t.Helper()
	var out []outlined
	for _, event := range a.events(stream) {
		var o outlined
		for line := range strings.Lines(event) {
			line = strings.TrimRight(line, "\r\n")
			if name, ok := strings.CutPrefix(line, "event: "); ok {
				o.name = name
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok && data != "[DONE]" {
				o.fields = fields(t, data)
				o.name += " " + kind(t, data)
			}
		}
		if n := len(out); n > 0 && out[n-1].name == o.name {
			continue
		}
		out = append(out, o)
	}
	return out
}

// kind tells apart the events of the providers that do not name them.
func kind(t *testing.T, data string) string {
	t.Helper()
	var v struct {
		Choices []struct {
			Delta  map[string]any `json:"delta"`
			Finish *string        `json:"finish_reason"`
		} `json:"choices"`
		Candidates []struct {
			Finish *string `json:"finishReason"`
		} `json:"candidates"`
		Usage any `json:"usage"`
	}
	require.NoError(t, json.Unmarshal([]byte(data), &v))
	switch {
	case len(v.Candidates) > 0 && v.Candidates[0].Finish != nil, len(v.Choices) > 0 && v.Choices[0].Finish != nil:
		return "finish"
	case len(v.Choices) > 0 && v.Choices[0].Delta["role"] != nil:
		return "role"
	case v.Usage != nil:
		return "usage"
	}
	return ""
}

// fields lists the names in a JSON text in their order, with their depth.
func fields(t *testing.T, data string) []string {
	t.Helper()
	var out []string
	d := json.NewDecoder(bytes.NewReader([]byte(data)))
	type level struct{ object, name bool }
	var stack []level
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(t, err)
		top := len(stack) - 1
		if delim, ok := token.(json.Delim); ok && (delim == '}' || delim == ']') {
			stack = stack[:top]
			continue
		}
		if top >= 0 && stack[top].object {
			stack[top].name = !stack[top].name
			if stack[top].name {
				out = append(out, strings.Repeat(".", top)+token.(string))
				continue
			}
		}
		if delim, ok := token.(json.Delim); ok {
			stack = append(stack, level{object: delim == '{'})
		}
	}
}

// missing lists the parts of sub that do not occur in this order in full.
func missing(sub, full []string) []string {
	var out []string
	for _, s := range sub {
		if i := slices.Index(full, s); i >= 0 {
			full = full[i+1:]
		} else {
			out = append(out, s)
		}
	}
	return out
}
