// Package site has the servers of the tests: sites that remember what they were asked
// and who left, the demo page with its fakes, and fake providers.
package site

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/web/server/demo"
)

// ChatPath is where the fakes of the OpenAI chat API listen.
const ChatPath = "/v1/chat/completions"

// Site is a server that remembers its requests and which of them the client
// gave up before their end.
type Site struct {
	*chattest.Server
	mu sync.Mutex
	// gone counts the responses that the client gave up, served the chat's others that
	// have ended.
	gone, served int
}

// New serves the handler until the test ends.
func New(t testing.TB, handler http.Handler) *Site {
	t.Helper()
	s := &Site{}
	s.Server = chattest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A response that the server itself ends is over before its context is.
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if r.Context().Err() != nil {
				s.gone++
			} else if strings.Contains(r.URL.Path, ChatPath) {
				s.served++
			}
		}()
		handler.ServeHTTP(w, r)
	}))
	return s
}

// NewDemo serves the demo page with its fakes and the scenarios. Fakes pause for so
// long before each piece of text.
func NewDemo(t testing.TB, pace time.Duration, scenarios ...demo.Scenario) *Site {
	t.Helper()
	return New(t, Demo(t, demo.Options{Pace: pace, Scenarios: scenarios}))
}

// Demo is the handler of the demo page.
func Demo(t testing.TB, options demo.Options) http.Handler {
	t.Helper()
	project.Built(t)
	options.Root = os.DirFS(project.Root())
	return demo.Handler(options)
}

// NewFake serves a fake provider to pages of all origins, as real providers do
// that allow browsers.
func NewFake(t testing.TB, fake func(*chattest.Script) http.Handler, steps ...chattest.Step) *Site {
	t.Helper()
	return NewFakeExposing(t, "", fake, steps...)
}

// NewFakeExposing lets pages read a header too that CORS hides otherwise.
func NewFakeExposing(t testing.TB, header string, fake func(*chattest.Script) http.Handler, steps ...chattest.Step) *Site {
	t.Helper()
	script := chattest.NewScript(steps...)
	script.AllowOrigin = "*"
	if header != "" {
		script.ExposeHeaders = []string{header}
	}
	return New(t, fake(script))
}

// Asked returns the requests so far whose path contains the text.
func (s *Site) Asked(text string) []chattest.Request {
	var found []chattest.Request
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, text) {
			found = append(found, r)
		}
	}
	return found
}

// AskedWith returns the chat requests with the key.
func (s *Site) AskedWith(key string) []chattest.Request {
	var found []chattest.Request
	for _, r := range s.Asked(ChatPath) {
		if r.Header.Get("Authorization") == "Bearer "+key {
			found = append(found, r)
		}
	}
	return found
}

// WaitForRequests waits until there have been n requests to such a path and
// returns them.
func (s *Site) WaitForRequests(t testing.TB, text string, n int) []chattest.Request {
	t.Helper()
	require.Eventuallyf(t, func() bool { return len(s.Asked(text)) >= n }, browser.Patience, 5*time.Millisecond,
		"waiting for request %d to %s", n, text)
	return s.Asked(text)
}

// WaitForGone waits until clients have given up n responses.
func (s *Site) WaitForGone(t testing.TB, n int) {
	t.Helper()
	require.Eventuallyf(t, func() bool { return s.Gone() >= n }, browser.Patience, 5*time.Millisecond,
		"waiting until the client has given up %d responses", n)
}

// Gone returns how many responses clients have given up.
func (s *Site) Gone() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gone
}

// WaitForServed waits until n responses of the chat have ended as the server wanted.
func (s *Site) WaitForServed(t testing.TB, n int) {
	t.Helper()
	require.Eventuallyf(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.served >= n
	}, browser.Patience, 5*time.Millisecond, "waiting until %d responses have ended", n)
}

// Running counts the chat requests that the client has not given up. Only where
// the server ends none is that what it tells.
func (s *Site) Running() int {
	return len(s.Asked(ChatPath)) - s.Gone()
}

// Scripted returns the text that the fakes of a demo page send in answer to a
// message. It asks for a reply that is not streamed.
func (s *Site) Scripted(t testing.TB, scenario, message string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"messages": []any{map[string]any{"role": "user", "content": message}}})
	require.NoError(t, err)
	// A run of its own for each message: a run keeps the answer to its first.
	url := fmt.Sprintf("%s/fake/openai/%s/scripted-%x%s", s.URL, scenario, message, ChatPath)
	res, err := http.Post(url, "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var answer struct {
		Choices []struct{ Message struct{ Content string } }
	}
	require.NoError(t, json.Unmarshal(data, &answer))
	require.Len(t, answer.Choices, 1)
	require.NotEmpty(t, answer.Choices[0].Message.Content)
	return answer.Choices[0].Message.Content
}

// DeadURL returns an address at which nobody answers.
func DeadURL(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}

// Answer serves the same bytes to everybody; a Content-Type of "" sends none.
func Answer(status int, contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// Message is what a person reads about a failure of the provider's.
func Message(kind failure.Kind, id string) string {
	return provider.Find("", id).Failure(kind, 0).Message
}

// FinalMessage is the same once there will be no other attempt.
func FinalMessage(kind failure.Kind, id string) string {
	p := provider.Find("", id)
	return p.FinalMessage(p.Failure(kind, 0))
}
