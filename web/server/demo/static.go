package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// static serves what the page needs and nothing else of the project.
func static(root fs.FS) http.Handler {
	f := files{root: root}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, "index.html") })
	mux.HandleFunc("GET /index.html", func(w http.ResponseWriter, r *http.Request) { f.serve(w, r, "index.html") })
	mux.HandleFunc("GET /web/", func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if !public(name) {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r, name)
	})
	// Browsers ask for an icon by themselves; a 404 would show as an error.
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// docs serves the documentation that the build made of the project's docs/.
func docs(root fs.FS) http.Handler {
	f := files{root: root}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := "web/dist" + r.URL.Path
		if strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		if !public(name) {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r, name)
	})
}

// public reports whether a file below web/ is for pages: all that was built, and
// the demo's style sheets.
func public(name string) bool {
	if !fs.ValidPath(name) || contentType(name) == "" {
		return false
	}
	return strings.HasPrefix(name, "web/dist/") ||
		path.Dir(name) == "web/demo" && path.Ext(name) == ".css"
}

// contentType returns the type of a file by its name, empty for names that are
// not served. It does not ask the system, which may know other types.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".wasm":
		return "application/wasm"
	case ".json", ".map":
		return "application/json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ts", ".txt", ".md":
		return "text/plain; charset=utf-8"
	}
	return ""
}

type files struct {
	root fs.FS
}

// serve sends a file, compressed if the build left a compressed copy beside it
// that the browser accepts. Browsers may keep it but must ask each time whether
// it is still the same, so that a page never mixes two builds.
func (f files) serve(w http.ResponseWriter, r *http.Request, name string) {
	encoding, data, err := f.read(name, r.Header.Get("Accept-Encoding"))
	if err != nil {
		// The error itself would tell where the project lies.
		http.Error(w, name+" is not there; has the project been built?", http.StatusNotFound)
		return
	}
	sum := sha256.Sum256(data)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType(name))
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	// An error means that the browser went away.
	_, _ = w.Write(data)
}

// read returns the best copy of a file and its encoding, empty for the file
// itself.
func (f files) read(name, accept string) (encoding string, data []byte, err error) {
	info, err := fs.Stat(f.root, name)
	if err != nil {
		return "", nil, err
	}
	for _, e := range []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(accept, e.encoding) {
			continue
		}
		// A copy older than the file is left over from another build.
		c, err := fs.Stat(f.root, name+e.suffix)
		if err != nil || c.ModTime().Before(info.ModTime()) {
			continue
		}
		if data, err = fs.ReadFile(f.root, name+e.suffix); err == nil {
			return e.encoding, data, nil
		}
	}
	data, err = fs.ReadFile(f.root, name)
	return "", data, err
}

// accepts reports whether an Accept-Encoding header names the encoding and does
// not rule it out with q=0. The wildcard does not count: a browser that can
// decode something names it.
func accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		key, value, _ := strings.Cut(strings.TrimSpace(params), "=")
		if !strings.EqualFold(strings.TrimSpace(key), "q") {
			return true
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		return err != nil || q > 0
	}
	return false
}
