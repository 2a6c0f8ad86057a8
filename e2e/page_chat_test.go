package e2e

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/web/server/demo"
	"github.com/stretchr/testify/require"
)

// replyTimeout bounds the wait for a reply: the longest scenario takes about
// eight seconds, more on a busy machine.
const replyTimeout = 40 * time.Second

//go:embed testdata/page/watch.js
var watchScript string

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
func openChat(t testing.TB, server *site) *tab {
	t.Helper()
	tb := open(t, server.URL)
	watchChat(tb)
	return tb
}

// watchChat starts the notes on a page that has just been loaded.
func watchChat(tb *tab) {
	tb.t.Helper()
	waitFor(tb, `document.querySelectorAll("#scenario option").length > 0`, actionTimeout)
	eval[chromedp.Void](tb, watchScript)
}

// choose sets a picker as a person does.
func choose(tb *tab, selector, value string) {
	tb.t.Helper()
	found := eval[bool](tb, fmt.Sprintf(`(() => {
		const picker = %s;
		picker.value = %s;
		picker.dispatchEvent(new Event("change", { bubbles: true }));
		return picker.value !== "";
	})()`, element(selector), strconv.Quote(value)))
	if !found {
		tb.t.Fatalf("%s offers no %q", selector, value)
	}
}

// ask sends a message to the provider with the failure.
func ask(tb *tab, provider, scenario, message string) {
	tb.t.Helper()
	choose(tb, "#provider", provider)
	choose(tb, "#scenario", scenario)
	click(tb, "#prompt")
	press(tb, message+kb.Enter)
}

// greeting is a scenario of a short reply that comes at once.
var greeting = demo.Scenario{ID: "greeting", Label: "Greeting", Steps: func(demo.Message) []chattest.Step {
	return []chattest.Step{chattest.Reply("Hello.")}
}}

// greet has one short exchange. After it the module is loaded, so that what
// comes next is read while it streams, however busy the machine is.
func greet(tb *tab) {
	tb.t.Helper()
	ask(tb, "anthropic", greeting.ID, "Hello!")
	waitForState(tb, 1, "done")
}

// reply is the selector of the nth reply, counted from 1, or of what is in it.
func reply(n int, inside ...string) string {
	return strings.Join(append([]string{fmt.Sprintf("#messages > :nth-child(%d of .assistant)", n)}, inside...), " ")
}

// state is the JavaScript expression of the nth reply's state.
func state(n int) string { return element(reply(n)) + ".dataset.state" }

// waitForState waits until the nth reply is in one of the states.
func waitForState(tb *tab, n int, states ...string) {
	tb.t.Helper()
	list, _ := json.Marshal(states)
	waitFor(tb, fmt.Sprintf(`%s.includes(%s)`, list, state(n)), replyTimeout)
}

// waitForText waits until the nth reply has some text in mid-stream.
func waitForText(tb *tab, n int) {
	tb.t.Helper()
	waitFor(tb, fmt.Sprintf(`%s === "streaming" && %s.textContent.length > 20`, state(n), element(reply(n, ".text"))), replyTimeout)
}

// waitForBanner waits until the nth reply counts down to a retry.
func waitForBanner(tb *tab, n int) {
	tb.t.Helper()
	waitFor(tb, fmt.Sprintf(`/^Retrying in \d+s$/.test(%s.textContent) && %s.checkVisibility()`,
		element(reply(n, `retry-banner >>> [part~="countdown"]`)), element(reply(n, "retry-banner"))), replyTimeout)
}

// historyOf gives what was seen of the nth reply.
func historyOf(tb *tab, n int) history {
	tb.t.Helper()
	// The last change is noted before the next picture is drawn.
	eval[chromedp.Void](tb, `new Promise(done => requestAnimationFrame(() => setTimeout(done)))`)
	h := eval[history](tb, fmt.Sprintf(`watchedReplies[%d]`, n-1))
	require.NotEmpty(tb.t, h.Notes)
	return h
}

// logOf gives the entries of "What happened" about the nth reply, without
// their time.
func logOf(tb *tab, n int) []string {
	tb.t.Helper()
	return eval[[]string](tb, fmt.Sprintf(`Array.from(document.querySelectorAll("#log > li"))
		.filter(item => item.querySelector(".subject").textContent === "#%d")
		.map(item => item.lastChild.textContent)`, n))
}

// repliesAsked gives the requests of a page for a reply, without those for a
// title.
func repliesAsked(server *site, provider, scenario string) []chattest.Request {
	return slices.DeleteFunc(server.asked("/fake/"+provider+"/"+scenario+"/"), func(r chattest.Request) bool {
		return strings.Contains(r.Path, scenario+"/title-") || strings.Contains(r.Path, scenario+"/scripted-")
	})
}

// scripted gives the text that the fakes of a demo page send in answer to a
// message. It asks for a reply that is not streamed.
func scripted(t testing.TB, server *site, scenario, message string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"messages": []any{map[string]any{"role": "user", "content": message}}})
	require.NoError(t, err)
	// A run of its own for each message: a run keeps the answer to its first.
	url := fmt.Sprintf("%s/fake/openai/%s/scripted-%x/v1/chat/completions", server.URL, scenario, message)
	res, err := http.Post(url, "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	var answer struct {
		Choices []struct{ Message struct{ Content string } }
	}
	require.NoError(t, json.Unmarshal(data, &answer))
	require.Len(t, answer.Choices, 1)
	require.NotEmpty(t, answer.Choices[0].Message.Content)
	return answer.Choices[0].Message.Content
}
