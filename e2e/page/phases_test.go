package page_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// What the banner says of the waits that no retry ends.
const (
	queuedWords   = "Still queued at the provider…"
	queuedReason  = "It is alive, but sends nothing new."
	offlineWords  = "Waiting for the network…"
	offlineReason = "The reply will go on by itself."
)

// waitForPhase waits until the nth reply's banner shows the words.
func waitForPhase(tb *browser.Tab, n int, words string) {
	tb.T.Helper()
	tb.WaitFor(browser.Element(reply(n, `retry-banner >>> [part~="countdown"]`)) + `.textContent === ` + strconv.Quote(words) +
		` && ` + browser.Element(reply(n, "retry-banner")) + `.checkVisibility()`)
}

// saying gives the notes in which the banner showed the words.
func (h history) saying(words string) []note {
	var found []note
	for _, n := range h.Notes {
		if n.Banner && n.Countdown == words {
			found = append(found, n)
		}
	}
	return found
}

// TestQueuedPage: a provider that sends only signs of life is named as such. The
// words go as the reply comes, and nobody is asked twice.
func TestQueuedPage(t *testing.T) {
	t.Parallel()
	const text = "It was worth the wait."
	server := site.NewDemo(t, time.Millisecond, greeting, scenarioOf("queue", chattest.Reply(text, chattest.Pings(16, 500*time.Millisecond))))
	tb := openChat(t, server)
	greet(tb)
	ask(tb, "anthropic", "queue", "Is it my turn?")
	waitForPhase(tb, 2, queuedWords)
	assert.True(t, tb.Shows(reply(2, stopWait)))
	assert.False(t, tb.Shows(reply(2, retryNow)), "there is nothing to retry")
	waitForState(tb, 2, "done")

	seen := historyOf(tb, 2)
	require.NotEmpty(t, seen.saying(queuedWords))
	for _, n := range seen.saying(queuedWords) {
		assert.Equal(t, "queued", n.State)
		assert.Equal(t, queuedReason, n.Reason)
		assert.Empty(t, n.Text+n.Attempt)
	}
	for _, n := range seen.Notes {
		assert.Equalf(t, n.State == "queued" && n.Countdown == queuedWords, n.Banner, "%+v", n)
	}
	assert.Equal(t, []string{queuedWords + " " + queuedReason}, seen.Said)
	assert.Equal(t, text, seen.last().Text)
	assert.False(t, seen.last().Banner)
	assert.Len(t, repliesAsked(server, "anthropic", "queue"), 1)
	assert.Contains(t, strings.Join(logOf(tb, 2), "\n"), "attempt 1: queued, only signs of life come\nattempt 1: response is streaming")
}

// TestStopQueued stops a reply that would stay in the queue for ever.
func TestStopQueued(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, 0, scenarioOf("queue", chattest.PingsOnly(1, 500*time.Millisecond)))
	tb := openChat(t, server)
	ask(tb, "anthropic", "queue", "Is it my turn?")
	waitForPhase(tb, 1, queuedWords)
	tb.Press(reply(1, stopWait))
	waitForState(tb, 1, "canceled")
	server.WaitForGone(t, 1)
	assert.False(t, historyOf(tb, 1).last().Banner)
	assert.Len(t, server.Asked("/queue/"), 1)
}

// TestOfflinePage: a message sent without a network waits for it, outside of the
// retries, and is answered once it is back.
func TestOfflinePage(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, time.Millisecond, greeting)
	tb := openChat(t, server)
	greet(tb)
	tb.SetOffline(true)
	ask(tb, "openai", "ok", "Anybody there?")
	waitForPhase(tb, 2, offlineWords)
	assert.True(t, tb.Shows(reply(2, stopWait)))
	assert.False(t, tb.Shows(reply(2, retryNow)), "there is nothing to retry")
	passTime(tb, 10*time.Second) // longer than two retries would wait
	assert.Equal(t, "offline", browser.Eval[string](tb, state(2)))
	assert.Empty(t, repliesAsked(server, "openai", "ok"))
	tb.SetOffline(false)
	waitForState(tb, 2, "done")

	seen := historyOf(tb, 2)
	assert.Equal(t, server.Scripted(t, "ok", "Anybody there?"), seen.last().Text)
	assert.Equal(t, []string{offlineWords + " " + offlineReason}, seen.Said)
	assert.Empty(t, seen.last().Outcome, "waiting for the network counts as no retry")
	for _, n := range seen.Counted {
		assert.Equal(t, offlineWords, n.Countdown)
	}
	assert.Len(t, repliesAsked(server, "openai", "ok"), 1)
}

// TestOfflineInTheWait: the network goes away while a retry is pending. The
// countdown gives way, and comes back with the network: the server asked for it.
func TestOfflineInTheWait(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, time.Millisecond, scenarioOf("busy", chattest.AnthropicRateLimitResponse("60")))
	tb := openChat(t, server)
	ask(tb, "anthropic", "busy", "Hello")
	waitForBanner(tb, 1)
	tb.SetOffline(true)
	waitForPhase(tb, 1, offlineWords)
	assert.False(t, tb.Shows(reply(1, retryNow)))
	assert.True(t, tb.Shows(reply(1, stopWait)))
	tb.SetOffline(false)
	// The server asked for a minute, network or not.
	waitForBanner(tb, 1)
	tb.Press(reply(1, retryNow))
	waitForState(tb, 1, "done")
	last := historyOf(tb, 1).last()
	assert.Equal(t, server.Scripted(t, "ok", "Hello"), last.Text)
	assert.False(t, last.Banner)
	assert.Len(t, repliesAsked(server, "anthropic", "busy"), 2)
}

func openBanner(t *testing.T) *browser.Tab {
	t.Helper()
	tb := openChat(t, site.NewDemo(t, 0))
	tb.Call("addBanner")
	return tb
}

// soon is longer than the banner waits before it shows a phase and says so.
const soon = 1200 * time.Millisecond

// TestBannerWaits: with no network, or in the provider's queue, the banner says
// so once, offers Stop alone, and goes as text comes.
func TestBannerWaits(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	for _, tt := range []struct{ phase, words, reason string }{
		{"offline", offlineWords, offlineReason},
		{"queued", queuedWords, queuedReason},
	} {
		tb.Call("forget")
		tb.Call("tell", tt.phase)
		assert.False(t, tb.Shows("#conversation > retry-banner"), "it flashes")
		passTime(tb, soon)
		tb.WaitFor(`tests.said.length === 1`)
		// A server may publish a status for each sign of life.
		for range 3 {
			tb.Call("tellAlive", tt.phase)
			passTime(tb, 200*time.Millisecond)
		}
		assert.Equal(t, tt.words, browser.Eval[string](tb, browser.Element(`#conversation > retry-banner >>> [part~="countdown"]`)+".textContent"))
		assert.Equal(t, tt.reason, browser.Eval[string](tb, browser.Element(`#conversation > retry-banner >>> [part~="reason"]`)+".textContent"))
		assert.False(t, tb.Shows("#conversation > "+retryNow), tt.phase)
		assert.True(t, tb.Shows("#conversation > "+stopWait), tt.phase)
		assert.Equal(t, []string{tt.words + " " + tt.reason}, browser.Eval[[]string](tb, `tests.said`))
		tb.Axe()

		before := browser.Eval[int](tb, `tests.stopped`)
		tb.Press("#conversation > " + stopWait)
		assert.Equal(t, before+1, browser.Eval[int](tb, `tests.stopped`))

		// A second spell is shown as well, but not said again.
		tb.Call("tell", "streaming")
		assert.False(t, tb.Shows("#conversation > retry-banner"), tt.phase)
		tb.Call("tell", tt.phase)
		passTime(tb, soon)
		tb.WaitFor(browser.Element("#conversation > retry-banner") + `.checkVisibility()`)
		passTime(tb, soon)
		tb.Call("tell", "done")
		assert.Len(t, browser.Eval[[]string](tb, `tests.said`), 1)
	}
}

// TestBannerDoesNotFlash: a short spell is not shown at all, nor said.
func TestBannerDoesNotFlash(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	for _, phase := range []string{"offline", "queued"} {
		for _, next := range []string{"streaming", "done", "connecting", "canceled"} {
			tb.Call("tell", phase)
			passTime(tb, 50*time.Millisecond)
			tb.Call("tell", next)
		}
	}
	// Nor is one that began anew just before the time of the first was over.
	passTime(tb, soon)
	assert.Zero(t, browser.Eval[int](tb, `tests.seen`))
	assert.Empty(t, browser.Eval[[]string](tb, `tests.said`))
}

// TestBannerFromRetryToOffline: a banner that is there already changes at once,
// keeps its place while the stream connects again, and lets go of the focus
// with the button that it takes away.
func TestBannerFromRetryToOffline(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	words := func() string { return browser.Call[string](tb, "words") }
	tb.Press("#prompt")
	tb.Call("tell", event.PhaseRetrying)
	tb.Run(browser.Element("#conversation > "+retryNow) + `.focus()`)
	assert.Contains(t, words(), "|attempt 1|Busy.")
	tb.Call("tell", "offline")
	assert.True(t, tb.Shows("#conversation > "+stopWait))
	assert.Equal(t, offlineWords+"||"+offlineReason, words())
	assert.Equal(t, "prompt", browser.Eval[string](tb, `document.activeElement.id`))
	assert.False(t, browser.Call[bool](tb, "hairlineRuns"), "the hairline runs on")

	tb.Call("tell", event.PhaseConnecting, map[string]any{"attempt": 2})
	assert.Equal(t, "Reconnecting…||"+offlineReason, words())
	assert.False(t, tb.Shows("#conversation > "+retryNow))
	tb.Call("tell", event.PhaseRetrying, map[string]any{"attempt": 2})
	assert.Contains(t, words(), "|attempt 2|Busy.")
	assert.True(t, tb.Shows("#conversation > "+retryNow))
	tb.Call("tell", "failed")
	assert.False(t, tb.Shows("#conversation > "+stopWait))
}

// TestBannerLabelsOfWaits: a page brings its own words.
func TestBannerLabelsOfWaits(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	tb.Call("label")
	for phase, want := range map[string]string{
		"offline": "Kein Netz Es geht von selbst weiter.", "queued": "Wartet auf anthropic Noch kein Wort.",
	} {
		tb.Call("forget")
		tb.Call("tell", phase)
		passTime(tb, soon)
		tb.WaitFor(`tests.said.length === 1`)
		assert.Equal(t, want, browser.Eval[string](tb, browser.Element(`#conversation > retry-banner >>> [part~="pending"]`)+".textContent"))
		assert.Equal(t, []string{want}, browser.Eval[[]string](tb, `tests.said`))
		tb.Call("tell", "done")
	}
}
