package module_test

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// builtFile gives a file of web/dist.
func builtFile(t testing.TB, name string) []byte {
	t.Helper()
	project.Built(t)
	data, err := os.ReadFile(project.Root() + "/web/dist/" + name)
	require.NoError(t, err)
	return data
}

// TestModuleTypes: a server that does not know .wasm is no obstacle.
func TestModuleTypes(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	for _, contentType := range []string{"", "application/octet-stream", "text/plain", "application/wasm; charset=utf-8"} {
		page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{
			library.WASMPath: site.Answer(200, contentType, builtFile(t, "retrystream.wasm")),
		}))
		got := library.Read(library.OpenAt(t, page.URL), provider.URL+site.ChatPath)
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
		{"not found", site.Answer(404, "text/plain", []byte("no")), "404"},
		{"web page", site.Answer(200, "text/html", []byte("<!doctype html><title>App</title>")), "not a WebAssembly module"},
		{"web page called a module", site.Answer(200, "application/wasm", []byte("<!doctype html><title>App</title>")), "WebAssembly"},
		{"empty", site.Answer(200, "application/wasm", nil), "WebAssembly"},
		{"cut short", site.Answer(200, "application/wasm", wasm[:len(wasm)/2]), "WebAssembly"},
		{"broken connection", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "fetch"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := site.NewFake(t, chattest.OpenAIChat)
			var repaired atomic.Bool
			good := library.Page(t, library.Policy, nil)
			page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{
				library.WASMPath: func(w http.ResponseWriter, r *http.Request) {
					if repaired.Load() {
						good.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Cache-Control", "no-store")
					tt.broken(w, r)
				},
			}))
			tb := library.OpenAt(t, page.URL)
			for range 2 {
				got := library.Read(tb, provider.URL+site.ChatPath)
				require.NotNil(t, got.Error)
				library.CheckModuleError(t, *got.Error)
				assert.Contains(t, got.Error.Message, page.URL+library.WASMPath)
				assert.Contains(t, got.Error.Message, tt.want)
				assert.Equal(t, []string{"failed 1"}, got.Phases())
			}
			assert.GreaterOrEqual(t, len(page.Asked(library.WASMPath)), 2)
			repaired.Store(true)
			got := library.Read(tb, provider.URL+site.ChatPath)
			require.Nil(t, got.Error)
			assert.Equal(t, chattest.DefaultText, got.Text)
		})
	}
}

// TestInit says in all ways where the module is.
func TestInit(t *testing.T) {
	t.Parallel()
	wasm := builtFile(t, "retrystream.wasm")
	for _, tt := range []struct{ name, init string }{
		{"wasmUrl", `({ init }) => init({ wasmUrl: "/elsewhere/m.wasm?v=1" })`},
		{"wasmUrl as a URL", `({ init }) => init({ wasmUrl: new URL("/elsewhere/m.wasm", location) })`},
		{"wasmModule", `({ init }) => fetch("/elsewhere/m.wasm").then(r => r.arrayBuffer()).then(b => WebAssembly.compile(b)).then(wasmModule => init({ wasmModule }))`},
		{"not awaited", `({ init }) => void init({ wasmUrl: "/elsewhere/m.wasm" })`},
		{"twice", `({ init }) => Promise.all([init({ wasmUrl: "/elsewhere/m.wasm" }), init()])`},
		{"after a failure", `({ init }) => init().catch(() => init({ wasmUrl: "/elsewhere/m.wasm" }))`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := site.NewFake(t, chattest.OpenAIChat)
			page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{
				library.WASMPath:    site.Answer(404, "", nil),
				"/elsewhere/m.wasm": site.Answer(200, "application/wasm", wasm),
			}))
			tb := library.OpenAt(t, page.URL)
			text := browser.Call[string](tb, "textAfter", browser.JS(tt.init), provider.URL+site.ChatPath)
			assert.Equal(t, chattest.DefaultText, text)
			assert.Len(t, page.Asked("/elsewhere/m.wasm"), 1)
		})
	}
}

// TestInitFails: what init says about the module holds no query, where keys may
// stand.
func TestInitFails(t *testing.T) {
	t.Parallel()
	page := site.New(t, library.Page(t, library.Policy, nil))
	got := browser.Call[library.Error](library.OpenAt(t, page.URL), "initFailure", "/nowhere.wasm?token=secret-token#part")
	library.CheckModuleError(t, got)
	assert.Contains(t, got.Message, page.URL+"/nowhere.wasm:")
	assert.NotContains(t, got.All, "secret-token")

	got = browser.Call[library.Error](library.OpenAt(t, page.URL), "initFailure", "http://127.0.0.1:1/m.wasm?token=secret-token")
	library.CheckModuleError(t, got)
	assert.Contains(t, got.Message, "http://127.0.0.1:1/m.wasm:")
	assert.NotContains(t, got.All, "secret-token")
}

// TestPolicyForbidsModule: a page that forbids WebAssembly is told what to add.
func TestPolicyForbidsModule(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	page := site.New(t, library.Page(t, "default-src 'none'; script-src 'self'; img-src data:; connect-src *", nil))
	tb := library.OpenAt(t, page.URL)
	tb.Allow("Content Security Policy")
	got := library.Read(tb, provider.URL+site.ChatPath)
	require.NotNil(t, got.Error)
	library.CheckModuleError(t, *got.Error)
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
	provider := site.NewFake(t, chattest.OpenAIChat)
	page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{
		library.WASMPath: site.Answer(200, "application/wasm", bytes.Replace(wasm, id[1], []byte("0123456789abcdef"), 1)),
	}))
	got := library.Read(library.OpenAt(t, page.URL), provider.URL+site.ChatPath)
	require.NotNil(t, got.Error)
	library.CheckModuleError(t, *got.Error)
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
			provider := site.NewFake(t, chattest.OpenAIChat)
			page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{library.WASMPath: site.Answer(200, "application/wasm", other)}))
			tb := library.OpenAt(t, page.URL)
			got := library.Read(tb, provider.URL+site.ChatPath)
			require.NotNil(t, got.Error)
			library.CheckModuleError(t, *got.Error)
			assert.Contains(t, got.Error.Message, "did not start")
			relayed := library.Relay(tb, provider.URL+site.ChatPath)
			require.Nil(t, relayed.Error)
			assert.Contains(t, relayed.Text, "data: [DONE]")
		})
	}
}

// TestGlobals: loading the library and its module adds nothing to the page's
// global object.
func TestGlobals(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	tb := library.Open(t)
	before := browser.Eval[[]string](tb, `Object.getOwnPropertyNames(globalThis).sort()`)
	assert.Equal(t, chattest.DefaultText, library.Read(tb, provider.URL+site.ChatPath).Text)
	assert.Equal(t, before, browser.Eval[[]string](tb, `Object.getOwnPropertyNames(globalThis).sort()`))
	for _, name := range []string{"Go", "fs", "process", "path"} {
		assert.NotContains(t, before, name)
	}
}
