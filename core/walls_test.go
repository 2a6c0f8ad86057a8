//go:build !js

// Package core_test holds the walls between the packages, so that nobody has to
// remember them.
package core_test

import (
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/retrystream/retrystream/"

// list returns what go list prints for js/wasm, a line each.
func list(t *testing.T, args ...string) []string {
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := cmd.Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}

func TestCoreKnowsNoBrowser(t *testing.T) {
	for _, line := range list(t, "-f", `{{.ImportPath}}:{{join .Imports ","}},{{join .TestImports ","}},{{join .XTestImports ","}}`, "./core/...") {
		pkg, imports, _ := strings.Cut(line, ":")
		for _, imported := range strings.Split(imports, ",") {
			assert.NotEqual(t, path.Join("syscall", "js"), imported, pkg)
			assert.False(t, strings.HasPrefix(imported, "github.com/hack-pad/"), pkg)
		}
	}
}

func TestTheModuleStaysSmall(t *testing.T) {
	deps := list(t, "-deps", "./wasm")
	require.Contains(t, deps, module+"core/stream")
	assert.NotContains(t, deps, module+"core/retryhttp")
	for _, heavy := range []string{"net/http", "net/url", "net", "encoding/json", "regexp", "log", "log/slog", "crypto/tls", "math/big"} {
		assert.NotContains(t, deps, heavy, "every page would load it")
	}
}

func TestImportsRunDownwards(t *testing.T) {
	// Each package and what it may import of this module.
	allowed := map[string][]string{
		"core/failure":             {"core/internal/ascii", "core/internal/jsonobject", "core/internal/redact"},
		"core/sse":                 {},
		"core/internal/ascii":      {},
		"core/internal/jsonobject": {},
		"core/internal/jsonscan":   {},
		"core/internal/dialect":    {"core/internal/ascii", "core/internal/jsonscan", "core/sse"},
		"core/internal/resume":     {"core/internal/dialect", "core/sse"},
		"core/internal/template":   {"core/internal/jsonscan", "core/sse"},
		"core/internal/redact":     {"core/internal/ascii"},
		"core/event":               {"core/failure", "core/internal/jsonobject"},
		"core/retry":               {"core/failure", "core/internal/jsonobject"},
		"core/provider": {
			"core/failure", "core/internal/ascii", "core/internal/dialect", "core/internal/jsonscan",
			"core/internal/resume", "core/internal/template", "core/sse",
		},
		"core/wait":      {},
		"core/stream":    {"core/wait", "core/event", "core/failure", "core/provider", "core/retry", "core/sse"},
		"core/chattest":  {"core/sse"},
		"core/retryhttp": {"core/event", "core/failure", "core/provider", "core/stream", "core/wait"},
		"wasm/border":    {"core/provider", "core/retry", "core/stream"},
		"wasm":           {"core/event", "core/provider", "core/stream", "core/wait", "wasm/border"},
	}
	seen := 0
	for _, line := range list(t, "-f", `{{.ImportPath}}:{{join .Imports ","}}`, "./core/...", "./wasm/...") {
		pkg, imports, _ := strings.Cut(strings.TrimPrefix(line, module), ":")
		may, known := allowed[pkg]
		if pkg == "core" {
			continue // this test
		}
		require.True(t, known, "%s has no place in the house yet: give it one here and in ARCHITECTURE.md", pkg)
		seen++
		for _, imported := range strings.Split(imports, ",") {
			if inside, ok := strings.CutPrefix(imported, module); ok {
				assert.True(t, slices.Contains(may, inside), "%s must not import %s", pkg, inside)
			}
		}
	}
	assert.Equal(t, len(allowed), seen)
}
