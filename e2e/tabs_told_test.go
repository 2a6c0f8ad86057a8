package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
)

// TestTabsToldAtOnce: tabs that are told to wait in the same moment, each for its
// own key, both leave word for those that begin later.
func TestTabsToldAtOnce(t *testing.T) {
	t.Parallel()
	const rounds = 5
	page, fake := apiPage(t, apiPolicy, nil), chattest.NewScript()
	limit := chattest.OpenAIRateLimitResponse("100")
	fake.Then = &limit
	refuse := chattest.OpenAIChat(fake)
	// Both answers of a round leave together.
	pairs := make(chan chan struct{}, 1)
	server := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != chatPath {
			page.ServeHTTP(w, r)
			return
		}
		select {
		case other := <-pairs:
			close(other)
		default:
			mine := make(chan struct{})
			select {
			case pairs <- mine:
				select {
				case <-mine:
				case <-r.Context().Done():
				}
			case other := <-pairs:
				close(other)
			}
		}
		refuse.ServeHTTP(w, r)
	}))
	tabs := openShared(t, server, 2)
	for i := range rounds {
		for n, tb := range tabs {
			begin(tb, fmt.Sprint("sk-", n, "-", i))
		}
		for _, tb := range tabs {
			waitForStream(tb, i, event.PhaseRetrying)
		}
	}
	asked := len(server.asked(chatPath))
	later := newTabBeside(tabs[0])
	navigate(later, server.URL)
	waitFor(later, `globalThis.retrystream`, actionTimeout)
	eval[chromedp.Void](later, readScript)
	eval[chromedp.Void](later, tabsScript)
	for i := range rounds {
		for n := range tabs {
			begin(later, fmt.Sprint("sk-", n, "-", i))
		}
	}
	waitFor(later, `streams.every(({ stream }) => stream.status.phase === "retrying")`, actionTimeout)
	assert.Equal(t, asked, len(server.asked(chatPath)), "sent although it was to wait")
	for _, tb := range append(tabs, later) {
		eval[chromedp.Void](tb, `streams.forEach(({ stream }) => stream.cancel())`)
	}
}

// TestTabsToldWhileLoading: a reply that is there is read, though another tab was
// told to wait while the module was loaded.
func TestTabsToldWhileLoading(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	var slow atomic.Bool
	release := make(chan struct{})
	page := apiPage(t, apiPolicy, nil)
	fake := chattest.OpenAIChat(chattest.NewScript(chattest.DefaultReply(), chattest.OpenAIRateLimitResponse("300")))
	server := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == chatPath:
			fake.ServeHTTP(w, r)
			return
		case slow.Load() && strings.HasSuffix(r.URL.Path, ".wasm"):
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
		page.ServeHTTP(w, r)
	}))
	tabs := openShared(t, server, 2)
	eval[chromedp.Void](tabs[1], `retrystream.init()`)
	slow.Store(true)
	begin(tabs[0], key) // sent at once
	server.waitForRequests(t, chatPath, 1)
	waitFor(tabs[0], `sent[0] && sent[0].head > 0`, actionTimeout)
	begin(tabs[1], key) // refused
	waitForStream(tabs[1], 0, event.PhaseRetrying)
	close(release)
	assert.Equal(t, chattest.DefaultText, finished(tabs[0], 0).Text)
	// The hold stands: that reply was asked for before it.
	assert.Equal(t, "retrying", eval[string](tabs[1], `streams[0].stream.status.phase`))
	eval[chromedp.Void](tabs[1], `streams[0].stream.cancel()`)
}
