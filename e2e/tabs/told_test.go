package tabs_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestTabsToldAtOnce: tabs that are told to wait in the same moment, each for its
// own key, both leave word for those that begin later.
func TestTabsToldAtOnce(t *testing.T) {
	t.Parallel()
	const rounds = 5
	page, fake := library.Page(t, library.Policy, nil), chattest.NewScript()
	limit := chattest.OpenAIRateLimitResponse("100")
	fake.Then = &limit
	refuse := chattest.OpenAIChat(fake)
	// Both answers of a round leave together.
	pairs := make(chan chan struct{}, 1)
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != site.ChatPath {
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
	tabs := library.OpenShared(t, server, 2)
	for i := range rounds {
		for n, tb := range tabs {
			library.Begin(tb, fmt.Sprint("sk-", n, "-", i))
		}
		for _, tb := range tabs {
			library.WaitForStream(tb, i, event.PhaseRetrying)
		}
	}
	asked := len(server.Asked(site.ChatPath))
	later := library.OpenBeside(tabs[0], server)
	for i := range rounds {
		for n := range tabs {
			library.Begin(later, fmt.Sprint("sk-", n, "-", i))
		}
	}
	later.WaitFor(`tests.streams.every(({ stream }) => stream.status.phase === "retrying")`)
	assert.Equal(t, asked, len(server.Asked(site.ChatPath)), "sent although it was to wait")
	for _, tb := range append(tabs, later) {
		library.CancelAll(tb)
	}
}

// TestTabsToldWhileLoading: a reply that is there is read, though another tab was
// told to wait while the module was loaded.
func TestTabsToldWhileLoading(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	var slow atomic.Bool
	release := make(chan struct{})
	page := library.Page(t, library.Policy, nil)
	fake := chattest.OpenAIChat(chattest.NewScript(chattest.DefaultReply(), chattest.OpenAIRateLimitResponse("300")))
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == site.ChatPath:
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
	tabs := library.OpenShared(t, server, 2)
	tabs[1].Run(`retrystream.init()`)
	slow.Store(true)
	library.Begin(tabs[0], key) // sent at once
	server.WaitForRequests(t, site.ChatPath, 1)
	tabs[0].WaitFor(`tests.sent[0]?.head > 0`)
	library.Begin(tabs[1], key) // refused
	library.WaitForStream(tabs[1], 0, event.PhaseRetrying)
	close(release)
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[0], 0).Text)
	// The hold stands: that reply was asked for before it.
	assert.Equal(t, "retrying", browser.Eval[string](tabs[1], `tests.streams[0].stream.status.phase`))
	tabs[1].Run(`tests.streams[0].stream.cancel()`)
}
