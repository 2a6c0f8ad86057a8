package chattest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

// api is one fake and how to call it.
type api struct {
	name    string
	fake    func(*chattest.Script) http.Handler
	start   func(chattest.TB, ...chattest.Step) *chattest.Server
	path    string // for a streamed reply
	body    string
	end     string // the end signal
	newline string
	// whole is the path for a reply that is not streamed.
	whole string
}

func apis() []api {
	return []api{
		{
			name: "anthropic", fake: chattest.Anthropic, start: chattest.NewAnthropic,
			path: "/v1/messages", whole: "/v1/messages",
			body: `{"model":"claude-x","stream":true,"messages":[]}`, end: "event: message_stop\n", newline: "\n",
		},
		{
			name: "openai chat", fake: chattest.OpenAIChat, start: chattest.NewOpenAIChat,
			path: "/v1/chat/completions", whole: "/v1/chat/completions",
			body: `{"model":"gpt-x","stream":true,"messages":[]}`, end: "data: [DONE]\n", newline: "\n",
		},
		{
			name: "openai responses", fake: chattest.OpenAIResponses, start: chattest.NewOpenAIResponses,
			path: "/v1/responses", whole: "/v1/responses",
			body: `{"model":"gpt-x","stream":true,"input":"hi"}`, end: "event: response.completed\n", newline: "\n",
		},
		{
			name: "gemini", fake: chattest.Gemini, start: chattest.NewGemini,
			path:  "/v1beta/models/gemini-x:streamGenerateContent?alt=sse",
			whole: "/v1beta/models/gemini-x:generateContent",
			body:  `{"contents":[]}`, end: `"finishReason": "STOP"`, newline: "\r\n",
		},
	}
}

func apiNamed(t *testing.T, name string) api {
	t.Helper()
	for _, a := range apis() {
		if a.name == name {
			return a
		}
	}
	require.Fail(t, "no such api", name)
	return api{}
}

func eachAPI(t *testing.T, test func(t *testing.T, a api)) {
	t.Helper()
	for _, a := range apis() {
		t.Run(a.name, func(t *testing.T) { test(t, a) })
	}
}

// send posts a request on a connection of its own.
func send(ctx context.Context, t *testing.T, url, body string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return client.Do(req)
}

func post(t *testing.T, url, body string) *http.Response {
	t.Helper()
	resp, err := send(t.Context(), t, url, body)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// stream asks for a streamed reply and reads it to its end, whatever the end.
func (a api) stream(t *testing.T, s *chattest.Server) (*http.Response, string, error) {
	t.Helper()
	resp := post(t, s.URL+a.path, a.body)
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

// full returns a complete streamed reply of the default text as a script's first
// answer.
func (a api) full(t *testing.T, opts ...chattest.Option) string {
	t.Helper()
	_, body, err := a.stream(t, a.start(t, chattest.Reply(chattest.DefaultText, opts...)))
	require.NoError(t, err)
	return body
}

// events splits a stream where events end; each part keeps its end.
func (a api) events(stream string) []string {
	parts := strings.SplitAfter(stream, a.newline+a.newline)
	return parts[:len(parts)-1]
}

// first returns the first n events of a complete stream.
func (a api) first(t *testing.T, n int, opts ...chattest.Option) string {
	t.Helper()
	return strings.Join(a.events(a.full(t, opts...))[:n], "")
}
