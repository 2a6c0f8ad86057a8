package e2e

import (
	_ "embed"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/api/tabs.js
var tabsScript string

// sent is a request as the tab saw it, in milliseconds since 1970: when it had
// the turn that it was sent in (0 for none), when it was sent and when its head
// came.
type sent struct {
	Turn int64 `json:"turn"`
	Sent int64 `json:"sent"`
	Head int64 `json:"head"`
}

// sharedStream is what came of a stream of begin in testdata/api/tabs.js.
type sharedStream struct {
	Text     string                   `json:"text"`
	Statuses []event.ChatStreamStatus `json:"statuses"`
	Error    *streamError             `json:"error"`
}

// newSharedSite serves the library and a fake of the OpenAI chat API on one
// origin. A head takes its time, so that two requests at once can be told.
func newSharedSite(t *testing.T, steps ...chattest.Step) *site {
	t.Helper()
	page, fake := apiPage(t, apiPolicy, nil), chattest.OpenAIChat(chattest.NewScript(steps...))
	return newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != chatPath {
			page.ServeHTTP(w, r)
			return
		}
		time.Sleep(100 * time.Millisecond)
		fake.ServeHTTP(w, r)
	}))
}

// openShared opens n tabs of one browser that have the library.
func openShared(t *testing.T, server *site, n int) []*tab {
	t.Helper()
	owner := newTab(t) // of what they share, whichever of them closes
	var tabs []*tab
	for range n {
		tb := newTabBeside(owner)
		tabs = append(tabs, tb)
		navigate(tb, server.URL)
		waitFor(tb, `globalThis.retrystream`, actionTimeout)
		eval[chromedp.Void](tb, readScript)
		eval[chromedp.Void](tb, tabsScript)
	}
	return tabs
}

// begin starts a stream in the tab.
func begin(tb *tab, key string, options ...map[string]any) {
	tb.t.Helper()
	o := map[string]any{}
	if len(options) > 0 {
		o = options[0]
	}
	call[chromedp.Void](tb, `begin`, chatPath, key, o)
}

// waitForStream waits until the tab's nth stream is in the phase.
func waitForStream(tb *tab, n int, phase event.Phase) {
	tb.t.Helper()
	waitFor(tb, fmt.Sprintf(`streams[%d].stream.status.phase === %q`, n, phase), actionTimeout)
}

// finished waits for the tab's nth stream to end, and gives what came of it.
func finished(tb *tab, n int) sharedStream {
	tb.t.Helper()
	waitFor(tb, fmt.Sprintf(`streams[%d].over`, n), 2*actionTimeout)
	return eval[sharedStream](tb, fmt.Sprintf(`(({ text, statuses, error }) => ({ text, statuses, error }))(streams[%d])`, n))
}

// askedWith gives the chat requests with the key.
func (s *site) askedWith(key string) []chattest.Request {
	return slices.DeleteFunc(s.asked(chatPath), func(r chattest.Request) bool {
		return r.Header.Get("Authorization") != "Bearer "+key
	})
}

// checkTurns checks that the requests of all tabs that were sent in turn were
// sent one at a time: each when the head of the one before had come, or its turn
// was over.
func checkTurns(t *testing.T, tabs []*tab, want int) {
	t.Helper()
	var all []sent
	for _, tb := range tabs {
		for _, one := range eval[[]sent](tb, `sent`) {
			if one.Turn > 0 {
				all = append(all, one)
			}
		}
	}
	assert.Len(t, all, want, "requests in turn")
	slices.SortFunc(all, func(a, b sent) int { return int(a.Turn - b.Turn) })
	for i := 1; i < len(all); i++ {
		before, one := all[i-1], all[i]
		assert.Truef(t, one.Turn >= before.Head || one.Turn >= before.Turn+1000, "%+v was sent during the turn of %+v", one, before)
	}
}

// checkLeftBehind checks that a tab whose streams have ended holds nothing that
// others could see, and that a key never could.
func checkLeftBehind(t *testing.T, tb *tab, secrets ...string) {
	t.Helper()
	waitFor(tb, `channels === 0`, actionTimeout)
	waitFor(tb, `navigator.locks.query().then(({ held, pending }) => held.length + pending.length === 0)`, actionTimeout)
	seen := eval[string](tb, `left.join("\n") + JSON.stringify(localStorage)`)
	for _, secret := range secrets {
		assert.NotContains(t, seen, secret)
	}
}

// TestTabsWait: what one tab is told, all tabs of the origin do that show the
// server the same key; afterwards they go one by one.
func TestTabsWait(t *testing.T) {
	const key, other = "sk-first-key", "sk-second-key"
	server := newSharedSite(t, chattest.CutAfterEvents(2, chattest.Pace(time.Second)), chattest.OpenAIRateLimitResponse("4"))
	tabs := openShared(t, server, 5)

	// One that runs when the word comes, and breaks later.
	begin(tabs[1], key, map[string]any{"delays": map[string]any{"maxMs": 1}})
	server.waitForRequests(t, chatPath, 1)
	begin(tabs[0], key)
	waitForStream(tabs[0], 0, event.PhaseRetrying)
	// One that has never asked, one with another key, and one by itself.
	begin(tabs[2], key)
	begin(tabs[3], other)
	begin(tabs[4], key, map[string]any{"shared": "none"})
	for _, i := range []int{1, 2} {
		waitForStream(tabs[i], 0, event.PhaseRetrying)
	}
	waitFor(tabs[1], `streams[0].stream.status.kind === "rate_limit"`, actionTimeout)
	until := eval[int64](tabs[2], `Date.parse(streams[0].stream.status.retrying_at)`)
	for _, i := range []int{3, 4} {
		got := finished(tabs[i], 0)
		assert.Equal(t, chattest.DefaultText, got.Text)
		assert.NotContains(t, fmt.Sprint(got.Statuses), event.PhaseRetrying)
	}
	require.Less(t, time.Now().UnixMilli(), until, "this machine is too slow for the test")
	assert.Len(t, server.askedWith(key), 3)

	for _, tb := range tabs[:3] {
		got := finished(tb, 0)
		assert.Nil(t, got.Error)
		assert.Equal(t, chattest.DefaultText, got.Text)
	}
	requests := server.askedWith(key)
	require.Len(t, requests, 6)
	for _, r := range requests[3:] {
		assert.GreaterOrEqual(t, r.Time.UnixMilli(), until)
	}
	held := finished(tabs[2], 0).Statuses[0]
	assert.Equal(t, event.PhaseRetrying, held.Phase)
	assert.Equal(t, failure.RateLimit, held.Kind)
	assert.Equal(t, 1, held.Attempt)
	assert.Equal(t, until, held.RetryingAt.UnixMilli())
	checkTurns(t, tabs, 3)
	for _, tb := range tabs {
		checkLeftBehind(t, tb, key, other, chattest.DefaultText, server.URL, "127.0.0.1")
	}
	assert.Len(t, strings.Split(eval[string](tabs[0], `localStorage["retrystream-salt"]`), "-"), 5)
}

// TestTabsRefusedAgain: whoever goes first may be told to wait again; then the
// others wait that long too, although the first wait of all is over.
func TestTabsRefusedAgain(t *testing.T) {
	const key = "sk-key"
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("1"), chattest.OpenAIRateLimitResponse("3"))
	tabs := openShared(t, server, 3)
	begin(tabs[0], key)
	waitForStream(tabs[0], 0, event.PhaseRetrying)
	for _, tb := range tabs[1:] {
		begin(tb, key)
		begin(tb, key)
	}
	for _, tb := range tabs {
		for i := range eval[int](tb, `streams.length`) {
			assert.Equal(t, chattest.DefaultText, finished(tb, i).Text)
		}
	}
	requests := server.askedWith(key)
	require.Len(t, requests, 7)
	assert.GreaterOrEqual(t, requests[2].Time.Sub(requests[1].Time), 3*time.Second)
	checkTurns(t, tabs, 6)
	for _, tb := range tabs {
		checkLeftBehind(t, tb, key)
	}
}

// setFrozen freezes the tab, as browsers do with tabs in the background, or wakes
// it. To be frozen it is hidden, and stays so.
func setFrozen(tb *tab, frozen bool) {
	tb.t.Helper()
	state := page.SetWebLifecycleStateStateActive
	if frozen {
		state = page.SetWebLifecycleStateStateFrozen
	}
	_, err := chromedp.Call(tb.ctx, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
	require.NoError(tb.t, err)
}

// TestTabsGone: a tab that is closed, or frozen, in its turn or before it, keeps
// nobody.
func TestTabsGone(t *testing.T) {
	const key = "sk-key"
	for _, tt := range []struct {
		name   string
		inTurn bool
		frozen bool
	}{
		{"closed in its turn", true, false},
		{"frozen in its turn", true, true},
		{"closed in the wait", false, false},
		{"frozen in the wait", false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			steps := []chattest.Step{chattest.OpenAIRateLimitResponse("4")}
			if tt.inTurn {
				steps = append(steps, chattest.Hang())
			}
			server := newSharedSite(t, steps...)
			tabs := openShared(t, server, 3)
			for _, tb := range tabs {
				begin(tb, key)
				waitForStream(tb, 0, event.PhaseRetrying)
			}
			gone := tabs[0]
			if tt.inTurn {
				server.waitForRequests(t, chatPath, 2)
				i := slices.IndexFunc(tabs, func(tb *tab) bool { return eval[bool](tb, `sent.at(-1)?.turn > 0`) })
				require.GreaterOrEqual(t, i, 0)
				gone = tabs[i]
			}
			if tt.frozen {
				setFrozen(gone, true)
			} else {
				closeTab(gone)
			}
			tabs = slices.DeleteFunc(tabs, func(tb *tab) bool { return tb == gone })
			for _, tb := range tabs {
				assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
			}
			checkTurns(t, tabs, 2)
			if tt.frozen {
				setFrozen(gone, false)
				eval[chromedp.Void](gone, `streams[0].stream.cancel()`)
				tabs = append(tabs, gone)
			}
			for _, tb := range tabs {
				checkLeftBehind(t, tb, key)
			}
		})
	}
}

// TestTabsServedEarly: who presses Retry now in the wait and is served frees the
// streams of all tabs, those that wait and those that come.
func TestTabsServedEarly(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("120"))
	tabs := openShared(t, server, 3)
	begin(tabs[0], key)
	waitForStream(tabs[0], 0, event.PhaseRetrying)
	begin(tabs[1], key)
	waitForStream(tabs[1], 0, event.PhaseRetrying)
	eval[chromedp.Void](tabs[1], `streams[0].stream.retryNow()`)
	assert.Equal(t, chattest.DefaultText, finished(tabs[1], 0).Text)
	for i, tb := range []*tab{tabs[1], tabs[2]} { // one that knew, and one that begins now
		begin(tb, key)
		assert.Equal(t, chattest.DefaultText, finished(tb, 1-i).Text)
	}
	// The one that was refused had its own delay, which is its own to shorten.
	eval[chromedp.Void](tabs[0], `streams[0].stream.retryNow()`)
	begin(tabs[0], key)
	for i := range 2 {
		assert.Equal(t, chattest.DefaultText, finished(tabs[0], i).Text)
	}
	for _, tb := range tabs {
		checkLeftBehind(t, tb, key)
	}
}
