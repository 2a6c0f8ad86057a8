package page_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// refusals lists every scenario of the demo that no retry cures.
var refusals = []struct {
	scenario string
	kind     failure.Kind
	// says is in the message where that is not the kind's own.
	says string
	// outcome is what the page adds.
	outcome string
}{
	{scenario: "wrong-key", kind: failure.Auth},
	{scenario: "quota", kind: failure.UsageLimit},
	{scenario: "forbidden", kind: failure.Permission},
	{scenario: "no-model", kind: failure.ModelNotFound},
	{scenario: "too-long", kind: failure.ContextExceeded},
	{scenario: "filtered", kind: failure.ContentFilter},
	{scenario: "bad-request", kind: failure.InvalidRequest},
	{scenario: "long-wait", kind: failure.RateLimit, says: "It asks to wait 24 hours.", outcome: "The provider asks to wait until "},
	{scenario: "web-page", kind: failure.InvalidRequest, says: "web page"},
}

// TestFailsAtOnce: what a retry cannot cure is shown at once, without one, with
// a button to try again.
func TestFailsAtOnce(t *testing.T) {
	t.Parallel()
	for _, provider := range demoProviders {
		t.Run(provider.choice, func(t *testing.T) {
			t.Parallel()
			server := site.NewDemo(t, 0)
			tb := openChat(t, server)
			for i, tt := range refusals {
				ask(tb, provider.choice, tt.scenario, "Hello")
				waitForState(tb, i+1, "failed", "retrying", "done")
			}
			passTime(tb, 5*time.Second) // longer than a first retry waits
			for i, tt := range refusals {
				seen := historyOf(tb, i+1)
				last := seen.last()
				assert.Equal(t, "failed", last.State, tt.scenario)
				assert.Empty(t, seen.Counted, tt.scenario)
				assert.True(t, last.Banner && !last.Pending, tt.scenario)
				if tt.says == "" {
					assert.Equal(t, site.Message(tt.kind, provider.id), last.Error, tt.scenario)
					assert.NotEmpty(t, last.Detail, tt.scenario)
				}
				assert.Contains(t, last.Error, tt.says, tt.scenario)
				assert.Contains(t, last.Outcome, tt.outcome, tt.scenario)
				assert.Contains(t, logOf(tb, i+1)[1], "("+string(tt.kind)+", ", tt.scenario)
				assert.Len(t, server.Asked("/"+tt.scenario+"/"), 1, "%s: requests, with those for a title", tt.scenario)
				assert.True(t, browser.Eval[bool](tb, browser.Element(reply(i+1, tryAgain))+".checkVisibility()"), tt.scenario)
			}
		})
	}
}
