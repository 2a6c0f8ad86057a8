// Package demo is the handler behind `make demo`: the demo page with its files,
// the documentation under /docs/, and fake model providers whose failures the
// page can choose from. Tests of the page mount the same handler.
//
// The fakes answer under /fake/PROVIDER/SCENARIO/RUN/, followed by the
// provider's own path. PROVIDER is anthropic, openai, openai-responses or
// gemini; SCENARIO is the id of a [Scenario], listed at /fake/scenarios.json;
// RUN is any name the page makes up. Each run starts its scenario afresh and
// keeps its place while the page retries.
//
// A request whose system prompt has the word "title" in it gets a short title
// at once and leaves the scenario alone.
package demo

import (
	"io/fs"
	"net/http"
	"time"
)

// DefaultPace is a comfortable speed for a person: the pause between two pieces
// of text.
const DefaultPace = 30 * time.Millisecond

// Options says what to serve.
type Options struct {
	// Root is the project's root: index.html and web/dist lie below it, in that the
	// documentation.
	Root fs.FS
	// Pace is the pause between two pieces of text; other pauses are multiples
	// of it. 0 means no pauses at all.
	Pace time.Duration
	// Scenarios come in addition to those of the package. One with the same id
	// takes the place of the package's.
	Scenarios []Scenario
}

// Handler serves the demo.
func Handler(o Options) http.Handler {
	scenarios := merge(Scenarios(), o.Scenarios)
	mux := http.NewServeMux()
	mux.Handle("/", secure(pagePolicy, static(o.Root)))
	mux.Handle("GET /docs/", secure(docsPolicy, docs(o.Root)))
	mux.Handle("GET /fake/scenarios.json", secure(pagePolicy, listScenarios(scenarios)))
	mux.Handle("POST /fake/{provider}/{scenario}/{run}/{path...}", newFakes(scenarios, o.Pace))
	return mux
}

// pagePolicy is the strictest that a page with a WebAssembly module can live
// under. A chat page calls providers anywhere, hence connect-src.
const pagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self' data:; connect-src *; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPolicy is for pages that are only read.
const docsPolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// secure adds the headers that every page and file gets.
func secure(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
