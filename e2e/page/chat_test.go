package page_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
	"github.com/retrystream/retrystream/web/server/demo"
)

// note is what a person saw of a reply from one moment on.
type note struct {
	// At is that moment, in milliseconds since the page was opened.
	At float64 `json:"at"`
	// State is the reply's data-state.
	State   string `json:"state"`
	Text    string `json:"text"`
	Outcome string `json:"outcome"`
	// Banner and Pending tell whether the banner, and its countdown, were there.
	Banner    bool   `json:"banner"`
	Pending   bool   `json:"pending"`
	Countdown string `json:"countdown"`
	Attempt   string `json:"attempt"`
	Reason    string `json:"reason"`
	Error     string `json:"error"`
	Detail    string `json:"detail"`
}

// history is all that a person saw of a reply.
type history struct {
	// Notes has one for each picture that differed from the one before.
	Notes []note `json:"notes"`
	// Counted has one for each change of the banner while it counted down.
	Counted []note `json:"counted"`
	// Said is what a screen reader said about retries.
	Said []string `json:"said"`
}

func (h history) last() note { return h.Notes[len(h.Notes)-1] }

// openChat shows the demo page, ready for a message and watched.
func openChat(t testing.TB, server *site.Site) *browser.Tab {
	t.Helper()
	tb := browser.Open(t, server.URL)
	watchChat(tb)
	return tb
}

// watchChat starts the notes on a page that has just been loaded, and has its time go
// by passTime.
func watchChat(tb *browser.Tab) {
	tb.T.Helper()
	tb.WaitFor(`document.querySelectorAll("#scenario option").length > 0`)
	tb.Load()
	tb.Call("takeTime")
	tb.Call("watch")
}

// choose sets a picker as a person does.
func choose(tb *browser.Tab, selector, value string) {
	tb.T.Helper()
	found := browser.Call[bool](tb, "choose", selector, value)
	if !found {
		tb.T.Fatalf("%s offers no %q", selector, value)
	}
}

// ask sends a message to the provider with the failure.
func ask(tb *browser.Tab, provider, scenario, message string) {
	tb.T.Helper()
	choose(tb, "#provider", provider)
	choose(tb, "#scenario", scenario)
	tb.Press("#prompt")
	tb.Type(message + browser.Enter)
}

// greeting is a scenario of a short reply that comes at once.
var greeting = demo.Scenario{ID: "greeting", Label: "Greeting", Steps: func(demo.Message) []chattest.Step {
	return []chattest.Step{chattest.Reply("Hello.")}
}}

// greet has one short exchange. After it the module is loaded, so that what
// comes next is read while it streams, however busy the machine is.
func greet(tb *browser.Tab) {
	tb.T.Helper()
	ask(tb, "anthropic", greeting.ID, "Hello!")
	waitForState(tb, 1, "done")
}

// reply is the selector of the nth reply, counted from 1, or of what is in it.
func reply(n int, inside ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("#messages > :nth-child(%d of .assistant)", n)}, inside...), " ")
}

// state is the JavaScript expression of the nth reply's state.
func state(n int) string { return browser.Element(reply(n)) + ".dataset.state" }

// waitForState waits until the nth reply is in one of the states.
func waitForState(tb *browser.Tab, n int, states ...string) {
	tb.T.Helper()
	list, _ := json.Marshal(states)
	tb.WaitFor(fmt.Sprintf(`%s.includes(%s)`, list, state(n)))
}

// waitForText waits until the nth reply has some text in mid-stream.
func waitForText(tb *browser.Tab, n int) {
	tb.T.Helper()
	tb.WaitFor(fmt.Sprintf(`%s === "streaming" && %s.textContent.length > 20`, state(n), browser.Element(reply(n, ".text"))))
}

// waitForBanner waits until the nth reply counts down to a retry.
func waitForBanner(tb *browser.Tab, n int) {
	tb.T.Helper()
	tb.WaitFor(fmt.Sprintf(`/^Retrying in \d+s$/.test(%s.textContent) && %s.checkVisibility()`,
		browser.Element(reply(n, `retry-banner >>> [part~="countdown"]`)), browser.Element(reply(n, "retry-banner"))))
}

// historyOf gives what was seen of the nth reply.
func historyOf(tb *browser.Tab, n int) history {
	tb.T.Helper()
	h := browser.Call[history](tb, "historyOf", n-1)
	require.NotEmpty(tb.T, h.Notes)
	return h
}

// logOf gives the entries of "What happened" about the nth reply, without
// their time.
func logOf(tb *browser.Tab, n int) []string {
	tb.T.Helper()
	return browser.Call[[]string](tb, "logOf", n)
}

// repliesAsked gives the requests of a page for a reply, without those for a
// title.
func repliesAsked(server *site.Site, provider, scenario string) []chattest.Request {
	return slices.DeleteFunc(server.Asked("/fake/"+provider+"/"+scenario+"/"), func(r chattest.Request) bool {
		return strings.Contains(r.Path, scenario+"/title-") || strings.Contains(r.Path, scenario+"/scripted-")
	})
}

// passTime lets so much of the page's time pass at once: what was due in it has been
// done then, and every request that this set off has been sent.
func passTime(tb *browser.Tab, d time.Duration) {
	tb.T.Helper()
	tb.Call("passTime", d.Milliseconds())
}
