package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/web/server/demo"
	"github.com/stretchr/testify/assert"
)

// TestLooks brings the page into each of its states, on both screens and in
// both colour schemes. In each it must be accessible and fit the width.
func TestLooks(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{phoneWidth, desktopWidth} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(fmt.Sprintf("%s-%d", scheme, width), func(t *testing.T) {
				t.Parallel()
				// Long enough for a slow machine to look at.
				busy := scenarioOf("busy", chattest.AnthropicRateLimitResponse("95"))
				slow := demo.Scenario{ID: "slow", Label: "slow", Steps: func(m demo.Message) []chattest.Step {
					m.Reply.Pace = 100 * time.Millisecond
					return []chattest.Step{m.Reply}
				}}
				queued := scenarioOf("queued", chattest.PingsOnly(1, 500*time.Millisecond))
				tb := newTab(t)
				setViewport(tb, width, 800)
				setMedia(tb, "prefers-color-scheme: "+scheme, "prefers-reduced-motion: reduce")
				navigate(tb, newDemo(t, 0, busy, slow, queued).URL)
				watchChat(tb)
				check := func(state string) { checkLooks(tb, fmt.Sprintf("%s-%s-%d", state, scheme, width)) }

				check("idle")
				click(tb, "#real summary")
				check("real-provider")
				click(tb, "#real summary")

				ask(tb, "anthropic", "slow", "Say something long, and take all the time in the world to think about it.")
				waitForText(tb, 1)
				check("streaming")
				click(tb, sendStop)
				waitForState(tb, 1, "canceled")
				check("canceled")

				ask(tb, "anthropic", "busy", "A"+longWord)
				waitForBanner(tb, 2)
				check("retrying")
				click(tb, reply(2, stopWait))

				ask(tb, "anthropic", "queued", "Is it my turn?")
				waitForPhase(tb, 3, queuedWords)
				check("queued")
				hidden := eval[float64](tb, `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector("#conversation"))`)
				assert.LessOrEqual(t, hidden, 1.0, "the banner that came late is below the edge, by this many pixels")
				click(tb, reply(3, stopWait))

				setOffline(tb, true)
				ask(tb, "anthropic", "ok", "Anybody there?")
				waitForPhase(tb, 4, offlineWords)
				check("offline")
				setOffline(tb, false)
				waitForState(tb, 4, "done")

				ask(tb, "anthropic", "wrong-key", "Will it work?")
				waitForState(tb, 5, "failed")
				check("failed")

				ask(tb, "anthropic", "ok", "And now?")
				waitForState(tb, 6, "done")
				check("done")
			})
		}
	}
}

// longWord is what people paste: no line of a phone holds it.
const longWord = "/very/long/path/without/a/single/blank/that/goes/on/and/on/until/it/is/wider/than/any/phone/in/the/world"

// checkLooks checks the page as it is, and takes its picture.
func checkLooks(tb *tab, name string) {
	tb.t.Helper()
	tb.t.Logf("state %s", name)
	axe(tb)
	overflow := eval[int](tb, `document.scrollingElement.scrollWidth - innerWidth`)
	assert.LessOrEqualf(tb.t, overflow, 0, "%s: the page is wider than the screen, by this many pixels", name)
	// What is cut off inside a scroll container does not widen the page.
	wide := eval[[]string](tb, `Array.from(document.querySelectorAll("#conversation, #messages > *, retry-banner, #composer, aside"))
		.filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map(e => e.localName + "#" + e.id + "." + e.className)`)
	assert.Emptyf(tb.t, wide, "%s: wider than their boxes", name)
	screenshot(tb, "page-"+name)
}

// TestReducedMotion: nothing moves for people who asked for that.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	server := newDemo(t, 0, scenarioOf("busy", chattest.AnthropicRateLimitResponse("60")))
	for _, tt := range []struct {
		feature string
		moves   bool
	}{{"prefers-reduced-motion: reduce", false}, {"prefers-reduced-motion: no-preference", true}} {
		tb := newTab(t)
		setMedia(tb, tt.feature)
		navigate(tb, server.URL)
		watchChat(tb)
		ask(tb, "anthropic", "busy", "Hello")
		waitForBanner(tb, 1)
		moving := eval[bool](tb, `document.getAnimations().concat(...Array.from(document.querySelectorAll("retry-banner"), b => b.shadowRoot.getAnimations()))
			.some(a => a.playState === "running" && a.effect.target.checkVisibility())`)
		assert.Equal(t, tt.moves, moving, tt.feature)
	}
}
