package gotest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
)

// goTestTimeout bounds the tests of one package in the browser. The test
// binary gets a little less, because its own timeout prints the goroutines.
const goTestTimeout = 10 * time.Minute

// goTestResult is what runGoTests in page/index.ts resolves to.
type goTestResult struct {
	Code   int    `json:"code"`
	Output string `json:"output"`
}

// TestGoTests runs the tests, examples and fuzz seeds of the core, unchanged,
// in the browser. The core decides there, and Node, where `go test` can run
// WebAssembly too, differs from it in timers and in the way a module is loaded.
func TestGoTests(t *testing.T) {
	t.Parallel()
	packages := wasmTestPackages(t)
	require.NotEmpty(t, packages)
	goroot := strings.TrimSpace(goTool(t, "env", "GOROOT"))
	args := []string{"-test.timeout=" + (goTestTimeout - 10*time.Second).String()}
	pattern := os.Getenv("WASM_RUN")
	if pattern != "" {
		args = append(args, "-test.run="+pattern, "-test.v")
	}

	for _, pkg := range packages {
		_, name, _ := strings.Cut(pkg, "/core/")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := runGoTests(t, goroot, "./core/"+name, args...)
			if pattern != "" {
				t.Log("\n" + result.Output)
			}
			passed := result.Code == 0 && strings.Contains(result.Output, "PASS")
			// A pattern may well match nothing in a package.
			ran := pattern != "" || !strings.Contains(result.Output, "no tests to run")
			if !passed || !ran {
				t.Errorf("%s in the browser: exit code %d\n%s", pkg, result.Code, result.Output)
			}
		})
	}
}

// TestGoTestsFail proves that TestGoTests can fail, that examples and the files
// of fuzz targets are among what it runs, and that Go's timers go off.
func TestGoTestsFail(t *testing.T) {
	t.Parallel()
	goroot := strings.TrimSpace(goTool(t, "env", "GOROOT"))
	result := runGoTests(t, goroot, "./e2e/gotest/testdata/failing")
	assert.Equal(t, 1, result.Code)
	for _, want := range []string{
		"waited at least 10ms: true",
		"no such file: true",
		"fuzzed with seed from the code",
		"fuzzed with seed from a file",
		"example got this\nand that\n",
		"\nFAIL\n",
	} {
		assert.Contains(t, result.Output, want)
	}
}

// readTestdata returns the files in the folder testdata of a package by their
// path from the package, which is where its tests look for them.
func readTestdata(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, "testdata", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(root, path)
		return err
	})
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(t, err)
	}
	return files
}

// runGoTests builds the tests of a package, named by its folder relative to the
// root of the module, and runs them in a new tab with the arguments. The page
// is served under the policy users are told to set, which thereby is known to
// be enough for a Go module.
func runGoTests(t *testing.T, goroot, pkg string, args ...string) goTestResult {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "gotest.wasm")
	goTool(t, "test", "-c", "-ldflags=-s -w", "-o", binary, pkg)
	served := map[string]string{
		"/":             "page/index.html",
		"/wasm_exec.js": filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"),
		"/gotest.wasm":  binary,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, ok := served[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'")
		http.ServeFile(w, r, file)
	}))
	t.Cleanup(server.Close)

	jsArgs, err := json.Marshal(append([]string{}, args...))
	require.NoError(t, err)
	jsFiles, err := json.Marshal(readTestdata(t, project.Path(pkg)))
	require.NoError(t, err)
	tb := browser.Open(t, server.URL)
	tb.Load()
	result, err := browser.EvalWithin[goTestResult](tb, goTestTimeout, fmt.Sprintf("tests.runGoTests(%s, %s)", jsArgs, jsFiles))
	require.NoError(t, err)
	return result
}

// wasmTestPackages lists the packages of the core that have tests for the
// browser, without the fake providers and the HTTP transport: those need a network.
func wasmTestPackages(t *testing.T) []string {
	t.Helper()
	list := goTool(t, "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}", "./core/...")
	var packages []string
	for _, pkg := range strings.Fields(list) {
		if !strings.Contains(pkg+"/", "/core/chattest/") && !strings.Contains(pkg+"/", "/core/retryhttp/") {
			packages = append(packages, pkg)
		}
	}
	return packages
}

// goTool runs the go command for js/wasm in the root of the module and returns
// what it prints.
func goTool(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = project.Root()
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	require.NoErrorf(t, err, "go %s\n%s", strings.Join(args, " "), &stderr)
	return string(stdout)
}
