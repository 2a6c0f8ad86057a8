package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGoSupport: web/src/module/go.ts does what Go's own support code does. Where that
// has changed, look whether it concerns a function there, then change the sum.
func TestGoSupport(t *testing.T) {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	script, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(goroot)), "lib/wasm/wasm_exec.js"))
	require.NoError(t, err)
	sum := sha256.Sum256(script)
	assert.Equal(t, "0c949f4996f9a89698e4b5c586de32249c3b69b7baadb64d220073cc04acba14", hex.EncodeToString(sum[:]), "lib/wasm/wasm_exec.js has changed: see what it means for web/src/module/go.ts")
}

func TestCheckSupport(t *testing.T) {
	t.Chdir("../..")
	assert.NoError(t, checkSupport([]string{"runtime.nanotime1", "syscall/js.valueGet", "syscall/js.valueSet"}))
	assert.ErrorContains(t, checkSupport([]string{"syscall/js.valueInvoke"}), "the module imports syscall/js.valueInvoke")
}
