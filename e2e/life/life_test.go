package life_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

var alone = map[string]any{"shared": "none"}

// with returns options of a stream that waits alone.
func with(name string, value any) map[string]any {
	return map[string]any{"shared": "none", name: value}
}

// opened opens a tab whose time the test lets pass.
func opened(t *testing.T, server *site.Site) *browser.Tab {
	t.Helper()
	tb := library.OpenShared(t, server, 1)[0]
	tb.Call("takeTime")
	return tb
}

// due returns when the first stream's retry is due, by the page's wall clock.
func due(tb *browser.Tab) time.Time {
	tb.T.Helper()
	return time.UnixMilli(browser.Eval[int64](tb, `Date.parse(tests.streams[0].stream.status.retrying_at)`))
}

// freeze freezes the tab for so long, and checks that it asks nobody in that time.
func freeze(tb *browser.Tab, server *site.Site, d time.Duration) {
	tb.T.Helper()
	awake := library.OpenBeside(tb, server)
	tb.SetFrozen(true)
	tb.Call("skipTime", d.Milliseconds())
	awake.Call("passTime", 0) // whatever the other could have sent would have come
	assert.Len(tb.T, server.Asked(site.ChatPath), 1)
	tb.SetFrozen(false)
}

// TestFrozenInAWait: a frozen page asks nobody. When it wakes, a wait whose time
// has passed is over at once.
func TestFrozenInAWait(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("200"))
	tb := opened(t, server)
	library.Begin(tb, "sk-key", alone)
	library.WaitForStream(tb, 0, event.PhaseRetrying)
	due := due(tb)
	const frozen = 250 * time.Second
	freeze(tb, server, frozen)
	assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
	requests := server.Asked(site.ChatPath)
	require.Len(t, requests, 2)
	assert.True(t, requests[1].Time.Add(frozen).After(due))
}

// TestFrozenInSilence: the silence of a frozen page's stream counts, so that a
// connection which died meanwhile does not keep it.
func TestFrozenInSilence(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.Stall(5))
	tb := opened(t, server)
	library.Begin(tb, "sk-key", alone)
	library.WaitForStream(tb, 0, event.PhaseStreaming)
	freeze(tb, server, 301*time.Second)
	assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
	assert.Len(t, server.Asked(site.ChatPath), 2)
	assert.Contains(t, browser.Eval[string](tb, `JSON.stringify(tests.streams[0].statuses)`), `"kind":"stalled"`)
	server.WaitForGone(t, 1)
}

// TestFrozenWhileItFlows: what the server sent meanwhile is there afterwards.
func TestFrozenWhileItFlows(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.Reply(chattest.DefaultText, chattest.Pace(100*time.Millisecond)))
	tb := opened(t, server)
	library.Begin(tb, "sk-key", alone)
	library.WaitForStream(tb, 0, event.PhaseStreaming)
	tb.SetFrozen(true)
	server.WaitForServed(t, 1)
	tb.SetFrozen(false)
	assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
	assert.Len(t, server.Asked(site.ChatPath), 1)
}

// goAway shows another page in the tab, for so long, and comes back.
func goAway(tb *browser.Tab, d time.Duration) {
	tb.T.Helper()
	elsewhere := site.New(tb.T, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><p>Elsewhere`))
	}))
	tb.Call("passTimeAway", d.Milliseconds())
	tb.Open(elsewhere.URL)
	tb.Back()
	tb.WaitFor(`globalThis.retrystream`)
}

// TestBackForwardCache: a page that waits is kept when people leave it, and goes
// on when they come back: at once if the time has come, later if it has not.
func TestBackForwardCache(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		options map[string]any
		away    time.Duration
	}{
		{"the time has come", alone, 150 * time.Second},
		{"it has not", alone, 50 * time.Second},
		{"shared with the other tabs", nil, 150 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			const delay = 100 * time.Second
			server := library.NewShared(t, chattest.OpenAIRateLimitResponse("100"))
			tb := opened(t, server)
			tb.Run(`addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; })`)
			library.Begin(tb, "sk-key", tt.options)
			library.WaitForStream(tb, 0, event.PhaseRetrying)
			due, passed := due(tb), tt.away
			goAway(tb, tt.away)
			require.True(t, browser.Eval[bool](tb, `globalThis.persisted === true`), "the page was made anew")
			if tt.away < delay {
				tb.Call("passTime", 0)
				assert.Len(t, server.Asked(site.ChatPath), 1)
				tb.Call("passTime", delay.Milliseconds())
				passed += delay
			}
			assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
			requests := server.Asked(site.ChatPath)
			require.Len(t, requests, 2)
			assert.False(t, requests[1].Time.Add(passed).Before(due))
		})
	}
}

// TestBackForwardCacheOpen: with a connection open, a browser may keep the page or
// make it anew. If it keeps it the reply is completed, and if not the connection
// is given up.
func TestBackForwardCacheOpen(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.Stall(5))
	tb := opened(t, server)
	library.Begin(tb, "sk-key", with("silenceTimeoutMs", 100_000))
	library.WaitForStream(tb, 0, event.PhaseStreaming)
	goAway(tb, 150*time.Second)
	if browser.Eval[bool](tb, `typeof tests === "object"`) {
		t.Log("the page was kept")
		assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
		return
	}
	t.Log("the page was made anew")
	server.WaitForGone(t, 1)
}

// TestDefaultSilence: five minutes without a byte are too much, and not less.
func TestDefaultSilence(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.Stall(5))
	tb := opened(t, server)
	library.Begin(tb, "sk-key", alone)
	library.WaitForStream(tb, 0, event.PhaseStreaming)
	tb.Call("passTime", 295_000-browser.Eval[int](tb, `Math.round(performance.now())`))
	assert.Equal(t, "streaming", browser.Eval[string](tb, `tests.streams[0].stream.status.phase`))
	assert.Len(t, server.Asked(site.ChatPath), 1)
	tb.Call("passTime", 300_000)
	server.WaitForRequests(t, site.ChatPath, 2)
	assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
}

// TestSleep: after a sleep, which only the wall clock has counted, a wait whose
// time has passed is over within seconds, and a silent connection soon after.
func TestSleep(t *testing.T) {
	t.Parallel()
	const seconds, hour = 20_000, 3600_000
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("120"), chattest.Stall(5))
	tb := opened(t, server)
	library.Begin(tb, "sk-key", alone)
	library.WaitForStream(tb, 0, event.PhaseRetrying)
	tb.Call("skipWallClock", hour)
	tb.Call("passTime", seconds)
	server.WaitForRequests(t, site.ChatPath, 2)
	library.WaitForStream(tb, 0, event.PhaseStreaming)
	tb.Call("skipWallClock", hour)
	tb.Call("passTime", seconds) // in which the sleep is noticed
	tb.Call("passTime", seconds)
	assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text) // five minutes would be too long for it
	assert.Len(t, server.Asked(site.ChatPath), 3)
}

// TestClockBack: a wall clock that is set back prolongs nothing.
func TestClockBack(t *testing.T) {
	t.Parallel()
	server := library.NewShared(t, chattest.OpenAIRateLimitResponse("2"), chattest.Stall(5), chattest.OpenAIRateLimitResponse("2"))
	tabs := library.OpenShared(t, server, 2)
	library.Begin(tabs[0], "sk-key", map[string]any{"silenceTimeoutMs": 2000})
	library.WaitForStream(tabs[0], 0, event.PhaseRetrying)
	library.Begin(tabs[1], "sk-key", map[string]any{"silenceTimeoutMs": 2000})
	library.WaitForStream(tabs[1], 0, event.PhaseRetrying)
	for _, tb := range tabs {
		tb.Call("skipWallClock", -24*3600_000)
	}
	for _, tb := range tabs {
		assert.Equal(t, chattest.DefaultText, library.Finished(tb, 0).Text)
		library.CheckLeftBehind(t, tb, "sk-key")
	}
	// What was left in the store is of a day to come.
	library.Begin(tabs[1], "sk-key")
	assert.Equal(t, chattest.DefaultText, library.Finished(tabs[1], 1).Text)
	assert.Equal(t, event.PhaseConnecting, library.Finished(tabs[1], 1).Statuses[0].Phase)
}
