package page_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
	"github.com/retrystream/retrystream/web/server/demo"
)

// The parts of the page that a person presses.
const (
	retryNow = `retry-banner >>> [part~="retry-now"]`
	stopWait = `retry-banner >>> [part~="stop"]`
	sendStop = "#send"
	tryAgain = ".again"
)

// scenarioOf gives a scenario of these steps, for Anthropic.
func scenarioOf(id string, steps ...chattest.Step) demo.Scenario {
	return demo.Scenario{ID: id, Label: id, Steps: func(demo.Message) []chattest.Step { return steps }}
}

func TestRetryNow(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, time.Millisecond, scenarioOf("busy", chattest.AnthropicRateLimitResponse("95")))
	tb := openChat(t, server)
	ask(tb, "anthropic", "busy", "Hurry!")
	waitForBanner(tb, 1)
	tb.Press(reply(1, retryNow))
	server.WaitForRequests(t, "/busy/", 2)
	waitForState(tb, 1, "done")
	seen := historyOf(tb, 1)
	assert.Equal(t, server.Scripted(t, "ok", "Hurry!"), seen.last().Text)
	assert.Len(t, repliesAsked(server, "anthropic", "busy"), 2)
	// Most of the 95 seconds had yet to pass.
	assert.Regexp(t, `^Retrying in [2-9]\ds$`, seen.lastCountdown())
}

// lastCountdown returns the last of the seconds that the banner counted.
func (h history) lastCountdown() (last string) {
	for _, n := range h.Counted {
		if strings.HasPrefix(n.Countdown, "Retrying in ") {
			last = n.Countdown
		}
	}
	return last
}

// TestStop stops replies at every moment. Whatever was under way ends, nothing
// is asked for afterwards, and the page is ready for the next message.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, provider string
		scenario       demo.Scenario
		until          func(tb *browser.Tab, server *site.Site)
		button         string
		requests       int
		// open tells whether a response was open, which the server sees end.
		open bool
	}{
		{
			name: "in the wait", scenario: scenarioOf("busy", chattest.AnthropicRateLimitResponse("4")),
			until:  func(tb *browser.Tab, _ *site.Site) { waitForBanner(tb, 1) },
			button: reply(1, stopWait), requests: 1,
		},
		{
			name: "in the wait, by the page's button", scenario: scenarioOf("busy", chattest.AnthropicRateLimitResponse("4")),
			until:  func(tb *browser.Tab, _ *site.Site) { waitForBanner(tb, 1) },
			button: sendStop, requests: 1,
		},
		{
			name: "in mid-stream", scenario: scenarioOf("stall", chattest.Stall(12)),
			until:  func(tb *browser.Tab, _ *site.Site) { waitForText(tb, 1) },
			button: sendStop, requests: 1, open: true,
		},
		{
			name: "before the response", scenario: scenarioOf("silent", chattest.Hang()),
			until:  func(_ *browser.Tab, server *site.Site) { server.WaitForRequests(t, "/silent/", 1) },
			button: sendStop, requests: 1, open: true,
		},
		{
			name: "while reconnecting", scenario: scenarioOf("silent", chattest.AnthropicOverloadedResponse(), chattest.Hang()),
			until:  func(_ *browser.Tab, server *site.Site) { server.WaitForRequests(t, "/silent/", 2) },
			button: reply(1, stopWait), requests: 2, open: true,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := site.NewDemo(t, 0, tt.scenario)
			tb := openChat(t, server)
			ask(tb, "anthropic", tt.scenario.ID, "Never mind")
			tt.until(tb, server)
			tb.Press(tt.button)
			waitForState(tb, 1, "canceled")
			if tt.open {
				server.WaitForGone(t, 1)
			}
			passTime(tb, 10*time.Second) // longer than the retry would have waited
			assert.Len(t, server.Asked("/fake/anthropic/"), tt.requests, "requests, with those for a title")

			last := historyOf(tb, 1).last()
			assert.False(t, last.Banner)
			assert.Contains(t, last.Outcome, "Stopped.")
			assert.Equal(t, "Send", browser.Eval[string](tb, browser.Element("#send")+".textContent"))
			log := logOf(tb, 1)
			assert.Equal(t, "stopped", log[len(log)-1])
		})
	}
}

// TestTryAgain asks anew after a failure, after a stop, and after another
// failure.
func TestTryAgain(t *testing.T) {
	t.Parallel()
	var runs atomic.Int64
	unlucky := demo.Scenario{ID: "unlucky", Label: "unlucky", Steps: func(m demo.Message) []chattest.Step {
		switch runs.Add(1) {
		case 1:
			return []chattest.Step{chattest.AnthropicErrorResponse(http.StatusUnauthorized, "authentication_error", "invalid x-api-key")}
		case 2:
			return []chattest.Step{chattest.Stall(12)}
		case 3:
			return []chattest.Step{chattest.AnthropicErrorResponse(http.StatusBadRequest, "invalid_request_error", "no")}
		}
		return nil
	}}
	server := site.NewDemo(t, time.Millisecond, unlucky)
	tb := openChat(t, server)
	ask(tb, "anthropic", "unlucky", "Once more")
	waitForState(tb, 1, "failed")
	tb.Press(reply(1, tryAgain))
	waitForText(tb, 1)
	tb.Press(sendStop)
	waitForState(tb, 1, "canceled")
	tb.Press(reply(1, tryAgain))
	waitForState(tb, 1, "failed")
	assert.Empty(t, historyOf(tb, 1).last().Outcome)
	tb.Press(reply(1, tryAgain))
	waitForState(tb, 1, "done")

	last := historyOf(tb, 1).last()
	assert.Equal(t, server.Scripted(t, "ok", "Once more"), last.Text)
	assert.False(t, last.Banner)
	assert.Empty(t, last.Outcome)
	assert.False(t, browser.Eval[bool](tb, browser.Element(reply(1, tryAgain))+" !== null"))
}

// TestReload leaves the page in the middle of a reply. The server sees the
// reply given up, nothing is asked for afterwards, and the new page works.
func TestReload(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		step  chattest.Step
		until func(*browser.Tab, int)
		open  int
	}{
		{"in mid-stream", chattest.Stall(12), waitForText, 1},
		{"in the wait", chattest.AnthropicRateLimitResponse("4"), waitForBanner, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := site.NewDemo(t, 0, scenarioOf("broken", tt.step))
			tb := openChat(t, server)
			ask(tb, "anthropic", "broken", "Hello")
			tt.until(tb, 1)
			tb.Reload()
			watchChat(tb)
			server.WaitForGone(t, tt.open)
			passTime(tb, 10*time.Second)
			require.Len(t, server.Asked("/broken/"), 1)
			assert.Zero(t, browser.Eval[int](tb, `document.querySelectorAll("#messages > *").length`))

			ask(tb, "anthropic", "ok", "And now?")
			waitForState(tb, 1, "done")
			assert.Equal(t, server.Scripted(t, "ok", "And now?"), historyOf(tb, 1).last().Text)
		})
	}
}

// TestTwoAtOnce has two replies in trouble of their own at the same time.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, time.Millisecond, scenarioOf("busy", chattest.AnthropicRateLimitResponse("30")))
	tb := openChat(t, server)
	ask(tb, "anthropic", "busy", "First")
	waitForBanner(tb, 1)
	ask(tb, "gemini", "rate-limit-delay", "Second")
	waitForBanner(tb, 2)
	for n := range 2 {
		assert.True(t, browser.Eval[bool](tb, browser.Element(reply(n+1, "retry-banner"))+".checkVisibility()"))
	}

	// What is pressed in one banner is meant for its reply alone.
	tb.Press(reply(2, retryNow))
	waitForState(tb, 2, "done")
	assert.True(t, historyOf(tb, 1).last().Pending)
	assert.Len(t, server.Asked("/busy/"), 1)
	tb.Press(reply(1, stopWait))
	waitForState(tb, 1, "canceled")
	assert.Equal(t, "done", historyOf(tb, 2).last().State)

	first, second := historyOf(tb, 1), historyOf(tb, 2)
	assert.Equal(t, server.Scripted(t, "ok", "Second"), second.last().Text)
	assert.Equal(t, site.Message(failure.RateLimit, "anthropic"), first.Counted[0].Reason)
	assert.Equal(t, site.Message(failure.RateLimit, "gemini"), second.Counted[0].Reason)
	assert.Contains(t, []string{"Retrying in 30s", "Retrying in 29s"}, first.Counted[0].Countdown)
	assert.Contains(t, []string{"Retrying in 5s", "Retrying in 4s"}, second.Counted[0].Countdown)
}
