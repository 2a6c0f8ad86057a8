// Package library is a blank page that has imported the library, and what such a page
// can see of its streams. What it runs there is in the folder page.
package library

import (
	_ "embed"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
	"github.com/retrystream/retrystream/web/server/demo"
)

// Policy is what users are told to set, and no more.
const Policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; connect-src *"

// WASMPath is where the page loads the module from.
const WASMPath = "/web/dist/retrystream.wasm"

//go:embed page/index.html
var index []byte

// imports is the page's script.
const imports = `import * as retrystream from "/web/dist/retrystream.js"; globalThis.retrystream = retrystream;`

// Page is the handler of the page, under a policy; the demo's fakes are there too. The
// files named in replaced, by their path, are served by those handlers instead.
func Page(t testing.TB, policy string, replaced map[string]http.HandlerFunc) http.Handler {
	t.Helper()
	dist := site.Demo(t, demo.Options{})
	before, err := os.ReadFile(project.Path(".cache/e2e/before.js"))
	require.NoError(t, err, "the pages' scripts are not bundled: run `make e2e-pages`")
	own := map[string]http.HandlerFunc{
		"/":          site.Answer(http.StatusOK, "text/html; charset=utf-8", index),
		"/before.js": site.Answer(http.StatusOK, "text/javascript", before),
		"/page.js":   site.Answer(http.StatusOK, "text/javascript", []byte(imports)),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		handler := replaced[r.URL.Path]
		if handler == nil {
			if r.URL.Path == "/" {
				w.Header().Set("Content-Security-Policy", policy)
			}
			handler = own[r.URL.Path]
		}
		if handler == nil {
			handler = dist.ServeHTTP
		}
		handler(w, r)
	})
}

// Open opens a tab with the page, and the test package's script in it.
func Open(t testing.TB) *browser.Tab {
	t.Helper()
	return OpenAt(t, site.New(t, Page(t, Policy, nil)).URL)
}

// OpenAt opens a tab with the page that a site serves.
func OpenAt(t testing.TB, url string) *browser.Tab {
	t.Helper()
	tb := browser.NewTab(t)
	Show(tb, url)
	return tb
}

// Show shows the page in a tab.
func Show(tb *browser.Tab, url string) {
	tb.T.Helper()
	tb.Open(url)
	tb.WaitFor(`globalThis.retrystream`)
	tb.Load()
}

// OpenBodies opens a tab whose requests to chatURL and eventsURL the page answers
// itself: see page/bodies.ts.
func OpenBodies(t testing.TB) *browser.Tab {
	t.Helper()
	tb := Open(t)
	tb.Call("answerRequests")
	return tb
}

// Seen is all that a page can see of a stream. It is what read in page/read.ts gives.
type Seen struct {
	Text     string                   `json:"text"`
	Events   []Event                  `json:"events"`
	Retries  []event.ChatStreamRetry  `json:"retries"`
	Statuses []event.ChatStreamStatus `json:"statuses"`
	Error    *Error                   `json:"error"`
}

// Event is what the iteration yields: a message or a reset.
type Event struct {
	Type    string `json:"type"`
	Event   string `json:"event"`
	Data    string `json:"data"`
	ID      string `json:"id"`
	Text    string `json:"text"`
	Attempt int    `json:"attempt"`
}

// Error is what the iteration throws. It is what describe in page/read.ts gives.
type Error struct {
	Name               string       `json:"name"`
	Message            string       `json:"message"`
	Kind               failure.Kind `json:"kind"`
	Provider           string       `json:"provider"`
	StatusCode         int          `json:"statusCode"`
	Retryable          bool         `json:"retryable"`
	Attempts           int          `json:"attempts"`
	Detail             string       `json:"detail"`
	RetryAfterMs       float64      `json:"retryAfterMs"`
	IsError            bool         `json:"isError"`
	IsRetryStreamError bool         `json:"isRetryStreamError"`
	CauseName          string       `json:"causeName"`
	CauseMessage       string       `json:"causeMessage"`
	Keys               []string     `json:"keys"`
	// All is every text of the error and its cause, stacks included.
	All string `json:"all"`
}

// Phases returns the phases in the order they came, with the attempt's number.
func (s Seen) Phases() []string { return Phases(s.Statuses) }

// Phases returns the phases of statuses, with the attempt's number.
func Phases(statuses []event.ChatStreamStatus) (phases []string) {
	for _, status := range statuses {
		phases = append(phases, fmt.Sprintf("%s %d", status.Phase, status.Attempt))
	}
	return phases
}

// Read reads a stream to its end. Each wait for a retry is cut short.
func Read(tb *browser.Tab, url string, options ...map[string]any) Seen {
	tb.T.Helper()
	return browser.Call[Seen](tb, "hurry", url, joined(options))
}

// joined joins options; the later ones count.
func joined(options []map[string]any) map[string]any {
	all := map[string]any{}
	for _, o := range options {
		for name, value := range o {
			all[name] = value
		}
	}
	return all
}

// Fetched is what a page can see of a response. It is what look and relay in
// page/fetch.ts give.
type Fetched struct {
	Status     int      `json:"status"`
	Type       string   `json:"type"`
	URL        string   `json:"url"`
	Redirected bool     `json:"redirected"`
	Header     string   `json:"header"`
	Real       bool     `json:"real"`
	Text       string   `json:"text"`
	Error      *Error   `json:"error"`
	Refused    bool     `json:"refused"`
	Retries    []string `json:"retries"`
}

// Relay sends a request through createRetryFetch. Each wait is cut short.
func Relay(tb *browser.Tab, url string, options ...map[string]any) Fetched {
	tb.T.Helper()
	return browser.Call[Fetched](tb, "relay", url, joined(options))
}

// CheckModuleError checks that an error is one about the module itself. Go has no such
// kind: it is not there to name it.
func CheckModuleError(t *testing.T, e Error) {
	t.Helper()
	assert.Equal(t, "RetryStreamError", e.Name)
	assert.EqualValues(t, "module", e.Kind)
	assert.True(t, e.IsRetryStreamError)
}
