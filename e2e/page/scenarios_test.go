package page_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// expectedRetry is what the banner must tell about one retry.
type expectedRetry struct {
	kind  failure.Kind
	delay int // seconds
}

// recoveries lists every scenario of the demo that ends well.
var recoveries = []struct {
	scenario string
	retries  []expectedRetry
	// gemini is what Gemini's words mean where they differ.
	gemini []expectedRetry
	// voided: text had come before the failure.
	voided bool
}{
	{scenario: "ok"},
	{scenario: "rate-limit", retries: []expectedRetry{{failure.RateLimit, 1}, {failure.RateLimit, 2}}},
	{scenario: "rate-limit-delay", retries: []expectedRetry{{failure.RateLimit, 5}}},
	{scenario: "overloaded", retries: []expectedRetry{{failure.Overloaded, 1}}},
	{scenario: "overloaded-midstream", retries: []expectedRetry{{failure.Overloaded, 1}}, voided: true},
	{scenario: "cut", retries: []expectedRetry{{failure.Network, 1}}, voided: true},
	{scenario: "truncated", retries: []expectedRetry{{failure.Truncated, 1}}, voided: true},
	{scenario: "stall", retries: []expectedRetry{{failure.Stalled, 1}}, voided: true},
	{
		scenario: "server-error",
		retries:  []expectedRetry{{failure.Server, 1}, {failure.Server, 2}},
		gemini:   []expectedRetry{{failure.Server, 1}, {failure.Overloaded, 2}},
	},
	{scenario: "html", retries: []expectedRetry{{failure.Server, 1}}},
	{scenario: "queued"},
	{scenario: "offline"}, // without a network: see TestOfflinePage
	{scenario: "long"},
	{scenario: "title-fails"},
}

// demoProviders are the page's choices and the ids of the providers behind them.
var demoProviders = []struct{ choice, id string }{
	{"anthropic", "anthropic"}, {"openai", "openai"}, {"openai-responses", "openai"}, {"gemini", "gemini"},
}

// TestReplySurvives sends a message into every failure, with every provider.
// The providers of one failure share a page, where they answer at the same
// time: opening a page costs more than a reply.
func TestReplySurvives(t *testing.T) {
	t.Parallel()
	for _, tt := range recoveries {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			pace := 5 * time.Millisecond
			if tt.voided {
				// A browser drops what it has not yet handed to the page when the
				// connection breaks, so the page must have time to read.
				pace *= 3
			}
			server := site.NewDemo(t, pace, greeting)
			tb := openChat(t, server)
			greet(tb)
			for _, provider := range demoProviders {
				ask(tb, provider.choice, tt.scenario, messageTo(provider.choice))
			}
			for i, provider := range demoProviders {
				n := i + 2
				waitForState(tb, n, "done", "failed", "canceled")
				seen := historyOf(tb, n)
				t.Run(provider.choice, func(t *testing.T) {
					retries := tt.retries
					if tt.gemini != nil && provider.id == "gemini" {
						retries = tt.gemini
					}
					want := server.Scripted(t, replyScenario(tt.scenario), messageTo(provider.choice))
					assert.Equal(t, "done", seen.last().State, "the last words: %s", seen.last().Error)
					assert.Equal(t, want, seen.last().Text)
					checkNotes(t, seen, want)
					checkRetries(t, seen, provider.id, retries)
					checkLog(t, logOf(tb, n), len(tt.retries), tt.voided)
					assert.Len(t, repliesAsked(server, provider.choice, tt.scenario), 1+len(tt.retries))
					checkOutcome(t, seen.last().Outcome, len(tt.retries))
				})
			}
		})
	}
}

func messageTo(provider string) string { return "What does " + provider + " say?" }

// TestScenariosAreTested fails when the demo gets a scenario that no test knows.
func TestScenariosAreTested(t *testing.T) {
	t.Parallel()
	known := []string{"down"} // Stop is the only end of it: see TestStop
	for _, tt := range recoveries {
		known = append(known, tt.scenario)
	}
	for _, tt := range refusals {
		known = append(known, tt.scenario)
	}
	tb := openChat(t, site.NewDemo(t, 0))
	assert.ElementsMatch(t, known, browser.Eval[[]string](tb, `Array.from(document.querySelectorAll("#scenario option"), option => option.value)`))
}

// replyScenario is a scenario with the same text that never fails.
func replyScenario(scenario string) string {
	if scenario == "long" {
		return scenario
	}
	return "ok"
}

// checkNotes checks what must hold at every moment: no text but the scripted
// one, never doubled, and no banner once text comes in.
func checkNotes(t *testing.T, seen history, want string) {
	t.Helper()
	var before note
	for _, n := range seen.Notes {
		require.Truef(t, strings.HasPrefix(want, n.Text), "the text was wrong for a moment: %q", n.Text)
		stayed := before.Banner && n.Banner && n.Attempt == before.Attempt
		require.Falsef(t, stayed && len(n.Text) > len(before.Text), "text streams under the banner: %+v", n)
		require.Falsef(t, n.Banner && n.State != "retrying", "a banner without a retry: %+v", n)
		before = n
	}
	assert.False(t, seen.last().Banner, "the banner stayed")
}

// checkRetries checks that the banner told of exactly these retries: a
// countdown from the delay to 1, the reason and the attempt's number.
func checkRetries(t *testing.T, seen history, provider string, want []expectedRetry) {
	t.Helper()
	var attempts []string
	counted := map[string][]int{}
	reasons := map[string]string{}
	for _, n := range seen.Counted {
		seconds, counting := strings.CutPrefix(n.Countdown, "Retrying in ")
		if !counting {
			continue // "Retrying…" or "Reconnecting…"
		}
		if !slices.Contains(attempts, n.Attempt) {
			attempts = append(attempts, n.Attempt)
		}
		left, err := strconv.Atoi(strings.TrimSuffix(seconds, "s"))
		require.NoError(t, err, n.Countdown)
		if list := counted[n.Attempt]; len(list) == 0 || list[len(list)-1] != left {
			counted[n.Attempt] = append(list, left)
		}
		reasons[n.Attempt] = n.Reason
	}
	require.Lenf(t, attempts, len(want), "retries seen: %v", attempts)
	for i, retry := range want {
		attempt := fmt.Sprintf("attempt %d", i+1)
		require.Equal(t, attempt, attempts[i])
		assert.Equal(t, site.Message(retry.kind, provider), reasons[attempt])
		checkCountdown(t, counted[attempt], retry.delay)
	}
}

// checkCountdown checks that the seconds ran down from the delay. On a busy
// machine a value may be missed, so only a long wait must show several.
func checkCountdown(t *testing.T, counted []int, delay int) {
	t.Helper()
	require.NotEmpty(t, counted)
	assert.LessOrEqual(t, counted[0], delay)
	assert.GreaterOrEqual(t, counted[0], max(1, delay-1))
	assert.True(t, slices.IsSortedFunc(counted, func(a, b int) int { return b - a }), "%v", counted)
	if delay >= 4 {
		assert.GreaterOrEqualf(t, len(counted), 2, "a wait of %ds showed only %v", delay, counted)
	}
}

// checkLog checks the entries of "What happened" about a reply: a retry each, a
// reset where text became void, and the end.
func checkLog(t *testing.T, entries []string, retries int, voided bool) {
	t.Helper()
	all := strings.Join(entries, "\n")
	assert.Equal(t, retries, strings.Count(all, ": request sent")-1, all)
	assert.Equal(t, retries, strings.Count(all, "retry "), all)
	assert.Equal(t, voided, strings.Contains(all, "reset: "), all)
	assert.Equal(t, 1, strings.Count(all, "complete: "), all)
}

func checkOutcome(t *testing.T, outcome string, retries int) {
	t.Helper()
	switch retries {
	case 0:
		assert.Empty(t, outcome)
	case 1:
		assert.Contains(t, outcome, "Recovered after 1 retry,")
	default:
		assert.Contains(t, outcome, fmt.Sprintf("Recovered after %d retries,", retries))
	}
}
