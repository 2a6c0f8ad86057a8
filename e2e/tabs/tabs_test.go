package tabs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// sent is a request as the tab saw it, in milliseconds since 1970: when it had
// the turn that it was sent in (0 for none), when it was sent and when its head
// came.
type sent struct {
	Turn int64 `json:"turn"`
	Sent int64 `json:"sent"`
	Head int64 `json:"head"`
}

// checkTurns checks that the requests of all tabs that were sent in turn were
// sent one at a time: each when the head of the one before had come, or its turn
// was over.
func checkTurns(t *testing.T, tabs []*browser.Tab, want int) {
	t.Helper()
	var all []sent
	for _, tb := range tabs {
		for _, one := range browser.Eval[[]sent](tb, `tests.sent`) {
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

// TestTabsWait: what one tab is told, all tabs of the origin do that show the
// server the same key; afterwards they go one by one.
func TestTabsWait(t *testing.T) {
	const key, other = "sk-first-key", "sk-second-key"
	server := library.NewShared(t, chattest.CutAfterEvents(2, chattest.Pace(time.Second)), chattest.OpenAIRateLimitResponse("4"))
	tabs := library.OpenShared(t, server, 5)

	// One that runs when the word comes, and breaks later.
	library.Begin(tabs[1], key, map[string]any{"delays": map[string]any{"maxMs": 1}})
	server.WaitForRequests(t, site.ChatPath, 1)
	library.Begin(tabs[0], key)
	library.WaitForStream(tabs[0], 0, event.PhaseRetrying)
	// One that has never asked, one with another key, and one by itself.
	library.Begin(tabs[2], key)
	library.Begin(tabs[3], other)
	library.Begin(tabs[4], key, map[string]any{"shared": "none"})
	for _, i := range []int{1, 2} {
		library.WaitForStream(tabs[i], 0, event.PhaseRetrying)
	}
	tabs[1].WaitFor(`tests.streams[0].stream.status.kind === "rate_limit"`)
	until := browser.Eval[int64](tabs[2], `Date.parse(tests.streams[0].stream.status.retrying_at)`)
	for _, i := range []int{3, 4} {
		got := library.Finished(tabs[i], 0)
		assert.Equal(t, chattest.DefaultText, got.Text)
		assert.NotContains(t, fmt.Sprint(got.Statuses), event.PhaseRetrying)
	}
	require.Less(t, time.Now().UnixMilli(), until, "this machine is too slow for the test")
	assert.Len(t, server.AskedWith(key), 3)

	for _, tb := range tabs[:3] {
		got := library.Finished(tb, 0)
		assert.Nil(t, got.Error)
		assert.Equal(t, chattest.DefaultText, got.Text)
	}
	requests := server.AskedWith(key)
	require.Len(t, requests, 6)
	for _, r := range requests[3:] {
		assert.GreaterOrEqual(t, r.Time.UnixMilli(), until)
	}
	held := library.Finished(tabs[2], 0).Statuses[0]
	assert.Equal(t, event.PhaseRetrying, held.Phase)
	assert.Equal(t, failure.RateLimit, held.Kind)
	assert.Equal(t, 1, held.Attempt)
	assert.Equal(t, until, held.RetryingAt.UnixMilli())
	checkTurns(t, tabs, 3)
	for _, tb := range tabs {
		library.CheckLeftBehind(t, tb, key, other, chattest.DefaultText, server.URL, "127.0.0.1")
	}
	assert.Len(t, strings.Split(browser.Eval[string](tabs[0], `localStorage["retrystream-salt"]`), "-"), 5)
}

// TestTabsRefusedAgain: whoever goes first may be told to wait again; then the
// others wait that long too, although the first wait of all is over.
func TestTabsRefusedAgain(t *testing.T) {
	const key = "sk-key"
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("1"), chattest.OpenAIRateLimitResponse("3"))
	tabs := library.OpenShared(t, server, 3)
	library.Begin(tabs[0], key)
	library.WaitForStream(tabs[0], 0, event.PhaseRetrying)
	for _, tb := range tabs[1:] {
		library.Begin(tb, key)
		library.Begin(tb, key)
	}
	for _, tb := range tabs {
		for i := range browser.Eval[int](tb, `tests.streams.length`) {
			assert.Equal(t, chattest.DefaultText, library.Finished(tb, i).Text)
		}
	}
	requests := server.AskedWith(key)
	require.Len(t, requests, 7)
	assert.GreaterOrEqual(t, requests[2].Time.Sub(requests[1].Time), 3*time.Second)
	checkTurns(t, tabs, 6)
	for _, tb := range tabs {
		library.CheckLeftBehind(t, tb, key)
	}
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
			server := library.NewShared(t, steps...)
			tabs := library.OpenShared(t, server, 3)
			for _, tb := range tabs {
				library.Begin(tb, key)
				library.WaitForStream(tb, 0, event.PhaseRetrying)
			}
			gone := tabs[0]
			if tt.inTurn {
				server.WaitForRequests(t, site.ChatPath, 2)
				i := slices.IndexFunc(tabs, func(tb *browser.Tab) bool { return browser.Eval[bool](tb, `tests.sent.at(-1)?.turn > 0`) })
				require.GreaterOrEqual(t, i, 0)
				gone = tabs[i]
			}
			if tt.frozen {
				gone.SetFrozen(true)
			} else {
				gone.Close()
			}
			tabs = slices.DeleteFunc(tabs, func(tb *browser.Tab) bool { return tb == gone })
			for _, tb := range tabs {
				assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
			}
			checkTurns(t, tabs, 2)
			if tt.frozen {
				gone.SetFrozen(false)
				gone.Run(`tests.streams[0].stream.cancel()`)
				tabs = append(tabs, gone)
			}
			for _, tb := range tabs {
				library.CheckLeftBehind(t, tb, key)
			}
		})
	}
}

// TestTabsServedEarly: who presses Retry now in the wait and is served frees the
// streams of all tabs, those that wait and those that come.
func TestTabsServedEarly(t *testing.T) {
	t.Parallel()
	const key = "sk-key"
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("120"))
	tabs := library.OpenShared(t, server, 3)
	library.Begin(tabs[0], key)
	library.WaitForStream(tabs[0], 0, event.PhaseRetrying)
	library.Begin(tabs[1], key)
	library.WaitForStream(tabs[1], 0, event.PhaseRetrying)
	tabs[1].Run(`tests.streams[0].stream.retryNow()`)
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[1], 0).Text)
	for i, tb := range []*browser.Tab{tabs[1], tabs[2]} { // one that knew, and one that begins now
		library.Begin(tb, key)
		assert.Equal(t, chattest.DefaultText, library.Finished(tb, 1-i).Text)
	}
	// The one that was refused had its own delay, which is its own to shorten.
	tabs[0].Run(`tests.streams[0].stream.retryNow()`)
	library.Begin(tabs[0], key)
	for i := range 2 {
		assert.Equal(t, chattest.DefaultText, library.Finished(tabs[0], i).Text)
	}
	for _, tb := range tabs {
		library.CheckLeftBehind(t, tb, key)
	}
}
