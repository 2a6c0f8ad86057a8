package retry_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

var resume = map[string]any{"partial": "resume"}

// TestResume: a reply that breaks off is asked for from there, as often as it
// takes, and joined: all events of the uncut reply, each once, and no reset.
func TestResume(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fake func(*chattest.Script) http.Handler
		path string
		// asks checks the request for the rest.
		asks func(t *testing.T, first, rest chattest.Request)
	}{
		"responses": {chattest.OpenAIResponses, "/v1/responses", func(t *testing.T, _, rest chattest.Request) {
			assert.Equal(t, http.MethodGet, rest.Method)
			assert.Regexp(t, `^/v1/responses/resp_\w+$`, rest.Path)
			assert.Regexp(t, `^own=1&stream=true&starting_after=\d+$`, rest.Query)
			assert.Empty(t, rest.Body)
			assert.Empty(t, rest.Header.Get("Content-Type"))
		}},
		"interactions": {chattest.Interactions, "/v1beta/interactions", func(t *testing.T, _, rest chattest.Request) {
			assert.Equal(t, http.MethodGet, rest.Method)
			assert.Regexp(t, `^/v1beta/interactions/v1_\w+$`, rest.Path)
			assert.Regexp(t, `^own=1&stream=true&last_event_id=.+$`, rest.Query)
			assert.Empty(t, rest.Body)
		}},
		"event ids": {chattest.EventIDs, site.ChatPath, func(t *testing.T, first, rest chattest.Request) {
			assert.Equal(t, first.Method+first.Path+first.Query, rest.Method+rest.Path+rest.Query)
			assert.Equal(t, first.Body, rest.Body)
			assert.Regexp(t, `^1-\d+$`, rest.Header.Get("Last-Event-Id"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := library.Open(t)
			options := map[string]any{"partial": "resume", "headers": map[string]any{"authorization": "Bearer sk-key", "content-type": "application/json"}}
			whole := site.NewFake(t, tt.fake, chattest.Reply(chattest.DefaultText, chattest.Background()))
			want := library.Read(tb, whole.URL+tt.path+"?own=1", options)
			require.Nil(t, want.Error)
			require.Equal(t, chattest.DefaultText, want.Text)

			provider := site.NewFake(t, tt.fake,
				chattest.EndEarly(8, chattest.Background()),
				chattest.EndEarly(5),
				chattest.ErrorResponse(chattest.Error{Status: 503}),
				chattest.EndEarly(0),
				chattest.Continue(chattest.Replay(2)))
			got := library.Read(tb, provider.URL+tt.path+"?own=1", options)
			require.Nil(t, got.Error)
			assert.Equal(t, want.Text, got.Text)
			assert.Equal(t, want.Events, got.Events)
			assert.Len(t, got.Retries, 4)
			requests := provider.Requests()
			require.Len(t, requests, 5)
			for _, r := range requests[1:] {
				tt.asks(t, requests[0], r)
				assert.Equal(t, "Bearer sk-key", r.Header.Get("Authorization"))
			}
		})
	}
}

// TestResumeForbidden: a server that lets pages POST but not GET refuses the request
// for the rest before it is sent; the reply then starts over.
func TestResumeForbidden(t *testing.T) {
	t.Parallel()
	script := chattest.NewScript(chattest.EndEarly(8, chattest.Background()))
	script.AllowOrigin = "*"
	fake := chattest.OpenAIResponses(script)
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Access-Control-Request-Method") == http.MethodGet {
			return
		}
		fake.ServeHTTP(w, r)
	}))
	tb := library.Open(t)
	tb.Allow("CORS policy")
	got := library.Read(tb, server.URL+"/v1/responses", resume, map[string]any{"headers": map[string]any{"authorization": "Bearer sk-key", "content-type": "application/json"}})
	require.Nil(t, got.Error)
	assert.Equal(t, chattest.DefaultText, got.Text)
	assert.Len(t, got.Retries, 4) // the reply, and three times its rest
}

// TestResumeCannot: where the rest cannot be had the reply starts over, with a
// reset, and nothing of two replies is joined.
func TestResumeCannot(t *testing.T) {
	t.Parallel()
	broken := chattest.EndEarly(8, chattest.Background())
	for _, tt := range []struct {
		name, path string
		fake       func(*chattest.Script) http.Handler
		steps      []chattest.Step
		attempts   int
	}{
		{"the provider cannot", "/v1/messages", chattest.Anthropic, []chattest.Step{chattest.EndEarly(8), chattest.Reply("All new.")}, 2},
		{"in the foreground", "/v1/responses", chattest.OpenAIResponses, []chattest.Step{chattest.EndEarly(8), chattest.Reply("All new.")}, 2},
		{"it is gone", "/v1/responses", chattest.OpenAIResponses, []chattest.Step{broken, chattest.Expired(), chattest.Reply("All new.")}, 3},
		{"the rest of another", "/v1/responses", chattest.OpenAIResponses,
			[]chattest.Step{broken, chattest.ContinueOther("Another reply altogether."), chattest.Reply("All new.")}, 3},
		{"events are missing", "/v1/responses", chattest.OpenAIResponses,
			[]chattest.Step{broken, chattest.Continue(chattest.Replay(-1)), chattest.Reply("All new.")}, 3},
		{"anew", site.ChatPath, chattest.EventIDs, []chattest.Step{broken, chattest.ContinueAnew("All new.")}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := site.NewFake(t, tt.fake, tt.steps...)
			got := library.Read(library.Open(t), provider.URL+tt.path, resume)
			require.Nil(t, got.Error)
			assert.Equal(t, "All new.", got.Text)
			assert.Len(t, provider.Requests(), tt.attempts)
			resets := 0
			for _, e := range got.Events {
				if e.Type == "reset" {
					resets++
				}
			}
			assert.Equal(t, 1, resets)
		})
	}
}

// TestPartialFail keeps what came.
func TestPartialFail(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.EndEarly(8))
	got := library.Read(library.Open(t), provider.URL+site.ChatPath, map[string]any{"partial": "fail"})
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Truncated, got.Error.Kind)
	assert.Equal(t, 2, got.Error.Attempts)
	assert.NotEmpty(t, got.Text)
	assert.True(t, strings.HasPrefix(chattest.DefaultText, got.Text))
	assert.Contains(t, got.Error.Message, "kept")
	assert.Len(t, provider.Requests(), 2)
}
