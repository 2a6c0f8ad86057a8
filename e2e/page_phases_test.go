package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the banner says of the waits that no retry ends.
const (
	queuedWords   = "Still queued at the provider…"
	queuedReason  = "It is alive, but sends nothing new."
	offlineWords  = "Waiting for the network…"
	offlineReason = "The reply will go on by itself."
)

// waitForPhase waits until the nth reply's banner shows the words.
func waitForPhase(tb *tab, n int, words string) {
	tb.t.Helper()
	waitFor(tb, element(reply(n, `retry-banner >>> [part~="countdown"]`))+`.textContent === `+strconv.Quote(words)+
		` && `+element(reply(n, "retry-banner"))+`.checkVisibility()`, replyTimeout)
}

// shows tells whether an element is there to be seen.
func shows(tb *tab, selector string) bool {
	tb.t.Helper()
	return eval[bool](tb, element(selector)+`?.checkVisibility() === true`)
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
	server := newDemo(t, time.Millisecond, greeting, scenarioOf("queue", chattest.Reply(text, chattest.Pings(16, 500*time.Millisecond))))
	tb := openChat(t, server)
	greet(tb)
	ask(tb, "anthropic", "queue", "Is it my turn?")
	waitForPhase(tb, 2, queuedWords)
	assert.True(t, shows(tb, reply(2, stopWait)))
	assert.False(t, shows(tb, reply(2, retryNow)), "there is nothing to retry")
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
	server := newDemo(t, 0, scenarioOf("queue", chattest.PingsOnly(1, 500*time.Millisecond)))
	tb := openChat(t, server)
	ask(tb, "anthropic", "queue", "Is it my turn?")
	waitForPhase(tb, 1, queuedWords)
	click(tb, reply(1, stopWait))
	waitForState(tb, 1, "canceled")
	server.waitForGone(t, 1)
	assert.False(t, historyOf(tb, 1).last().Banner)
	assert.Len(t, server.asked("/queue/"), 1)
}

// TestOfflinePage: a message sent without a network waits for it, outside of the
// retries, and is answered once it is back.
func TestOfflinePage(t *testing.T) {
	t.Parallel()
	server := newDemo(t, time.Millisecond, greeting)
	tb := openChat(t, server)
	greet(tb)
	setOffline(tb, true)
	ask(tb, "openai", "ok", "Anybody there?")
	waitForPhase(tb, 2, offlineWords)
	assert.True(t, shows(tb, reply(2, stopWait)))
	assert.False(t, shows(tb, reply(2, retryNow)), "there is nothing to retry")
	pause(t, 2500*time.Millisecond) // longer than two retries would wait
	assert.Equal(t, "offline", eval[string](tb, state(2)))
	assert.Empty(t, repliesAsked(server, "openai", "ok"))
	setOffline(tb, false)
	waitForState(tb, 2, "done")

	seen := historyOf(tb, 2)
	assert.Equal(t, scripted(t, server, "ok", "Anybody there?"), seen.last().Text)
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
	server := newDemo(t, time.Millisecond, scenarioOf("busy", chattest.AnthropicRateLimitResponse("60")))
	tb := openChat(t, server)
	ask(tb, "anthropic", "busy", "Hello")
	waitForBanner(tb, 1)
	setOffline(tb, true)
	waitForPhase(tb, 1, offlineWords)
	assert.False(t, shows(tb, reply(1, retryNow)))
	assert.True(t, shows(tb, reply(1, stopWait)))
	setOffline(tb, false)
	// The server asked for a minute, network or not.
	waitForBanner(tb, 1)
	click(tb, reply(1, retryNow))
	waitForState(tb, 1, "done")
	last := historyOf(tb, 1).last()
	assert.Equal(t, scripted(t, server, "ok", "Hello"), last.Text)
	assert.False(t, last.Banner)
	assert.Len(t, repliesAsked(server, "anthropic", "busy"), 2)
}

// bannerScript puts a banner of its own on the page, notes what it says and
// whether it was ever seen, and gives a function to feed it.
const bannerScript = `
	globalThis.banner = document.querySelector("#conversation").appendChild(document.createElement("retry-banner"));
	globalThis.said = [];
	globalThis.seen = 0;
	const live = banner.shadowRoot.querySelector('[role="status"]');
	new MutationObserver(() => live.textContent && said.push(live.textContent)).observe(live, { childList: true });
	new MutationObserver(() => { seen += banner.checkVisibility() ? 1 : 0; }).observe(banner, { attributeFilter: ["hidden"] });
	globalThis.tell = (phase, more) => { banner.status = { phase, attempt: 1, provider: "anthropic", ...more }; };
	globalThis.busy = { delay_ms: 60000, retrying_at: new Date(Date.now() + 60000).toISOString(), message: "Busy." };`

func openBanner(t *testing.T) *tab {
	t.Helper()
	tb := openChat(t, newDemo(t, 0))
	eval[chromedp.Void](tb, "{"+bannerScript+"}")
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
		eval[chromedp.Void](tb, `said.length = 0; tell("`+tt.phase+`")`)
		assert.False(t, shows(tb, "#conversation > retry-banner"), "it flashes")
		waitFor(tb, `said.length === 1`, actionTimeout)
		// A server may publish a status for each sign of life.
		for range 3 {
			eval[chromedp.Void](tb, `tell("`+tt.phase+`", { last_byte_at: new Date().toISOString() })`)
			pause(t, 200*time.Millisecond)
		}
		assert.Equal(t, tt.words, eval[string](tb, element(`#conversation > retry-banner >>> [part~="countdown"]`)+".textContent"))
		assert.Equal(t, tt.reason, eval[string](tb, element(`#conversation > retry-banner >>> [part~="reason"]`)+".textContent"))
		assert.False(t, shows(tb, "#conversation > "+retryNow), tt.phase)
		assert.True(t, shows(tb, "#conversation > "+stopWait), tt.phase)
		assert.Equal(t, []string{tt.words + " " + tt.reason}, eval[[]string](tb, `said`))
		axe(tb)

		eval[chromedp.Void](tb, `globalThis.stopped = 0; banner.addEventListener("stop", () => { stopped++; }, { once: true })`)
		click(tb, "#conversation > "+stopWait)
		assert.Equal(t, 1, eval[int](tb, `stopped`))

		// A second spell is shown as well, but not said again.
		eval[chromedp.Void](tb, `tell("streaming")`)
		assert.False(t, shows(tb, "#conversation > retry-banner"), tt.phase)
		eval[chromedp.Void](tb, `tell("`+tt.phase+`")`)
		waitFor(tb, `banner.checkVisibility()`, actionTimeout)
		pause(t, soon)
		eval[chromedp.Void](tb, `tell("done")`)
		assert.Len(t, eval[[]string](tb, `said`), 1)
	}
}

// TestBannerDoesNotFlash: a short spell is not shown at all, nor said.
func TestBannerDoesNotFlash(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	for _, phase := range []string{"offline", "queued"} {
		for _, next := range []string{"streaming", "done", "connecting", "canceled"} {
			eval[chromedp.Void](tb, `tell("`+phase+`")`)
			pause(t, 50*time.Millisecond)
			eval[chromedp.Void](tb, `tell("`+next+`")`)
		}
	}
	// Nor is one that began anew just before the time of the first was over.
	pause(t, soon)
	assert.Zero(t, eval[int](tb, `seen`))
	assert.Empty(t, eval[[]string](tb, `said`))
}

// TestBannerFromRetryToOffline: a banner that is there already changes at once,
// keeps its place while the stream connects again, and lets go of the focus
// with the button that it takes away.
func TestBannerFromRetryToOffline(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	words := func() string {
		return eval[string](tb, `Array.from(banner.shadowRoot.querySelectorAll("[part~=countdown], [part~=attempt], [part~=reason]"), e => e.textContent).join("|")`)
	}
	click(tb, "#prompt")
	eval[chromedp.Void](tb, `tell("retrying", busy)`)
	eval[chromedp.Void](tb, element("#conversation > "+retryNow)+`.focus()`)
	assert.Contains(t, words(), "|attempt 1|Busy.")
	eval[chromedp.Void](tb, `tell("offline")`)
	assert.True(t, shows(tb, "#conversation > "+stopWait))
	assert.Equal(t, offlineWords+"||"+offlineReason, words())
	assert.Equal(t, "prompt", eval[string](tb, `document.activeElement.id`))
	assert.False(t, eval[bool](tb, `banner.shadowRoot.getAnimations().some(a => a.effect.target.part.contains("progress"))`), "the hairline runs on")

	eval[chromedp.Void](tb, `tell("connecting", { attempt: 2 })`)
	assert.Equal(t, "Reconnecting…||"+offlineReason, words())
	assert.False(t, shows(tb, "#conversation > "+retryNow))
	eval[chromedp.Void](tb, `tell("retrying", { ...busy, attempt: 2 })`)
	assert.Contains(t, words(), "|attempt 2|Busy.")
	assert.True(t, shows(tb, "#conversation > "+retryNow))
	eval[chromedp.Void](tb, `tell("failed")`)
	assert.False(t, shows(tb, "#conversation > "+stopWait))
}

// TestBannerLabelsOfWaits: a page brings its own words.
func TestBannerLabelsOfWaits(t *testing.T) {
	t.Parallel()
	tb := openBanner(t)
	eval[chromedp.Void](tb, `banner.labels = {
		offline: "Kein Netz", offlineReason: "Es geht von selbst weiter.",
		queued: (provider) => "Wartet auf " + provider, queuedReason: "Noch kein Wort.",
	}`)
	for phase, want := range map[string]string{
		"offline": "Kein Netz Es geht von selbst weiter.", "queued": "Wartet auf anthropic Noch kein Wort.",
	} {
		eval[chromedp.Void](tb, `said.length = 0; tell("`+phase+`")`)
		waitFor(tb, `said.length === 1`, actionTimeout)
		assert.Equal(t, want, eval[string](tb, element(`#conversation > retry-banner >>> [part~="pending"]`)+".textContent"))
		assert.Equal(t, []string{want}, eval[[]string](tb, `said`))
		eval[chromedp.Void](tb, `tell("done")`)
	}
}
