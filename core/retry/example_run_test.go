//go:build !js

package retry_test

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestExampleRetry runs the example in virtual time, which examples lack.
func TestExampleRetry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	out, err := os.Create(path)
	require.NoError(t, err)
	was := os.Stdout
	os.Stdout = out
	synctest.Test(t, func(*testing.T) { ExampleRetry() })
	os.Stdout = was
	require.NoError(t, out.Close())
	got, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "attempt 1: The AI provider is temporarily overloaded. Retrying in 1s.\nanswered\n", string(got))
}
