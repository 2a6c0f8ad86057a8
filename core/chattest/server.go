package chattest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// TB is the part of testing.TB that a Server needs.
type TB interface {
	Helper()
	Cleanup(func())
}

// Request is a request as a fake received it.
type Request struct {
	Method string
	Path   string
	// Query is the raw query, without the question mark.
	Query  string
	Header http.Header
	Body   []byte
	// Time is when the request had arrived with all of its body.
	Time time.Time
}

// Server is a fake provider on a local port.
type Server struct {
	// URL is the base to which a path such as /v1/messages is added.
	URL string

	mu       sync.Mutex
	requests []Request
}

// NewServer serves a fake, with its own script, until the test ends.
func NewServer(t TB, fake http.Handler) *Server {
	t.Helper()
	s := &Server{}
	server := httptest.NewServer(s.record(fake))
	s.URL = server.URL
	t.Cleanup(func() {
		// A stalled response would keep Close waiting.
		server.CloseClientConnections()
		server.Close()
	})
	return s
}

// NewAnthropic serves [Anthropic] until the test ends.
func NewAnthropic(t TB, steps ...Step) *Server {
	t.Helper()
	return NewServer(t, Anthropic(NewScript(steps...)))
}

// NewOpenAIChat serves [OpenAIChat] until the test ends.
func NewOpenAIChat(t TB, steps ...Step) *Server {
	t.Helper()
	return NewServer(t, OpenAIChat(NewScript(steps...)))
}

// NewOpenAIResponses serves [OpenAIResponses] until the test ends.
func NewOpenAIResponses(t TB, steps ...Step) *Server {
	t.Helper()
	return NewServer(t, OpenAIResponses(NewScript(steps...)))
}

// NewGemini serves [Gemini] until the test ends.
func NewGemini(t TB, steps ...Step) *Server {
	t.Helper()
	return NewServer(t, Gemini(NewScript(steps...)))
}

// Requests returns the requests so far in the order they arrived, without CORS
// preflights.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// record notes every request before the fake sees it.
func (s *Server) record(fake http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			fake.ServeHTTP(w, r)
			return
		}
		// One byte too many lets the fake see that a body is too large.
		body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBytes+1))
		if err != nil {
			return // The client went away.
		}
		s.mu.Lock()
		s.requests = append(s.requests, Request{
			Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
			Header: r.Header.Clone(), Body: body, Time: time.Now(),
		})
		s.mu.Unlock()
		again := r.WithContext(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(body))
		fake.ServeHTTP(w, again)
	})
}
