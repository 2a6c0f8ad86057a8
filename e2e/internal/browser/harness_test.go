package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// The pages of these tests forbid what a careless helper would need. Sounds
// are allowed but reported.
const (
	strictPolicy   = "default-src 'self'"
	reportedPolicy = "media-src 'none'"
)

// serve serves a page with the body and script, under strictPolicy, and returns
// its URL. It serves also a worker that throws, a response with a failure
// status, and a stream that sends one byte and stays open until the test ends.
func serve(t *testing.T, body, script string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", strictPolicy)
		w.Header().Set("Content-Security-Policy-Report-Only", reportedPolicy)
		fmt.Fprintf(w, `<!doctype html><html lang="en"><title>Page</title><meta name="viewport" content="width=device-width">
			<main><h1>Page</h1>%s</main><script src="script.js"></script></html>`, body)
	})
	javascript := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, text)
		}
	}
	mux.HandleFunc("/script.js", javascript(script))
	mux.HandleFunc("/worker.js", javascript(`throw new Error("from the worker")`))
	mux.HandleFunc("/limited", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
	})
	ended := make(chan struct{})
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, ".")
		w.(http.Flusher).Flush()
		<-ended
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(ended) })
	return server.URL
}

// failedTest stands in for a test that is expected to fail. It keeps the
// messages and reports nothing.
type failedTest struct {
	testing.TB
	messages []string
}

func (f *failedTest) Helper() {}

func (f *failedTest) Errorf(format string, args ...any) {
	f.messages = append(f.messages, fmt.Sprintf(format, args...))
}

// Fatalf unwinds to the call of failureOf, as the real one unwinds to the
// runner of the test.
func (f *failedTest) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	panic(f)
}

// failureOf runs a helper on the tab and returns what it would have failed the
// test with, or "".
func failureOf(tb *Tab, helper func(*Tab)) (message string) {
	failed := &failedTest{TB: tb.T}
	defer func() {
		if reason := recover(); reason != nil && reason != failed {
			panic(reason)
		}
		message = strings.Join(failed.messages, "\n")
	}()
	helper(&Tab{T: failed, page: tb.page, allowed: tb.allowed})
	return
}

func TestFindBrowser(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, chrome, installed, want string
	}{
		{"first name", "", "chromium google-chrome", "/bin/chromium"},
		{"last name", "", "google-chrome", "/bin/google-chrome"},
		{"named", "brave", "chromium brave", "/bin/brave"},
		{"named but absent", "brave", "chromium", ""},
		{"none", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			getenv := func(string) string { return tt.chrome }
			lookPath := func(name string) (string, error) {
				for installed := range strings.FieldsSeq(tt.installed) {
					if installed == name {
						return "/bin/" + name, nil
					}
				}
				return "", exec.ErrNotFound
			}
			got, err := findBrowser(getenv, lookPath)
			assert.Equal(t, tt.want, got)
			if tt.want == "" {
				assert.ErrorContains(t, err, "apt-get install chromium")
			}
		})
	}
}

// TestProblems proves that each kind of misbehaviour is noticed, that allow
// excuses it, and that a healthy page and a failed response are left alone.
func TestProblems(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, script, want string
	}{
		{"exception", `throw new Error("oh no")`, "Error: oh no"},
		{"exception that is no Error", `throw "oh no"`, `"oh no"`},
		{"late exception", `setTimeout(() => { throw new Error("oh no") })`, "Error: oh no"},
		{"rejection", `Promise.reject(new Error("oh no"))`, "(in promise)"},
		{"console.error", `console.error("oh", { no: 1 })`, `console.error: "oh" Object`},
		{"console.assert", `console.assert(false, "oh no")`, `console.assert: "oh no"`},
		{"worker", `new Worker("worker.js")`, "worker: Uncaught Error: from the worker"},
		{"forbidden style", `document.body.setAttribute("style", "color: red")`, "Content Security Policy"},
		{"forbidden worker", `new Worker(URL.createObjectURL(new Blob([""])))`, "Content Security Policy"},
		{"forbidden connection", `fetch("https://example.invalid/").catch(() => {})`, "Content Security Policy"},
		{"reported sound", `new Audio("limited")`, "report-only"},
		{"failed response", `fetch("limited")`, ""},
		{"healthy", `console.log("fine"); console.warn("fine"); Promise.reject().catch(() => {})`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := Open(t, serve(t, "", tt.script))
			if tt.want == "" {
				// What must not happen gets the time of a request to happen.
				tb.Run(`fetch("limited")`)
				assert.Empty(t, failureOf(tb, (*Tab).finish))
				return
			}
			assert.Eventually(t, func() bool {
				return strings.Contains(failureOf(tb, (*Tab).finish), "the page reported a problem: ") &&
					strings.Contains(failureOf(tb, (*Tab).finish), tt.want)
			}, Patience, 10*time.Millisecond)
			tb.Allow(tt.want)
			assert.Empty(t, failureOf(tb, (*Tab).finish))
		})
	}
}
