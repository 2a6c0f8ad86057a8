package module_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// crashes are the ways to break a module that runs, by their names in page/index.ts.
var crashes = []string{"panic in an export", "exit", "trap in an export", trapLater}

const trapLater = "trap in the program"

// TestCrash breaks the module under several streams: one that reads, one that
// waits for its response and one that waits for its retry. All fail with an
// error that says so, and the next call has a module that works.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, crash := range crashes {
		t.Run(crash, func(t *testing.T) {
			t.Parallel()
			doomed := make(chan struct{})
			rest := chattest.PingsOnly(4, 10*time.Millisecond, chattest.Until(doomed))
			if crash == trapLater { // the reply must come to its end
				rest = chattest.RawInStream(4, "data: [DONE]\n\n", chattest.Until(doomed))
			}
			reading := site.NewFake(t, chattest.OpenAIChat, rest)
			silent := site.NewFake(t, chattest.OpenAIChat, chattest.Hang())
			busy := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIErrorResponse(429, "requests", "rate_limit_exceeded", "Please try again in 250s."))
			tb := library.Open(t)
			tb.Allow("exit code") // Go's own words on an exit
			tb.Call("prepare", crash)
			tb.Call("start", reading.URL+site.ChatPath, silent.URL+site.ChatPath, busy.URL+site.ChatPath)
			silent.WaitForRequests(t, site.ChatPath, 1)
			tb.WaitFor(`tests.reading && tests.running[2].status.phase === "retrying"`)
			tb.Call("doom")
			close(doomed)

			for i, got := range browser.Call[[]library.Seen](tb, "outcomes") {
				require.NotNilf(t, got.Error, "stream %d", i)
				library.CheckModuleError(t, *got.Error)
				assert.Contains(t, got.Error.Message, "bug")
				assert.Equal(t, "failed", string(got.Statuses[len(got.Statuses)-1].Phase))
			}
			silent.WaitForGone(t, 1)
			if crash != trapLater {
				reading.WaitForGone(t, 1)
			}

			next := site.NewFake(t, chattest.OpenAIChat)
			got := library.Read(tb, next.URL+site.ChatPath)
			require.Nil(t, got.Error)
			assert.Equal(t, chattest.DefaultText, got.Text)
			assert.Equal(t, 2, browser.Eval[int](tb, `memories.length`))
			assert.Len(t, busy.Requests(), 1, "no request after the crash")
		})
	}
}
