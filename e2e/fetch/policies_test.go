package fetch_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestPolicies_relayed: an SDK sees neither an empty reply that is replaced, nor an error
// after what its server ended.
func TestPolicies_relayed(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for name, tt := range map[string]struct {
		steps    []chattest.Step
		requests int
		want     string
	}{
		"empty, then good":      {[]chattest.Step{library.ChatBody("stop", ""), library.ChatBody("stop", "Good")}, 2, string(library.ChatBody("stop", "Good").Body)},
		"empty again and again": {[]chattest.Step{library.ChatBody("stop", ""), library.ChatBody("stop", ""), library.ChatBody("stop", "")}, 3, string(library.ChatBody("stop", "").Body)},
		"no reason to finish":   {[]chattest.Step{library.ChatBody("", "Half"), library.ChatBody("stop", "Good")}, 1, string(library.ChatBody("", "Half").Body)},
	} {
		t.Run(name, func(t *testing.T) {
			provider := site.NewFake(t, chattest.OpenAIChat, tt.steps...)
			got := library.Relay(tb, provider.URL+"/v1/chat/completions")
			assert.Nil(t, got.Error)
			assert.Equal(t, tt.want, got.Text)
			assert.Len(t, provider.Requests(), tt.requests)
		})
	}
}
