package page_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
	"github.com/retrystream/retrystream/web/server/demo"
)

// TestLooks brings the page into each of its states, on both screens and in
// both colour schemes. In each it must be accessible and fit the width.
func TestLooks(t *testing.T) {
	t.Parallel()
	for _, width := range []int64{browser.PhoneWidth, browser.DesktopWidth} {
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
				tb := browser.NewTab(t)
				tb.SetViewport(width, 800)
				tb.SetMedia("prefers-color-scheme: "+scheme, "prefers-reduced-motion: reduce")
				tb.Open(site.NewDemo(t, 0, busy, slow, queued).URL)
				watchChat(tb)
				check := func(state string) { checkLooks(tb, fmt.Sprintf("%s-%s-%d", state, scheme, width)) }

				check("idle")
				tb.Press("#real summary")
				check("real-provider")
				tb.Press("#real summary")

				ask(tb, "anthropic", "slow", "Say something long, and take all the time in the world to think about it.")
				waitForText(tb, 1)
				check("streaming")
				tb.Press(sendStop)
				waitForState(tb, 1, "canceled")
				check("canceled")

				ask(tb, "anthropic", "busy", "A"+longWord)
				waitForBanner(tb, 2)
				check("retrying")
				tb.Press(reply(2, stopWait))

				ask(tb, "anthropic", "queued", "Is it my turn?")
				waitForPhase(tb, 3, queuedWords)
				check("queued")
				hidden := browser.Call[float64](tb, "hiddenBelow")
				assert.LessOrEqual(t, hidden, 1.0, "the banner that came late is below the edge, by this many pixels")
				tb.Press(reply(3, stopWait))

				tb.SetOffline(true)
				ask(tb, "anthropic", "ok", "Anybody there?")
				waitForPhase(tb, 4, offlineWords)
				check("offline")
				tb.SetOffline(false)
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
func checkLooks(tb *browser.Tab, name string) {
	tb.T.Helper()
	tb.T.Logf("state %s", name)
	tb.Axe()
	overflow := browser.Eval[int](tb, `document.scrollingElement.scrollWidth - innerWidth`)
	assert.LessOrEqualf(tb.T, overflow, 0, "%s: the page is wider than the screen, by this many pixels", name)
	wide := browser.Call[[]string](tb, "widerThanTheirBoxes")
	assert.Emptyf(tb.T, wide, "%s: wider than their boxes", name)
	tb.Picture("page-" + name)
}

// TestReducedMotion: nothing moves for people who asked for that.
func TestReducedMotion(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, 0, scenarioOf("busy", chattest.AnthropicRateLimitResponse("60")))
	for _, tt := range []struct {
		feature string
		moves   bool
	}{{"prefers-reduced-motion: reduce", false}, {"prefers-reduced-motion: no-preference", true}} {
		tb := browser.NewTab(t)
		tb.SetMedia(tt.feature)
		tb.Open(server.URL)
		watchChat(tb)
		ask(tb, "anthropic", "busy", "Hello")
		waitForBanner(tb, 1)
		moving := browser.Call[bool](tb, "moves")
		assert.Equal(t, tt.moves, moving, tt.feature)
	}
}
