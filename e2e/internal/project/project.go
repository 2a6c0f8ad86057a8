// Package project knows where the files of the project are, for tests that run in
// folders of their own, and what of them has to be built first.
package project

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Root returns the project's folder, where go.mod, index.html and web/dist lie.
func Root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	panic("the tests do not run in the project")
}

// Path returns the path of a file of the project, named from its root.
func Path(name string) string { return filepath.Join(Root(), filepath.FromSlash(name)) }

// Built fails the test with the command that helps when web/dist is missing.
func Built(t testing.TB) {
	t.Helper()
	if _, err := os.Stat(Path("web/dist/retrystream.wasm")); err != nil {
		t.Fatalf("the project is not built (run `make web`): %v", err)
	}
}

// PageScript returns the script that the test package's tests run in pages: its
// page/index.ts, bundled.
func PageScript(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(Path("e2e"), dir)
	if err != nil {
		t.Fatal(err)
	}
	bundle := Path(".cache/e2e/" + strings.ReplaceAll(filepath.ToSlash(name), "/", "-") + ".js")
	info, err := os.Stat(bundle)
	if err != nil {
		t.Fatalf("the pages' scripts are not bundled (run `make e2e-pages`): %v", err)
	}
	if newer := changedSince(t, info.ModTime()); newer != "" {
		t.Fatalf("%s has changed since the pages' scripts were bundled: run `make e2e-pages`", newer)
	}
	script, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// changedSince returns a file that bundles are made of and that has changed since.
func changedSince(t testing.TB, since time.Time) (newer string) {
	t.Helper()
	sources, err := filepath.Glob(Path("e2e/*/page/*.ts"))
	if err != nil {
		t.Fatal(err)
	}
	inner, err := filepath.Glob(Path("e2e/internal/*/page/*.ts"))
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range append(sources, inner...) {
		var info fs.FileInfo
		if info, err = os.Stat(source); err == nil && info.ModTime().After(since) {
			return source
		}
	}
	return ""
}
