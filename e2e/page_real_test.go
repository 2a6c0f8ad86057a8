package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// everythingKept is a JavaScript expression of all that the page keeps or shows
// as text: the documents's markup with its shadow trees, what form fields show,
// storage of every kind, all addresses asked for and all that was logged.
const everythingKept = `(async () => {
	const markup = root => root.innerHTML + Array.from(root.querySelectorAll("*"), e => e.shadowRoot ? markup(e.shadowRoot) : "").join("");
	const fields = Array.from(document.querySelectorAll("input:not([type=password]), textarea"), e => e.value);
	const caches_ = await caches.keys();
	const databases = (await indexedDB.databases()).map(({ name }) => name);
	const addresses = performance.getEntriesByType("resource").map(({ name }) => name);
	return JSON.stringify([markup(document), fields, document.title, location.href, history.state, window.name, document.cookie,
		{ ...localStorage }, { ...sessionStorage }, caches_, databases, addresses, globalThis.logged ?? []]);
})()`

// recordConsole keeps all that the page logs, of whatever level.
const recordConsole = `{
	globalThis.logged = [];
	for (const level of ["log", "info", "debug", "warn", "error", "trace", "dir", "table"]) {
		const original = console[level];
		console[level] = (...args) => {
			logged.push(level + " " + args.map(arg => arg instanceof Error ? arg.stack : typeof arg === "object" ? JSON.stringify(arg) : String(arg)).join(" "));
			original.apply(console, args);
		};
	}
}`

// fill types into a field in place of what is there.
func fill(tb *tab, selector, text string) {
	tb.t.Helper()
	click(tb, selector)
	eval[chromedp.Void](tb, element(selector)+`.select()`)
	press(tb, text)
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
			provider := newFake(t, tt.fake,
				chattest.ErrorResponse(chattest.Error{Status: http.StatusServiceUnavailable}),
				chattest.Reply("It works."), chattest.Reply("A Short Title"),
				// Providers do repeat the key that they refuse.
				chattest.ErrorResponse(chattest.Error{Status: http.StatusUnauthorized, Message: "Incorrect API key provided: " + tt.key + "."}),
			)
			server := newDemo(t, 0)
			tb := openChat(t, server)
			eval[chromedp.Void](tb, recordConsole)
			click(tb, "#real summary")
			eval[chromedp.Void](tb, `(picker => {
				picker.selectedIndex = Array.from(picker.options).findIndex(option => option.text === "`+tt.preset+`");
				picker.dispatchEvent(new Event("change", { bubbles: true }));
			})(`+element("#preset")+`)`)
			fill(tb, "#base-url", provider.URL+"/v1/")
			if tt.preset == "Gemini" {
				fill(tb, "#base-url", provider.URL)
			}
			fill(tb, "#key", tt.key)
			click(tb, "#use-real")
			click(tb, "#prompt")
			press(tb, "Hello"+kb.Enter)
			waitForState(tb, 1, "done")
			waitFor(tb, element("#title")+`.textContent === "A Short Title"`, actionTimeout)
			click(tb, "#prompt")
			press(tb, "And again"+kb.Enter)
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
			assert.NotContains(t, eval[string](tb, everythingKept), tt.key)
			assert.Empty(t, server.asked("/fake/anthropic"), "messages went to the fakes")

			// A key is for the provider that it was typed for.
			eval[chromedp.Void](tb, `(picker => {
				picker.selectedIndex = (picker.selectedIndex + 1) % picker.options.length;
				picker.dispatchEvent(new Event("change", { bubbles: true }));
			})(`+element("#preset")+`)`)
			assert.Empty(t, eval[string](tb, element("#key")+".value"))
		})
	}
}

// TestBlockedByCORS: that a provider does not allow pages to call it is presumed
// after three attempts. To a page it looks like a lost connection, but no retry helps.
func TestBlockedByCORS(t *testing.T) {
	t.Parallel()
	provider := chattest.NewAnthropic(t)
	tb := openChat(t, newDemo(t, 0))
	allow(tb, "CORS policy")
	click(tb, "#real summary")
	fill(tb, "#base-url", provider.URL)
	fill(tb, "#key", "sk-ant-api03-Tq8ZyE2w")
	click(tb, "#use-real")
	click(tb, "#prompt")
	press(tb, "Hello"+kb.Enter)
	waitForState(tb, 1, "failed")
	seen := historyOf(tb, 1)
	assert.Contains(t, seen.last().Error, "If it never worked from this page")
	assert.Contains(t, seen.last().Error, "(CORS)")
}
