package e2e

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var alone = map[string]any{"shared": "none"}

// with gives options of a stream that waits alone.
func with(name string, value any) map[string]any {
	return map[string]any{"shared": "none", name: value}
}

// TestFrozenInAWait: a frozen page asks nobody. When it wakes, a wait whose time
// has passed is over at once.
func TestFrozenInAWait(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("2"))
	tb := openShared(t, server, 1)[0]
	begin(tb, "sk-key", alone)
	waitForStream(tb, 0, event.PhaseRetrying)
	due := eval[int64](tb, `Date.parse(streams[0].stream.status.retrying_at)`)
	setFrozen(tb, true)
	pause(t, 3*time.Second)
	assert.Len(t, server.asked(chatPath), 1)
	setFrozen(tb, false)
	assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
	requests := server.asked(chatPath)
	require.Len(t, requests, 2)
	assert.Greater(t, requests[1].Time.UnixMilli(), due)
}

// TestFrozenInSilence: the silence of a frozen page's stream counts, so that a
// connection which died meanwhile does not keep it.
func TestFrozenInSilence(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.Stall(5))
	tb := openShared(t, server, 1)[0]
	begin(tb, "sk-key", with("silenceTimeoutMs", 2000))
	waitForStream(tb, 0, event.PhaseStreaming)
	setFrozen(tb, true)
	pause(t, 3*time.Second)
	assert.Len(t, server.asked(chatPath), 1)
	setFrozen(tb, false)
	assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
	assert.Len(t, server.asked(chatPath), 2)
	assert.Contains(t, eval[string](tb, `JSON.stringify(streams[0].statuses)`), `"kind":"stalled"`)
	server.waitForGone(t, 1)
}

// TestFrozenWhileItFlows: what the server sent meanwhile is there afterwards.
func TestFrozenWhileItFlows(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.Reply(chattest.DefaultText, chattest.Pace(100*time.Millisecond)))
	tb := openShared(t, server, 1)[0]
	begin(tb, "sk-key", alone)
	waitForStream(tb, 0, event.PhaseStreaming)
	setFrozen(tb, true)
	pause(t, 3*time.Second)
	setFrozen(tb, false)
	assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
	assert.Len(t, server.asked(chatPath), 1)
}

// goAway shows another page in the tab, for so long, and comes back.
func goAway(tb *tab, d time.Duration) {
	tb.t.Helper()
	elsewhere := newSite(tb.t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!doctype html><link rel="icon" href="data:,"><p>Elsewhere`))
	}))
	require.NoError(tb.t, chromedp.Listen(tb.ctx, func(ev any) {
		if unused, ok := ev.(*page.EventBackForwardCacheNotUsed); ok {
			for _, why := range unused.NotRestoredExplanations {
				tb.t.Logf("the back-forward cache was not used: %s (%s)", why.Reason, why.Type)
			}
		}
	}))
	navigate(tb, elsewhere.URL)
	pause(tb.t, d)
	history, err := chromedp.Call(tb.ctx, page.GetNavigationHistory, cdp.Empty{})
	require.NoError(tb.t, err)
	back := page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID}
	_, err = chromedp.Call(tb.ctx, page.NavigateToHistoryEntry, back)
	require.NoError(tb.t, err)
	waitFor(tb, `globalThis.retrystream`, actionTimeout)
}

// TestBackForwardCache: a page that waits is kept when people leave it, and goes
// on when they come back: at once if the time has come, later if it has not.
func TestBackForwardCache(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, delay string
		options     map[string]any
		away        time.Duration
	}{
		{"the time has come", "2", alone, 3 * time.Second},
		{"it has not", "4", alone, time.Second},
		{"shared with the other tabs", "3", nil, 4 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := newSharedSite(t, chattest.OpenAIRateLimitResponse(tt.delay))
			tb := openShared(t, server, 1)[0]
			eval[chromedp.Void](tb, `addEventListener("pageshow", ({ persisted }) => { globalThis.persisted = persisted; })`)
			begin(tb, "sk-key", tt.options)
			waitForStream(tb, 0, event.PhaseRetrying)
			due := eval[int64](tb, `Date.parse(streams[0].stream.status.retrying_at)`)
			goAway(tb, tt.away)
			require.True(t, eval[bool](tb, `persisted === true`), "the page was made anew")
			assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
			requests := server.asked(chatPath)
			require.Len(t, requests, 2)
			assert.GreaterOrEqual(t, requests[1].Time.UnixMilli(), due)
		})
	}
}

// TestBackForwardCacheOpen: with a connection open, Chromium may keep the page or
// make it anew. If it keeps it the reply is completed, and if not the connection
// is given up.
func TestBackForwardCacheOpen(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.Stall(5))
	tb := openShared(t, server, 1)[0]
	begin(tb, "sk-key", with("silenceTimeoutMs", 3000))
	waitForStream(tb, 0, event.PhaseStreaming)
	goAway(tb, 4*time.Second)
	if eval[bool](tb, `typeof streams === "object"`) {
		t.Log("the page was kept")
		assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
		return
	}
	t.Log("the page was made anew")
	server.waitForGone(t, 1)
}

// setTime has the page's clocks and timers run as the policy says: they agree on
// how much time has passed.
func setTime(tb *tab, params emulation.SetVirtualTimePolicyParams) {
	tb.t.Helper()
	_, err := chromedp.Call(tb.ctx, emulation.SetVirtualTimePolicy, params)
	require.NoError(tb.t, err)
}

// skip lets so much of the page's time pass at once. Then it stands still.
func skip(tb *tab, d time.Duration) {
	tb.t.Helper()
	over := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(tb.ctx)
	defer cancel()
	require.NoError(tb.t, chromedp.Listen(ctx, func(ev any) {
		if _, ok := ev.(*emulation.EventVirtualTimeBudgetExpired); ok {
			select {
			case over <- struct{}{}:
			default:
			}
		}
	}))
	budget := float64(d.Milliseconds())
	setTime(tb, emulation.SetVirtualTimePolicyParams{Policy: emulation.VirtualTimePolicyAdvance, Budget: &budget})
	select {
	case <-over:
	case <-time.After(actionTimeout):
		tb.t.Fatal("virtual time does not pass")
	}
}

// TestDefaultSilence: five minutes without a byte are too much, and not less.
func TestDefaultSilence(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.Stall(5))
	tb := openShared(t, server, 1)[0]
	begin(tb, "sk-key", alone)
	waitForStream(tb, 0, event.PhaseStreaming)
	skip(tb, 295*time.Second)
	assert.Equal(t, "streaming", eval[string](tb, `streams[0].stream.status.phase`))
	assert.Len(t, server.asked(chatPath), 1)
	skip(tb, 10*time.Second)
	server.waitForRequests(t, chatPath, 2)
	setTime(tb, emulation.SetVirtualTimePolicyParams{Policy: emulation.VirtualTimePolicyPauseIfNetworkFetchesPending})
	assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
}

// clockScript lets a test set the wall clock, while all timers and the other clock go on as
// they are: as after a sleep, or when somebody corrects it.
const clockScript = `
	globalThis.skew = 0;
	const plainNow = Date.now;
	globalThis.Date = class extends Date {
		constructor(...args) { args.length > 0 ? super(...args) : super(plainNow() + skew); }
		static now() { return plainNow() + skew; }
	};`

// TestSleep: after a sleep, which only the wall clock has counted, a wait whose
// time has passed is over within seconds, and a silent connection soon after.
func TestSleep(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("120"), chattest.Stall(5))
	tb := openShared(t, server, 1)[0]
	eval[chromedp.Void](tb, clockScript)
	begin(tb, "sk-key", alone)
	waitForStream(tb, 0, event.PhaseRetrying)
	eval[chromedp.Void](tb, `skew += 3600_000`)
	server.waitForRequests(t, chatPath, 2)
	waitForStream(tb, 0, event.PhaseStreaming)
	eval[chromedp.Void](tb, `skew += 3600_000`)
	assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text) // five minutes would be too long for it
	assert.Len(t, server.asked(chatPath), 3)
}

// TestClockBack: a wall clock that is set back prolongs nothing.
func TestClockBack(t *testing.T) {
	t.Parallel()
	server := newSharedSite(t, chattest.OpenAIRateLimitResponse("2"), chattest.Stall(5), chattest.OpenAIRateLimitResponse("2"))
	tabs := openShared(t, server, 2)
	for _, tb := range tabs {
		eval[chromedp.Void](tb, clockScript)
	}
	begin(tabs[0], "sk-key", map[string]any{"silenceTimeoutMs": 2000})
	waitForStream(tabs[0], 0, event.PhaseRetrying)
	begin(tabs[1], "sk-key", map[string]any{"silenceTimeoutMs": 2000})
	waitForStream(tabs[1], 0, event.PhaseRetrying)
	for _, tb := range tabs {
		eval[chromedp.Void](tb, `skew -= 24 * 3600_000`)
	}
	for _, tb := range tabs {
		assert.Equal(t, chattest.DefaultText, finished(tb, 0).Text)
		checkLeftBehind(t, tb, "sk-key")
	}
	// What was left in the store is of a day to come.
	begin(tabs[1], "sk-key")
	assert.Equal(t, chattest.DefaultText, finished(tabs[1], 1).Text)
	assert.Equal(t, event.PhaseConnecting, finished(tabs[1], 1).Statuses[0].Phase)
}
