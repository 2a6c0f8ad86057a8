package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	pageDir       = "e2e/bench/page"
	packagesDir   = "e2e/bench/node_modules"
	recordingsDir = "../shared/recordings"
)

// site serves the pages of the benchmark, everything from memory.
type site struct {
	*httptest.Server
	// recordings says whether there are recorded streams to read.
	recordings bool
}

func (s *site) close() { s.CloseClientConnections(); s.Close() }

// newSite bundles the page and serves it, with retrystream as it is in dist, and in
// the folder against unless that is empty.
func newSite(dist, against string) (*site, error) {
	mux := http.NewServeMux()
	for path, source := range map[string]string{"/page.js": "main.ts", "/cold.js": "cold.ts"} {
		script, err := bundle(source)
		if err != nil {
			return nil, err
		}
		serve(mux, path, "text/javascript", script)
	}
	serve(mux, "/{$}", "text/html", []byte(`<!doctype html><html lang="en"><meta charset="utf-8"><title>Benchmark</title><link rel="icon" href="data:,"></html>`))
	for path, folder := range map[string]string{"/dist/": dist, "/against/": against} {
		for name, contentType := range map[string]string{"retrystream.js": "text/javascript", "retrystream.wasm": "application/wasm"} {
			if folder == "" {
				continue
			}
			data, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil {
				return nil, fmt.Errorf("retrystream is not built, run `make web`: %w", err)
			}
			serve(mux, path+name, contentType, data)
		}
	}
	_, err := os.Stat(filepath.Join(recordingsDir, "manifest.json"))
	if err == nil {
		mux.Handle("/recordings/", http.StripPrefix("/recordings/", http.FileServer(http.Dir(recordingsDir))))
	}
	return &site{Server: httptest.NewServer(isolated(mux)), recordings: err == nil}, nil
}

func serve(mux *http.ServeMux, path, contentType string, data []byte) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	})
}

// isolated gives pages the finer clock of 5 microseconds, which browsers keep
// from pages that share a process with others.
func isolated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		w.Header().Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// bundle makes one script of a TypeScript file and the packages it uses.
func bundle(name string) ([]byte, error) {
	esbuild := filepath.Join(packagesDir, ".bin/esbuild")
	if _, err := os.Stat(esbuild); err != nil {
		return nil, fmt.Errorf("the packages to compare with are missing, run `npm ci` in e2e/bench: %w", err)
	}
	cmd := exec.Command(esbuild, filepath.Join(pageDir, name), "--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning")
	script, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("bundling %s: %w\n%s", name, err, failed.Stderr)
	}
	return script, err
}
