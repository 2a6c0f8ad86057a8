//go:build !js

package stream_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUIMessageStreamIsFresh has the package ai write its streams once more: what is
// tested here is what it sends today.
func TestUIMessageStreamIsFresh(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not installed")
	}
	if _, err := os.Stat("../../e2e/sdk/node_modules/ai"); err != nil {
		t.Skip("the SDKs are not installed: npm ci in e2e/sdk")
	}
	cmd := exec.Command(node, "../../e2e/sdk/ui-stream.mjs")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, string(out), uiMessageStream,
		"write it again: node e2e/sdk/ui-stream.mjs > core/stream/testdata/ui-message-stream.jsonl")
}
