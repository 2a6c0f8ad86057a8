package page_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// focused is the JavaScript expression that tells whether the element has the
// focus and shows it.
func focused(selector string) string {
	return browser.Element(selector) + `?.matches(":focus-visible") === true`
}

// tabTo presses Tab until the element has the focus.
func tabTo(tb *browser.Tab, selector string) {
	tb.T.Helper()
	goTo(tb, selector, tb.Type)
}

// tabBackTo does so with the shift key held down.
func tabBackTo(tb *browser.Tab, selector string) {
	tb.T.Helper()
	goTo(tb, selector, tb.TypeShifted)
}

func goTo(tb *browser.Tab, selector string, with func(keys string)) {
	tb.T.Helper()
	for range 40 {
		if browser.Eval[bool](tb, focused(selector)) {
			return
		}
		with(browser.Tabulator)
	}
	tb.T.Fatalf("Tab does not lead to %s", selector)
}

// TestKeyboard uses the page without a mouse.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, 0, scenarioOf("busy", chattest.AnthropicRateLimitResponse("60")))
	tb := openChat(t, server)
	choose(tb, "#scenario", "busy")
	tabTo(tb, ".skip")
	tb.Type(browser.Enter)
	tb.WaitFor(focused("#prompt"))

	tb.Type("First line")
	tb.TypeShifted(browser.Enter)
	tb.Type("and second")
	assert.Empty(t, server.Asked("/busy/"))
	tb.Type(browser.Enter)
	waitForBanner(tb, 1)
	assert.Equal(t, "First line\nand second", browser.Eval[string](tb, browser.Element("#messages > .user .text")+".textContent"))
	assert.True(t, browser.Eval[bool](tb, focused("#prompt")), "the focus stays in the message box")

	// The banner stands before the message box.
	tabBackTo(tb, reply(1, stopWait))
	tb.TypeShifted(browser.Tabulator)
	assert.True(t, browser.Eval[bool](tb, focused(reply(1, retryNow))))
	tb.Type(browser.Enter)
	waitForState(tb, 1, "done")
	assert.Len(t, repliesAsked(server, "anthropic", "busy"), 2)
	assert.True(t, browser.Eval[bool](tb, `document.activeElement !== document.body`), "the focus went away with the banner")

	tabTo(tb, "#prompt")
	tb.Type("Again" + browser.Enter)
	waitForBanner(tb, 2)
	tabBackTo(tb, reply(2, stopWait))
	tb.Type(" ")
	waitForState(tb, 2, "canceled")
	assert.True(t, browser.Eval[bool](tb, `document.activeElement !== document.body`), "the focus went away with the banner")

	tabBackTo(tb, reply(2, tryAgain))
	tb.Type(browser.Enter)
	waitForBanner(tb, 2)
	tabTo(tb, "#send")
	tb.Type(browser.Enter)
	waitForState(tb, 2, "canceled")
}

// TestScreenReader: each retry is said once, however many seconds are counted
// down, and so is the end of the reply. Nothing else is.
func TestScreenReader(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, time.Millisecond, greeting)
	tb := openChat(t, server)
	greet(tb)
	tb.Call("hearAnnouncer")
	ask(tb, "anthropic", "rate-limit-delay", "Wait for it")
	ask(tb, "openai", "rate-limit", "Twice")
	waitForState(tb, 2, "done")
	waitForState(tb, 3, "done")

	reason := func(who string) string { return who + " is limiting requests for the moment. Retrying in " }
	assert.Equal(t, []string{reason("Anthropic") + "5 seconds, attempt 1."}, historyOf(tb, 2).Said)
	assert.Equal(t, []string{reason("OpenAI") + "1 second, attempt 1.", reason("OpenAI") + "2 seconds, attempt 2."}, historyOf(tb, 3).Said)
	assert.Len(t, browser.Eval[[]string](tb, `tests.announced`), 2, "one for the end of each reply")
	assert.Zero(t, browser.Eval[int](tb, `document.querySelectorAll("#messages[aria-live], #messages [aria-live], #log[aria-live]").length`),
		"text must not be read aloud piece by piece")
}

// TestScreenReaderFailure: a failure is said by an alert, with what to do.
func TestScreenReaderFailure(t *testing.T) {
	t.Parallel()
	tb := openChat(t, site.NewDemo(t, 0))
	ask(tb, "anthropic", "wrong-key", "Hello")
	waitForState(tb, 1, "failed")
	alert := browser.Element(reply(1, `retry-banner >>> [role="alert"]`))
	assert.True(t, browser.Eval[bool](tb, alert+".checkVisibility()"))
	assert.Contains(t, browser.Eval[string](tb, alert+".textContent"), "API key")
	assert.Empty(t, historyOf(tb, 1).Said)
}
