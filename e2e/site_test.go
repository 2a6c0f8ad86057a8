package e2e

import (
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/web/server/demo"
	"github.com/stretchr/testify/require"
)

// projectRoot is where index.html and web/dist lie.
const projectRoot = ".."

// built fails the test with the command that helps when web/dist is missing.
func built(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(projectRoot + "/web/dist/retrystream.wasm"); err != nil {
		t.Fatalf("the project is not built (run `make web`): %v", err)
	}
}

// site is a server that remembers its requests and which of them the client
// gave up before their end.
type site struct {
	*chattest.Server
	mu   sync.Mutex
	gone int
}

// newSite serves the handler until the test ends.
func newSite(t testing.TB, handler http.Handler) *site {
	t.Helper()
	s := &site{}
	s.Server = chattest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A response that the server itself ends is over before its context is.
		defer func() {
			if r.Context().Err() != nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.gone++
			}
		}()
		handler.ServeHTTP(w, r)
	}))
	return s
}

// newDemo serves the demo page with its fakes and the scenarios.
func newDemo(t testing.TB, pace time.Duration, scenarios ...demo.Scenario) *site {
	t.Helper()
	built(t)
	return newSite(t, demo.Handler(demo.Options{Root: os.DirFS(projectRoot), Pace: pace, Scenarios: scenarios}))
}

// newFake serves a fake provider to pages of all origins, as real providers do
// that allow browsers.
func newFake(t testing.TB, fake func(*chattest.Script) http.Handler, steps ...chattest.Step) *site {
	t.Helper()
	return newFakeExposing(t, "", fake, steps...)
}

// newFakeExposing lets pages read a header too that CORS hides otherwise.
func newFakeExposing(t testing.TB, header string, fake func(*chattest.Script) http.Handler, steps ...chattest.Step) *site {
	t.Helper()
	script := chattest.NewScript(steps...)
	script.AllowOrigin = "*"
	if header != "" {
		script.ExposeHeaders = []string{header}
	}
	return newSite(t, fake(script))
}

// asked gives the requests so far whose path contains the text.
func (s *site) asked(text string) []chattest.Request {
	var found []chattest.Request
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, text) {
			found = append(found, r)
		}
	}
	return found
}

// waitForRequests waits until there have been n requests to such a path and
// returns them.
func (s *site) waitForRequests(t testing.TB, text string, n int) []chattest.Request {
	t.Helper()
	require.Eventuallyf(t, func() bool { return len(s.asked(text)) >= n }, actionTimeout, 5*time.Millisecond,
		"waiting for request %d to %s", n, text)
	return s.asked(text)
}

// waitForGone waits until clients have given up n responses.
func (s *site) waitForGone(t testing.TB, n int) {
	t.Helper()
	require.Eventuallyf(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.gone >= n
	}, actionTimeout, 5*time.Millisecond, "waiting until the client has given up %d responses", n)
}

// running counts the chat requests that the client has not given up. Only where
// the server ends none is that what it tells.
func (s *site) running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked(chatPath)) - s.gone
}

// pause waits for something that must not happen.
func pause(t testing.TB, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

// deadURL is an address at which nobody answers.
func deadURL(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return "http://" + listener.Addr().String()
}
