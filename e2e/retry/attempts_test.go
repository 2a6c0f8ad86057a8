package retry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestMaxAttempts: the limits count each request, even where it got the reply
// further, or only those that did not.
func TestMaxAttempts(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for name, tt := range map[string]struct {
		options  map[string]any
		requests int
		whole    bool
	}{
		"maxAttempts":                         {map[string]any{"maxAttempts": 3}, 3, false},
		"maxFruitlessAttempts, none was":      {map[string]any{"maxFruitlessAttempts": 1}, 5, true},
		"maxFruitlessAttempts, starting over": {map[string]any{"maxFruitlessAttempts": 2, "partial": "restart"}, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			further := chattest.EndEarly(2)
			provider := site.NewFake(t, chattest.OpenAIResponses, chattest.EndEarly(8, chattest.Background()), further, further, further, chattest.Continue())
			got := library.Read(tb, provider.URL+"/v1/responses", resume, tt.options)
			assert.Len(t, provider.Requests(), tt.requests)
			if tt.whole {
				require.Nil(t, got.Error)
				assert.Equal(t, chattest.DefaultText, got.Text)
				return
			}
			require.NotNil(t, got.Error)
			assert.Equal(t, tt.requests, got.Error.Attempts)
		})
	}
}
