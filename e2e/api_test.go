package e2e

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/web/server/demo"
)

// apiPolicy is what users are told to set, and no more.
const apiPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; connect-src *"

// chatPath is where the fakes of the OpenAI chat API listen.
const chatPath = "/v1/chat/completions"

//go:embed testdata/api/read.js
var readScript string

// seen is all that a page can see of a stream. It is what read in
// testdata/api/read.js gives.
type seen struct {
	Text     string                   `json:"text"`
	Events   []streamEvent            `json:"events"`
	Retries  []event.ChatStreamRetry  `json:"retries"`
	Statuses []event.ChatStreamStatus `json:"statuses"`
	Error    *streamError             `json:"error"`
	TookMs   float64                  `json:"tookMs"`
}

// streamEvent is what the iteration yields: a message or a reset.
type streamEvent struct {
	Type    string `json:"type"`
	Event   string `json:"event"`
	Data    string `json:"data"`
	ID      string `json:"id"`
	Text    string `json:"text"`
	Attempt int    `json:"attempt"`
}

// streamError is what the iteration throws. It is what describe in
// testdata/api/read.js gives.
type streamError struct {
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

// phases gives the phases in the order they came, with the attempt's number.
func (s seen) phases() []string {
	var phases []string
	for _, status := range s.Statuses {
		phases = append(phases, fmt.Sprintf("%s %d", status.Phase, status.Attempt))
	}
	return phases
}

// apiPage is the handler of a blank page that has imported the library. The
// files named in replaced, by their path, are served by those handlers instead.
func apiPage(t testing.TB, policy string, replaced map[string]http.HandlerFunc) http.Handler {
	t.Helper()
	built(t)
	dist := demo.Handler(demo.Options{Root: os.DirFS(projectRoot)})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if handler := replaced[r.URL.Path]; handler != nil {
			handler(w, r)
			return
		}
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Security-Policy", policy)
			http.ServeFile(w, r, "testdata/api/")
		case "/page.js", "/before.js":
			http.ServeFile(w, r, "testdata/api"+r.URL.Path)
		default:
			dist.ServeHTTP(w, r)
		}
	})
}

// openAPI opens a tab with the library and the functions of read.js.
func openAPI(t testing.TB) *tab {
	t.Helper()
	return openAPIAt(t, newSite(t, apiPage(t, apiPolicy, nil)).URL)
}

func openAPIAt(t testing.TB, url string) *tab {
	t.Helper()
	tb := open(t, url)
	waitFor(tb, `globalThis.retrystream`, actionTimeout)
	eval[chromedp.Void](tb, readScript)
	return tb
}

// call evaluates a JavaScript function with the arguments, which travel as JSON.
func call[T any](tb *tab, function string, args ...any) T {
	tb.t.Helper()
	list := ""
	for _, arg := range args {
		data, err := json.Marshal(arg)
		if err != nil {
			tb.t.Fatal(err)
		}
		list += string(data) + ","
	}
	return eval[T](tb, "("+function+")("+list+")")
}

// read reads a stream to its end. Each wait for a retry is cut short.
func read(tb *tab, url string, options ...map[string]any) seen {
	tb.t.Helper()
	init := map[string]any{}
	for _, o := range options {
		for name, value := range o {
			init[name] = value
		}
	}
	return call[seen](tb, `(url, init) => read(url, init, { hurry: true })`, url, init)
}
