package stream_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
)

// TestTextInBlocks: the module hands over the text in blocks where nobody wants
// more. However a reply ends, none of it stays behind, and none comes twice.
func TestTextInBlocks(t *testing.T) {
	t.Parallel()
	wrong := browser.Call[[]string](library.OpenBodies(t), "readInBlocks")
	assert.Empty(t, wrong)
}
