package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generateAll("..")
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile("../" + name)
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "%s is stale: run make docs (make types for this one alone)", name)
	}
}
