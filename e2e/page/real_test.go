package page_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// fill types into a field in place of what is there.
func fill(tb *browser.Tab, selector, text string) {
	tb.T.Helper()
	tb.Press(selector)
	tb.Run(browser.Element(selector) + `.select()`)
	tb.Type(text)
}

// TestRealProvider points the page at providers of another origin. The key goes
// into the header that the provider wants, and nowhere else.
func TestRealProvider(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		preset, path  string
		fake          func(*chattest.Script) http.Handler
		key           string
		header, value string
	}{
		{"Anthropic", "/v1/messages", chattest.Anthropic, "sk-ant-api03-Tq8ZyE2w", "X-Api-Key", "sk-ant-api03-Tq8ZyE2w"},
		{"OpenAI Chat", "/v1/chat/completions", chattest.OpenAIChat, "sk-proj-Tq8ZyE2wLm", "Authorization", "Bearer sk-proj-Tq8ZyE2wLm"},
		{"OpenAI Responses", "/v1/responses", chattest.OpenAIResponses, "plain0key1without2form", "Authorization", "Bearer plain0key1without2form"},
		{"Gemini", "/v1beta/models/gemini-2.5-flash:streamGenerateContent", chattest.Gemini, "AIzaSyTq8ZyE2wLmN0pQ", "X-Goog-Api-Key", "AIzaSyTq8ZyE2wLmN0pQ"},
	} {
		t.Run(tt.preset, func(t *testing.T) {
			t.Parallel()
			provider := site.NewFake(t, tt.fake,
				chattest.ErrorResponse(chattest.Error{Status: http.StatusServiceUnavailable}),
				chattest.Reply("It works."), chattest.Reply("A Short Title"),
				// Providers do repeat the key that they refuse.
				chattest.ErrorResponse(chattest.Error{Status: http.StatusUnauthorized, Message: "Incorrect API key provided: " + tt.key + "."}),
			)
			server := site.NewDemo(t, 0)
			tb := openChat(t, server)
			tb.Call("recordConsole")
			tb.Press("#real summary")
			tb.Call("chooseText", "#preset", tt.preset)
			fill(tb, "#base-url", provider.URL+"/v1/")
			if tt.preset == "Gemini" {
				fill(tb, "#base-url", provider.URL)
			}
			fill(tb, "#key", tt.key)
			tb.Press("#use-real")
			tb.Press("#prompt")
			tb.Type("Hello" + browser.Enter)
			waitForState(tb, 1, "done")
			tb.WaitFor(browser.Element("#title") + `.textContent === "A Short Title"`)
			tb.Press("#prompt")
			tb.Type("And again" + browser.Enter)
			waitForState(tb, 2, "failed")

			seen := historyOf(tb, 1)
			assert.Equal(t, "It works.", seen.last().Text)
			require.NotEmpty(t, seen.Counted)
			requests := provider.Requests()
			require.Len(t, requests, 4, "two for the reply, one for the title, one that fails")
			for _, r := range requests {
				assert.Equal(t, tt.path, r.Path)
				assert.Equal(t, tt.value, r.Header.Get(tt.header))
				r.Header.Del(tt.header)
				for name, values := range r.Header {
					assert.NotContains(t, strings.Join(values, " "), tt.key, name)
				}
				assert.NotContains(t, r.Query, tt.key)
				assert.NotContains(t, string(r.Body), tt.key)
			}
			for _, r := range server.Requests() {
				assert.NotContains(t, r.Path+r.Query+string(r.Body), tt.key)
				assert.Empty(t, r.Header.Get(tt.header))
			}
			assert.NotContains(t, browser.Call[string](tb, "everythingKept"), tt.key)
			assert.Empty(t, server.Asked("/fake/anthropic"), "messages went to the fakes")

			// A key is for the provider that it was typed for.
			tb.Call("chooseText", "#preset")
			assert.Empty(t, browser.Eval[string](tb, browser.Element("#key")+".value"))
		})
	}
}

// TestBlockedByCORS: that a provider does not allow pages to call it is presumed
// after three attempts. To a page it looks like a lost connection, but no retry helps.
func TestBlockedByCORS(t *testing.T) {
	t.Parallel()
	provider := chattest.NewAnthropic(t)
	tb := openChat(t, site.NewDemo(t, 0))
	tb.Allow("CORS policy")
	tb.Press("#real summary")
	fill(tb, "#base-url", provider.URL)
	fill(tb, "#key", "sk-ant-api03-Tq8ZyE2w")
	tb.Press("#use-real")
	tb.Press("#prompt")
	tb.Type("Hello" + browser.Enter)
	waitForState(tb, 1, "failed")
	seen := historyOf(tb, 1)
	assert.Contains(t, seen.last().Error, "If it never worked from this page")
	assert.Contains(t, seen.last().Error, "(CORS)")
}
