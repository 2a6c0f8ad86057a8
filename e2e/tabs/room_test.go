package tabs_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestBeforeRetryKeepsRoom: a stream whose key was changed waits with those that
// have the new key, and no more with those that have the old.
func TestBeforeRetryKeepsRoom(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.OpenAIServerErrorResponse(), chattest.OpenAIRateLimitResponse("60"))
	tabs := library.OpenShared(t, server, 2)
	tabs[0].Call("beginWithNewKey", site.ChatPath, "sk-old", "sk-new")
	tabs[0].WaitFor(`tests.streams[0].stream.status.kind === "rate_limit"`)
	library.Begin(tabs[0], "sk-old")
	library.Begin(tabs[1], "sk-old")
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[0], 1).Text)
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[1], 0).Text)
	library.Begin(tabs[0], "sk-new")
	library.Begin(tabs[1], "sk-new")
	library.WaitForStream(tabs[0], 2, "retrying")
	library.WaitForStream(tabs[1], 1, "retrying")
	for _, tb := range tabs {
		library.CancelAll(tb)
		library.CheckLeftBehind(t, tb, "sk-")
	}
	assert.Len(t, server.AskedWith("sk-new"), 1)
}
