package stream_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// ended is how a stream ended that was stopped.
type ended struct {
	Error library.Error            `json:"error"`
	Text  library.Error            `json:"text"`
	Same  bool                     `json:"same"`
	Last  event.ChatStreamStatus   `json:"last"`
	Log   []event.ChatStreamStatus `json:"log"`
}

// TestAbort stops streams in every way at every moment.
func TestAbort(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	tb.Call("takeTime")
	for _, moment := range []struct {
		name string
		step chattest.Step
		// most and least requests that the provider sees.
		least, most int
		gone        int
	}{
		{"already", chattest.DefaultReply(), 0, 0, 0},
		{"at once", chattest.Hang(), 0, 1, 0},
		{"connecting", chattest.Hang(), 1, 1, 1},
		{"stream", chattest.Stall(8), 1, 1, 1},
		{"wait", chattest.OpenAIServerErrorResponse(), 1, 1, 0},
	} {
		for _, way := range []string{"cancel", "abort", "reason"} {
			if moment.name == "already" && way == "cancel" {
				continue
			}
			t.Run(moment.name+"/"+way, func(t *testing.T) {
				provider := site.NewFake(t, chattest.OpenAIChat, moment.step)
				if moment.name == "connecting" {
					go func() {
						provider.WaitForRequests(t, site.ChatPath, 1)
						_, _ = browser.EvalWithin[bool](tb, browser.Patience, `(tests.stopConnecting(), true)`)
					}()
				}
				got := browser.Call[ended](tb, "stopAt", provider.URL+site.ChatPath, way, moment.name)
				assert.True(t, got.Same, "text() and the iteration fail with the same, the signal's reason")
				if way == "reason" {
					assert.Equal(t, "the page's own reason", got.Error.Message)
				} else {
					assert.Equal(t, "AbortError", got.Error.Name)
					assert.True(t, got.Error.IsError)
				}
				assert.Equal(t, event.PhaseCanceled, got.Last.Phase)
				assert.Equal(t, event.PhaseCanceled, got.Log[len(got.Log)-1].Phase)
				provider.WaitForGone(t, moment.gone)
				if moment.name == "wait" {
					tb.Call("passTime", 10_000) // longer than the wait would have been
				}
				requests := len(provider.Requests())
				assert.GreaterOrEqual(t, requests, moment.least)
				assert.LessOrEqual(t, requests, moment.most)
			})
		}
	}
}

// TestAlreadyAborted: a signal that has fired before the call sends nothing. The
// provider is of the page's own origin, where no question goes ahead of a
// request.
func TestAlreadyAborted(t *testing.T) {
	t.Parallel()
	page := site.New(t, library.Page(t, library.Policy, nil))
	tb := library.OpenAt(t, page.URL)
	names := browser.Call[[]string](tb, "manyAborted", page.URL+"/fake/openai/ok/run", 50)
	tb.Call("passTime", 0) // what was sent would have come by then
	assert.Empty(t, page.Asked("/fake/"))
	assert.Len(t, names, 50)
	for _, name := range names {
		assert.Equal(t, "AbortError", name)
	}
}

// TestAbortSignalOfRequest: a Request brings its own signal, as with fetch.
func TestAbortSignalOfRequest(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.Stall(8))
	tb := library.Open(t)
	name := browser.Call[string](tb, "abortRequest", provider.URL+site.ChatPath)
	assert.Equal(t, "TimeoutError", name)
	provider.WaitForGone(t, 1)
}

// TestAbortSignalTimeout: the deadline of a page covers all attempts.
func TestAbortSignalTimeout(t *testing.T) {
	t.Parallel()
	down := chattest.OpenAIServerErrorResponse()
	provider := site.NewFake(t, chattest.OpenAIChat, down, down, down, down)
	tb := library.Open(t)
	tb.Call("takeTime")
	name := browser.Call[string](tb, "timeOut", provider.URL+site.ChatPath, 1500)
	assert.Equal(t, "TimeoutError", name)
	tb.Call("passTime", 10_000)
	assert.LessOrEqual(t, len(provider.Requests()), 2)
}

// TestBreak: leaving the loop ends the request, without an error anywhere.
func TestBreak(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"break", "throw"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			provider := site.NewFake(t, chattest.OpenAIChat, chattest.Stall(8))
			tb := library.Open(t)
			phase := browser.Call[string](tb, "leaveLoop", provider.URL+site.ChatPath, how)
			assert.Equal(t, "canceled", phase)
			provider.WaitForGone(t, 1)
			assert.Len(t, provider.Requests(), 1)
		})
	}
}

// TestAbortLeavesNothing: signals that outlive many streams keep nothing of
// them. A listener that stays would keep each stream in memory.
func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	left := browser.Call[int](library.Open(t), "listenersLeft", provider.URL+site.ChatPath)
	assert.Zero(t, left)
}

// TestSlowReader: a page that takes its time with each event is no silence of
// the provider.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.Reply(chattest.DefaultText, chattest.Pace(20*time.Millisecond)))
	got := browser.Call[library.Seen](library.Open(t), "readSlowly", provider.URL+site.ChatPath, 1500)
	assert.Empty(t, got.Retries)
	assert.Equal(t, chattest.DefaultText, got.Text)
}
