package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGeneratedTypesAreFresh(t *testing.T) {
	want, err := generate()
	require.NoError(t, err)
	got, err := os.ReadFile("../../web/src/types.gen.ts")
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "web/src/types.gen.ts is stale: run make types")
}
