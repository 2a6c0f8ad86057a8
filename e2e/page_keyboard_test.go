package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
)

// focused is the JavaScript expression that tells whether the element has the
// focus and shows it.
func focused(selector string) string {
	return element(selector) + `?.matches(":focus-visible") === true`
}

// tabTo presses Tab, or Shift and Tab, until the element has the focus.
func tabTo(tb *tab, selector string, modifiers ...chromedp.Modifier) {
	tb.t.Helper()
	for range 40 {
		if eval[bool](tb, focused(selector)) {
			return
		}
		press(tb, kb.Tab, modifiers...)
	}
	tb.t.Fatalf("Tab does not lead to %s", selector)
}

// TestKeyboard uses the page without a mouse.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	server := newDemo(t, 0, scenarioOf("busy", chattest.AnthropicRateLimitResponse("60")))
	tb := openChat(t, server)
	choose(tb, "#scenario", "busy")
	tabTo(tb, ".skip")
	press(tb, kb.Enter)
	waitFor(tb, focused("#prompt"), actionTimeout)

	press(tb, "First line")
	press(tb, kb.Enter, chromedp.ModifierShift)
	press(tb, "and second")
	assert.Empty(t, server.asked("/busy/"))
	press(tb, kb.Enter)
	waitForBanner(tb, 1)
	assert.Equal(t, "First line\nand second", eval[string](tb, element("#messages > .user .text")+".textContent"))
	assert.True(t, eval[bool](tb, focused("#prompt")), "the focus stays in the message box")

	// The banner stands before the message box.
	tabTo(tb, reply(1, stopWait), chromedp.ModifierShift)
	press(tb, kb.Tab, chromedp.ModifierShift)
	assert.True(t, eval[bool](tb, focused(reply(1, retryNow))))
	press(tb, kb.Enter)
	waitForState(tb, 1, "done")
	assert.Len(t, repliesAsked(server, "anthropic", "busy"), 2)
	assert.True(t, eval[bool](tb, `document.activeElement !== document.body`), "the focus went away with the banner")

	tabTo(tb, "#prompt")
	press(tb, "Again"+kb.Enter)
	waitForBanner(tb, 2)
	tabTo(tb, reply(2, stopWait), chromedp.ModifierShift)
	press(tb, " ")
	waitForState(tb, 2, "canceled")
	assert.True(t, eval[bool](tb, `document.activeElement !== document.body`), "the focus went away with the banner")

	tabTo(tb, reply(2, tryAgain), chromedp.ModifierShift)
	press(tb, kb.Enter)
	waitForBanner(tb, 2)
	tabTo(tb, "#send")
	press(tb, kb.Enter)
	waitForState(tb, 2, "canceled")
}

// TestScreenReader: each retry is said once, however many seconds are counted
// down, and so is the end of the reply. Nothing else is.
func TestScreenReader(t *testing.T) {
	t.Parallel()
	server := newDemo(t, time.Millisecond, greeting)
	tb := openChat(t, server)
	greet(tb)
	eval[chromedp.Void](tb, fmt.Sprintf(`{
		const announcer = %s;
		globalThis.announced = [];
		new MutationObserver(() => announced.push(announcer.textContent)).observe(announcer, { childList: true, characterData: true, subtree: true });
	}`, element("#announcer")))
	ask(tb, "anthropic", "rate-limit-delay", "Wait for it")
	ask(tb, "openai", "rate-limit", "Twice")
	waitForState(tb, 2, "done")
	waitForState(tb, 3, "done")

	reason := func(who string) string { return who + " is limiting requests for the moment. Retrying in " }
	assert.Equal(t, []string{reason("Anthropic") + "5 seconds, attempt 1."}, historyOf(tb, 2).Said)
	assert.Equal(t, []string{reason("OpenAI") + "1 second, attempt 1.", reason("OpenAI") + "2 seconds, attempt 2."}, historyOf(tb, 3).Said)
	assert.Len(t, eval[[]string](tb, `announced`), 2, "one for the end of each reply")
	assert.Zero(t, eval[int](tb, `document.querySelectorAll("#messages[aria-live], #messages [aria-live], #log[aria-live]").length`),
		"text must not be read aloud piece by piece")
}

// TestScreenReaderFailure: a failure is said by an alert, with what to do.
func TestScreenReaderFailure(t *testing.T) {
	t.Parallel()
	tb := openChat(t, newDemo(t, 0))
	ask(tb, "anthropic", "wrong-key", "Hello")
	waitForState(tb, 1, "failed")
	alert := element(reply(1, `retry-banner >>> [role="alert"]`))
	assert.True(t, eval[bool](tb, alert+".checkVisibility()"))
	assert.Contains(t, eval[string](tb, alert+".textContent"), "API key")
	assert.Empty(t, historyOf(tb, 1).Said)
}
