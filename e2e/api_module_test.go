package e2e

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	wasmPath = "/web/dist/retrystream.wasm"
	// kindModule is the kind of errors about the module itself. Go has no such
	// kind: it is not there to name it.
	kindModule = "module"
)

// builtFile gives a file of web/dist.
func builtFile(t testing.TB, name string) []byte {
	t.Helper()
	built(t)
	data, err := os.ReadFile(projectRoot + "/web/dist/" + name)
	require.NoError(t, err)
	return data
}

// answer serves the same bytes to everybody; a Content-Type of "" sends none.
func answer(status int, contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
}

// TestModuleTypes: a server that does not know .wasm is no obstacle.
func TestModuleTypes(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	for _, contentType := range []string{"", "application/octet-stream", "text/plain", "application/wasm; charset=utf-8"} {
		page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{
			wasmPath: answer(200, contentType, builtFile(t, "retrystream.wasm")),
		}))
		got := read(openAPIAt(t, page.URL), provider.URL+chatPath)
		assert.Nil(t, got.Error, contentType)
		assert.Equal(t, chattest.DefaultText, got.Text, contentType)
	}
}

// TestModuleMissing: a module that cannot be had is told at once, with its
// address. The next call tries again.
func TestModuleMissing(t *testing.T) {
	t.Parallel()
	wasm := builtFile(t, "retrystream.wasm")
	for _, tt := range []struct {
		name   string
		broken http.HandlerFunc
		want   string
	}{
		{"not found", answer(404, "text/plain", []byte("no")), "404"},
		{"web page", answer(200, "text/html", []byte("<!doctype html><title>App</title>")), "not a WebAssembly module"},
		{"web page called a module", answer(200, "application/wasm", []byte("<!doctype html><title>App</title>")), "WebAssembly"},
		{"empty", answer(200, "application/wasm", nil), "WebAssembly"},
		{"cut short", answer(200, "application/wasm", wasm[:len(wasm)/2]), "WebAssembly"},
		{"broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "fetch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := newFake(t, chattest.OpenAIChat)
			var repaired atomic.Bool
			good := apiPage(t, apiPolicy, nil)
			page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{
				wasmPath: func(w http.ResponseWriter, r *http.Request) {
					if repaired.Load() {
						good.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Cache-Control", "no-store")
					tt.broken(w, r)
				},
			}))
			tb := openAPIAt(t, page.URL)
			for range 2 {
				got := read(tb, provider.URL+chatPath)
				require.NotNil(t, got.Error)
				checkModuleError(t, *got.Error)
				assert.Contains(t, got.Error.Message, page.URL+wasmPath)
				assert.Contains(t, got.Error.Message, tt.want)
				assert.Equal(t, []string{"failed 1"}, got.phases())
			}
			assert.GreaterOrEqual(t, len(page.asked(wasmPath)), 2)
			repaired.Store(true)
			got := read(tb, provider.URL+chatPath)
			require.Nil(t, got.Error)
			assert.Equal(t, chattest.DefaultText, got.Text)
		})
	}
}

func checkModuleError(t *testing.T, e streamError) {
	t.Helper()
	assert.Equal(t, "RetryStreamError", e.Name)
	assert.EqualValues(t, kindModule, e.Kind)
	assert.True(t, e.IsRetryStreamError)
}

// TestInit says in all ways where the module is.
func TestInit(t *testing.T) {
	t.Parallel()
	wasm := builtFile(t, "retrystream.wasm")
	for _, tt := range []struct{ name, init string }{
		{"wasmUrl", `init({ wasmUrl: "/elsewhere/m.wasm?v=1" })`},
		{"wasmUrl as a URL", `init({ wasmUrl: new URL("/elsewhere/m.wasm", location) })`},
		{"wasmModule", `fetch("/elsewhere/m.wasm").then(r => r.arrayBuffer()).then(b => WebAssembly.compile(b)).then(wasmModule => init({ wasmModule }))`},
		{"not awaited", `void init({ wasmUrl: "/elsewhere/m.wasm" })`},
		{"twice", `Promise.all([init({ wasmUrl: "/elsewhere/m.wasm" }), init()])`},
		{"after a failure", `init().catch(() => init({ wasmUrl: "/elsewhere/m.wasm" }))`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := newFake(t, chattest.OpenAIChat)
			page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{
				wasmPath:            answer(404, "", nil),
				"/elsewhere/m.wasm": answer(200, "application/wasm", wasm),
			}))
			tb := openAPIAt(t, page.URL)
			text := call[string](tb, `async (url) => {
				const { init } = retrystream;
				await `+tt.init+`;
				return ask(url).text();
			}`, provider.URL+chatPath)
			assert.Equal(t, chattest.DefaultText, text)
			assert.Len(t, page.asked("/elsewhere/m.wasm"), 1)
		})
	}
}

// TestInitFails: what init says about the module holds no query, where keys may
// stand.
func TestInitFails(t *testing.T) {
	t.Parallel()
	page := newSite(t, apiPage(t, apiPolicy, nil))
	got := call[streamError](openAPIAt(t, page.URL), `() => retrystream.init({ wasmUrl: "/nowhere.wasm?token=secret-token#part" }).catch(describe)`)
	checkModuleError(t, got)
	assert.Contains(t, got.Message, page.URL+"/nowhere.wasm:")
	assert.NotContains(t, got.All, "secret-token")

	got = call[streamError](openAPIAt(t, page.URL), `() => retrystream.init({ wasmUrl: "http://127.0.0.1:1/m.wasm?token=secret-token" }).catch(describe)`)
	checkModuleError(t, got)
	assert.Contains(t, got.Message, "http://127.0.0.1:1/m.wasm:")
	assert.NotContains(t, got.All, "secret-token")
}

// TestPolicyForbidsModule: a page that forbids WebAssembly is told what to add.
func TestPolicyForbidsModule(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	page := newSite(t, apiPage(t, "default-src 'none'; script-src 'self'; img-src data:; connect-src *", nil))
	tb := openAPIAt(t, page.URL)
	allow(tb, "Content Security Policy")
	got := read(tb, provider.URL+chatPath)
	require.NotNil(t, got.Error)
	checkModuleError(t, *got.Error)
	assert.Contains(t, got.Error.Message, "Content-Security-Policy")
	assert.Contains(t, got.Error.Message, "'wasm-unsafe-eval'")
	assert.Contains(t, got.Error.Message, "script-src")
}

// TestMixedBuilds: the script of one build and the module of another are told.
func TestMixedBuilds(t *testing.T) {
	t.Parallel()
	id := regexp.MustCompile(`"([0-9a-f]{16})"`).FindSubmatch(builtFile(t, "retrystream.js"))
	require.NotNil(t, id, "the script has no build id")
	wasm := builtFile(t, "retrystream.wasm")
	require.Equal(t, 1, bytes.Count(wasm, id[1]), "the module has no build id")
	provider := newFake(t, chattest.OpenAIChat)
	page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{
		wasmPath: answer(200, "application/wasm", bytes.Replace(wasm, id[1], []byte("0123456789abcdef"), 1)),
	}))
	got := read(openAPIAt(t, page.URL), provider.URL+chatPath)
	require.NotNil(t, got.Error)
	checkModuleError(t, *got.Error)
	assert.Contains(t, got.Error.Message, "different builds")
}

// TestModuleOfAnother: a module that asks for another function than the script has,
// as that of another build may, and one that is none of ours, are told as such; and
// a fetch goes on without.
func TestModuleOfAnother(t *testing.T) {
	t.Parallel()
	wasm := builtFile(t, "retrystream.wasm")
	header := []byte("\x0bretrystream\x06header")
	require.Equal(t, 1, bytes.Count(wasm, header), "the module does not import that")
	for name, other := range map[string][]byte{
		"another import": bytes.Replace(wasm, header, []byte("\x0bretrystream\x06footer"), 1),
		"empty":          []byte("\x00asm\x01\x00\x00\x00"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := newFake(t, chattest.OpenAIChat)
			page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{wasmPath: answer(200, "application/wasm", other)}))
			tb := openAPIAt(t, page.URL)
			eval[chromedp.Void](tb, fetchScript)
			got := read(tb, provider.URL+chatPath)
			require.NotNil(t, got.Error)
			checkModuleError(t, *got.Error)
			assert.Contains(t, got.Error.Message, "did not start")
			relayed := relay(tb, provider.URL+chatPath)
			require.Nil(t, relayed.Error)
			assert.Contains(t, relayed.Text, "data: [DONE]")
		})
	}
}

// TestGlobals: loading the library and its module adds nothing to the page's
// global object.
func TestGlobals(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	tb := openAPI(t)
	before := eval[[]string](tb, `Object.getOwnPropertyNames(globalThis).sort()`)
	assert.Equal(t, chattest.DefaultText, read(tb, provider.URL+chatPath).Text)
	assert.Equal(t, before, eval[[]string](tb, `Object.getOwnPropertyNames(globalThis).sort()`))
	for _, name := range []string{"Go", "fs", "process", "path"} {
		assert.NotContains(t, before, name)
	}
}
