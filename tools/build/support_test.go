package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func goScript(t *testing.T) string {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib/wasm/wasm_exec.js"))
	require.NoError(t, err)
	return string(script)
}

func TestGoSupport(t *testing.T) {
	imports := []string{"runtime.nanotime1", "runtime.scheduleTimeoutEvent", "syscall/js.valueGet"}
	source, err := goSupport(goScript(t), imports)
	require.NoError(t, err)
	for _, kept := range []string{`"runtime.nanotime1": (sp)`, `"syscall/js.valueGet": (sp)`, "async run(instance)", "_resume()", "_pendingEvent", "return globalThis.Go;"} {
		assert.Contains(t, source, kept)
	}
	for _, gone := range []string{`"runtime.scheduleTimeoutEvent"`, `"syscall/js.valueCall"`, "_makeFuncWrapper", "_gotest", "testCallExport", "globalThis.fs =", "enosys", "argvPtrs", "instanceof WebAssembly.Instance"} {
		assert.NotContains(t, source, gone)
	}
}

// TestGoSupportChanged: what is not as expected is an error, and no broken script.
func TestGoSupportChanged(t *testing.T) {
	script := goScript(t)
	for _, lost := range []string{"const enosys =", "const encoder =", "const timeOrigin =", "_gotest: {", "_makeFuncWrapper(id) {", "// Pass command line arguments", "exports.run(argc, argv)", `"runtime.clearTimeoutEvent"`} {
		_, err := goSupport(strings.ReplaceAll(script, lost, "changed"), nil)
		assert.ErrorIs(t, err, errSupport, lost)
	}
	_, err := goSupport(script, []string{"runtime.newFunction"})
	assert.ErrorContains(t, err, "no function runtime.newFunction")
}
