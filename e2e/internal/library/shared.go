package library

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// headTakes is long enough for two requests at once to be told from one after the other.
const headTakes = 100 * time.Millisecond

// NewShared serves the page and a fake of the OpenAI chat API on one origin, whose heads
// take their time.
func NewShared(t testing.TB, steps ...chattest.Step) *site.Site {
	t.Helper()
	page, fake := Page(t, Policy, nil), chattest.OpenAIChat(chattest.NewScript(steps...))
	return site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != site.ChatPath {
			page.ServeHTTP(w, r)
			return
		}
		select {
		case <-time.After(headTakes):
		case <-r.Context().Done():
		}
		fake.ServeHTTP(w, r)
	}))
}

// OpenShared opens n tabs of one browser that have the page. Each keeps a record of
// what it sends and leaves where others can see it: see page/tabs.ts.
func OpenShared(t testing.TB, server *site.Site, n int) []*browser.Tab {
	t.Helper()
	owner := browser.NewTab(t) // of what they share, whichever of them closes
	var tabs []*browser.Tab
	for range n {
		tabs = append(tabs, OpenBeside(owner, server))
	}
	return tabs
}

// OpenBeside opens one more.
func OpenBeside(tb *browser.Tab, server *site.Site) *browser.Tab {
	tb.T.Helper()
	other := tb.Beside()
	Show(other, server.URL)
	other.Call("keepRecord")
	return other
}

// SharedStream is what came of a stream of begin in page/tabs.ts.
type SharedStream struct {
	Text     string                   `json:"text"`
	Statuses []event.ChatStreamStatus `json:"statuses"`
	Error    *Error                   `json:"error"`
}

// Begin starts a stream in the tab.
func Begin(tb *browser.Tab, key string, options ...map[string]any) {
	tb.T.Helper()
	tb.Call("begin", site.ChatPath, key, joined(options))
}

// WaitForStream waits until the tab's nth stream is in the phase.
func WaitForStream(tb *browser.Tab, n int, phase event.Phase) {
	tb.T.Helper()
	tb.WaitFor(fmt.Sprintf(`tests.streams[%d].stream.status.phase === %q`, n, phase))
}

// Finished waits for the tab's nth stream to end, and returns what came of it.
func Finished(tb *browser.Tab, n int) SharedStream {
	tb.T.Helper()
	tb.WaitFor(fmt.Sprintf(`tests.streams[%d].over`, n))
	return browser.Call[SharedStream](tb, "outcome", n)
}

// CancelAll stops all streams of the tab.
func CancelAll(tb *browser.Tab) {
	tb.T.Helper()
	tb.Run(`tests.streams.forEach(({ stream }) => stream.cancel())`)
}

// CheckLeftBehind checks that a tab whose streams have ended holds nothing that
// others could see, and that a key never could.
func CheckLeftBehind(t *testing.T, tb *browser.Tab, secrets ...string) {
	t.Helper()
	tb.WaitFor(`tests.channels() === 0`)
	tb.WaitFor(`navigator.locks.query().then(({ held, pending }) => held.length + pending.length === 0)`)
	seen := browser.Eval[string](tb, `tests.shown.join("\n") + JSON.stringify(localStorage)`)
	for _, secret := range secrets {
		assert.NotContains(t, seen, secret)
	}
}
