package demo_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/web/server/demo"
)

// project is a project tree with things that must not be served.
func project() fstest.MapFS {
	old, built := time.Unix(1000, 0), time.Unix(2000, 0)
	file := func(data string, t time.Time) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(data), ModTime: t, Mode: 0o644}
	}
	return fstest.MapFS{
		"index.html":                   file("<!doctype html>", built),
		"go.mod":                       file("module secret", built),
		"web/src/index.ts":             file("source", built),
		"web/server/main.go":           file("source", built),
		"web/demo/demo.css":            file("body{}", built),
		"web/demo/demo.ts":             file("source", built),
		"web/demo/sub/other.css":       file("body{}", built),
		"web/dist/demo.js":             file("export {}", built),
		"web/dist/demo.js.map":         file("{}", built),
		"web/dist/retrystream.wasm":    file("\x00asm", built),
		"web/dist/retrystream.wasm.br": file("br bytes", built),
		"web/dist/retrystream.wasm.gz": file("gz bytes", built),
		"web/dist/sub/index.d.ts":      file("export {}", built),
		"web/dist/stale.js":            file("new", built),
		"web/dist/stale.js.br":         file("old", old),
		"web/dist/stale.js.gz":         file("new gz", built),
		"web/dist/odd.exe":             file("MZ", built),
		"web/dist/docs/index.html":     file("<!doctype html><p>docs", built),
		"web/dist/docs/banner.png":     file("PNG", built),
		"docs/README.md":               file("source", built),
	}
}

func get(t *testing.T, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return do(t, http.MethodGet, path, header...)
}

func do(t *testing.T, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequest(method, "http://demo"+path, nil)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	demo.Handler(demo.Options{Root: project()}).ServeHTTP(w, req)
	return w
}

func TestFiles(t *testing.T) {
	tests := []struct{ path, contentType, body string }{
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/index.html", "text/html; charset=utf-8", "<!doctype html>"},
		{"/?scenario=cut", "text/html; charset=utf-8", "<!doctype html>"},
		{"/web/demo/demo.css", "text/css; charset=utf-8", "body{}"},
		{"/web/dist/demo.js", "text/javascript; charset=utf-8", "export {}"},
		{"/web/dist/demo.js.map", "application/json", "{}"},
		{"/web/dist/retrystream.wasm", "application/wasm", "\x00asm"},
		{"/web/dist/sub/index.d.ts", "text/plain; charset=utf-8", "export {}"},
		{"/docs/", "text/html; charset=utf-8", "<!doctype html><p>docs"},
		{"/docs/index.html", "text/html; charset=utf-8", "<!doctype html><p>docs"},
		{"/docs/banner.png", "image/png", "PNG"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			w := get(t, tt.path)
			assert.Equal(t, 200, w.Code)
			assert.Equal(t, tt.body, w.Body.String())
			assert.Equal(t, tt.contentType, w.Header().Get("Content-Type"))
			assert.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
			assert.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
		})
	}
	assert.Equal(t, http.StatusNoContent, get(t, "/favicon.ico").Code)
	assert.Equal(t, "/docs/", get(t, "/docs").Header().Get("Location"))
}

func TestNotServed(t *testing.T) {
	for _, path := range []string{
		"/go.mod", "/web/", "/web/dist", "/web/dist/", "/web/dist/sub", "/web/dist/sub/", "/web/demo/",
		"/web/src/index.ts", "/web/server/main.go", "/web/demo/demo.ts", "/web/demo/sub/other.css",
		"/web/dist/odd.exe", "/web/dist/retrystream.wasm.br", "/web/dist/missing.js", "/missing",
		"/web/dist/%2e%2e/%2e%2e/go.mod", "/web/dist/..%2f..%2fgo.mod", "/web/dist/..%5c..%5cgo.mod",
		"/docs/README.md", "/docs/missing/", "/docs/../README.md", "/docs/%2e%2e/%2e%2e/src/index.ts",
		"/web/dist/%2e%2e/src/index.ts", "/web/dist/a%00.js", "/%2e%2e/%2e%2e/etc/passwd",
	} {
		t.Run(path, func(t *testing.T) {
			w := get(t, path)
			for redirects := 0; w.Code/100 == 3 && redirects < 3; redirects++ {
				w = get(t, w.Header().Get("Location"))
			}
			assert.Equal(t, 404, w.Code)
			for _, secret := range []string{"secret", "source", "MZ"} {
				assert.NotContains(t, w.Body.String(), secret)
			}
		})
	}
	assert.Equal(t, http.StatusMethodNotAllowed, do(t, http.MethodPost, "/index.html").Code)
}

func TestTraversalOverTheWire(t *testing.T) {
	server := httptest.NewServer(demo.Handler(demo.Options{Root: project()}))
	defer server.Close()
	for _, path := range []string{"/web/dist/../../go.mod", "/../go.mod", "//go.mod", "/web/dist//demo.js"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		req.URL.Opaque = path
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		require.NoError(t, err)
		assert.NotContains(t, string(body), "module secret", path)
	}
}

func TestCompressedCopies(t *testing.T) {
	tests := []struct{ accept, path, encoding, body string }{
		{"gzip, deflate, br, zstd", "/web/dist/retrystream.wasm", "br", "br bytes"},
		{"gzip", "/web/dist/retrystream.wasm", "gzip", "gz bytes"},
		{"GZIP;q=0.5", "/web/dist/retrystream.wasm", "gzip", "gz bytes"},
		{"br;q=0, gzip", "/web/dist/retrystream.wasm", "gzip", "gz bytes"},
		{"br; q=0.000, gzip;q=0", "/web/dist/retrystream.wasm", "", "\x00asm"},
		{"brotli, identity", "/web/dist/retrystream.wasm", "", "\x00asm"},
		{"", "/web/dist/retrystream.wasm", "", "\x00asm"},
		{"*", "/web/dist/retrystream.wasm", "", "\x00asm"},
		{"br", "/web/dist/demo.js", "", "export {}"},
		{"br, gzip", "/web/dist/stale.js", "gzip", "new gz"},
		{"br", "/web/dist/stale.js", "", "new"},
	}
	for _, tt := range tests {
		t.Run(tt.accept+" "+tt.path, func(t *testing.T) {
			w := get(t, tt.path, "Accept-Encoding", tt.accept)
			assert.Equal(t, 200, w.Code)
			assert.Equal(t, tt.encoding, w.Header().Get("Content-Encoding"))
			assert.Equal(t, tt.body, w.Body.String())
			assert.Equal(t, get(t, tt.path).Header().Get("Content-Type"), w.Header().Get("Content-Type"))
			assert.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
		})
	}
}

func TestETag(t *testing.T) {
	const path = "/web/dist/retrystream.wasm"
	plain := get(t, path).Header().Get("ETag")
	br := get(t, path, "Accept-Encoding", "br").Header().Get("ETag")
	assert.NotEqual(t, plain, br, "copies differ, and so must their tags")
	assert.Equal(t, plain, get(t, path).Header().Get("ETag"))

	w := get(t, path, "If-None-Match", `"other", W/`+plain)
	assert.Equal(t, http.StatusNotModified, w.Code)
	assert.Empty(t, w.Body.String())
	assert.Equal(t, plain, w.Header().Get("ETag"))
	assert.Equal(t, 200, get(t, path, "If-None-Match", br).Code)
}

func TestSecurityHeaders(t *testing.T) {
	const end = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	const app = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src *; " + end
	const read = "default-src 'none'; style-src 'self'; img-src 'self' data:; " + end
	for path, policy := range map[string]string{
		"/": app, "/web/dist/demo.js": app, "/fake/scenarios.json": app, "/missing": app, "/docs/": read, "/docs/missing": read,
	} {
		h := get(t, path).Header()
		assert.Equal(t, policy, h.Get("Content-Security-Policy"), path)
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
	}
}

func TestMissingBuildSaysWhatToDo(t *testing.T) {
	assert.True(t, strings.Contains(get(t, "/web/dist/missing.js").Body.String(), "has the project been built?"))
}
