package chattest_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

const toolArguments = `{"city":"Florence"}`

// TestToolCallGolden holds the exact bytes of replies that call a tool, with a
// text and without.
func TestToolCallGolden(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		for name, text := range map[string]string{"-tool": "I look.", "-tool-alone": ""} {
			reply := chattest.Reply(text, chattest.CallTool("weather", toolArguments))
			server := a.start(t, reply, reply)
			_, got, err := a.stream(t, server)
			require.NoError(t, err)
			compareGolden(t, a.name+name+".sse", got)

			resp := post(t, server.URL+a.whole, strings.Replace(a.body, `"stream":true`, `"stream":false`, 1))
			data, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.True(t, json.Valid(data))
			compareGolden(t, a.name+name+".json", string(data))
		}
	})
}

// TestToolCallLikeRecordings is TestLikeRecordings for the recordings that call
// a tool; there is none of OpenAI Responses.
func TestToolCallLikeRecordings(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "recordings")
	tests := []struct {
		api, body, text, file string
		// without matches the recorded events of a second call.
		without string
	}{
		{
			"anthropic", "", "Two words", "anthropic-anthropic-messages-claude-sonnet-4-multi-tool-streaming-0.sse",
			`event: \S+\ndata: .*"index":2.*\n\n`,
		},
		{
			"openai chat", `{"stream":true,"stream_options":{"include_usage":true}}`, "",
			"openai-openai-chat-openai-gpt-4o-mini-tool-streaming-0.sse", "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.api, func(t *testing.T) {
			recorded, err := os.ReadFile(filepath.Join(dir, tt.file))
			if errors.Is(err, os.ErrNotExist) {
				t.Skip("no such recording beside the project: " + tt.file)
			}
			require.NoError(t, err)
			if tt.without != "" {
				recorded = regexp.MustCompile(tt.without).ReplaceAll(recorded, nil)
			}
			a := apiNamed(t, tt.api)
			if tt.body != "" {
				a.body = tt.body
			}
			_, got, err := a.stream(t, a.start(t, chattest.Reply(tt.text, chattest.CallTool("weather", toolArguments))))
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

// TestToolCallContinues: the rest of a reply has the rest of its tool's call.
func TestToolCallContinues(t *testing.T) {
	const n = 6
	a := resumables()["responses"]
	options := []chattest.Option{chattest.Text(""), chattest.Background(), chattest.CallTool("weather", toolArguments)}
	whole, err := io.ReadAll(post(t, a.start(t, chattest.Reply("", options...)).URL+a.path, `{"stream":true}`).Body)
	require.NoError(t, err)
	server := a.start(t, chattest.CutAfterEvents(n, options...), chattest.Continue())
	events := a.breakOff(t, server)
	_, rest := a.goOn(t, server, events)
	assert.Equal(t, string(whole), strings.Join(append(events, rest...), ""))
}
