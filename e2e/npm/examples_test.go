package npm_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// examples returns the folder of the examples.
func examples() string { return project.Path("web/examples") + "/" }

// testPackageReact uses the React example as its README says.
func testPackageReact(t *testing.T, w *workshop) {
	t.Run("build", func(t *testing.T) {
		t.Parallel()
		dir := w.project(t, examples()+"react")
		run(t, dir, "npm", "run", "build")
		assertExampleWorks(t, dir+"/dist", library.Policy)
	})
	// React mounts everything twice only while one develops.
	t.Run("dev", func(t *testing.T) {
		t.Parallel()
		demo := site.NewDemo(t, time.Millisecond)
		dir := w.project(t, examples()+"react", fixture("react"))
		url := startVite(t, dir, w.tool("vite/bin/vite.js"), "SERVER="+demo.URL)
		tb := browser.Open(t, url)
		tb.WaitFor(browser.Element("form button"))
		sendMessage(tb)
		tb.WaitFor(browser.Element("retry-banner") + `.status.phase === "done"`)
		assert.NotEmpty(t, browser.Eval[string](tb, browser.Element("form p")+`.textContent`))
		assert.Len(t, demo.Asked("/fake/openai/overloaded/"), 2)

		t.Run("mounted twice", func(t *testing.T) { testReactMount(t, url+"mount.html") })
	})
}

// testReactMount: what is mounted twice asks twice, but only one request goes on,
// and none once it is unmounted.
func testReactMount(t *testing.T, url string) {
	const text = "React is well: 🚀"
	stalls := site.New(t, chattest.OpenAIChat(&chattest.Script{Then: new(chattest.Stall(4)), AllowOrigin: "*"}))
	answers := site.NewFake(t, chattest.OpenAIChat, chattest.Reply(text), chattest.Reply(text))
	tb := browser.Open(t, url)
	tb.WaitFor(`globalThis.mount`)
	running := func(s *site.Site, want int) {
		t.Helper()
		require.Eventually(t, func() bool { return s.Running() == want }, browser.Patience, 5*time.Millisecond)
	}

	tb.Run(`mount("` + stalls.URL + site.ChatPath + `")`)
	tb.WaitFor(browser.Element("p") + `?.textContent.startsWith("Hello")`)
	running(stalls, 1)

	// Another address ends the request to the former one.
	tb.Run(`mount("` + answers.URL + site.ChatPath + `")`)
	tb.WaitFor(browser.Element("p") + `.textContent === "` + text + `"`)
	running(stalls, 0)

	tb.Run(`mount("` + stalls.URL + site.ChatPath + `")`)
	tb.WaitFor(browser.Element("p") + `?.textContent.startsWith("Hello")`)
	running(stalls, 1)
	tb.Run(`unmount()`)
	running(stalls, 0)
}

// testPackagePlain uses the page that needs no bundler.
func testPackagePlain(t *testing.T, w *workshop) {
	dir := w.project(t, examples()+"plain")
	assertExampleWorks(t, dir, inlinePolicy(t, dir))
}

// assertExampleWorks sends messages in an example: one whose reply fails first, and
// one that is refused.
func assertExampleWorks(t *testing.T, dir, policy string) {
	t.Helper()
	const text = "The example is well: 🚀"
	provider := chattest.OpenAIChat(chattest.NewScript(
		chattest.OpenAIServerErrorResponse(), chattest.CutAfterEvents(6), chattest.Reply(text),
		chattest.OpenAIErrorResponse(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "no")))
	files := folder(dir, policy)
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			provider.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	}))
	tb := browser.Open(t, server.URL)
	tb.WaitFor(browser.Element("form button") + ` && customElements.get("retry-banner")`)
	tb.Load()
	tb.Call("noteBanner")
	sendMessage(tb)
	tb.WaitFor(browser.Element("form p") + `.textContent === "` + text + `"`)
	// Between them it may go and come again: a cut can come before any text is read.
	phases := browser.Eval[[]string](tb, `tests.phases`)
	require.NotEmpty(t, phases)
	assert.Equal(t, "shown retrying", phases[0])
	assert.Equal(t, "hidden streaming", phases[len(phases)-1])
	assert.False(t, tb.Shows("retry-banner"))

	sendMessage(tb)
	tb.WaitFor(browser.Element(`[role="alert"]`) + `?.textContent === ` + strconv.Quote(site.FinalMessage(failure.Auth, "openai-compatible")))
	assert.Len(t, server.Asked(site.ChatPath), 4)
}

// sendMessage writes a message and sends it.
func sendMessage(tb *browser.Tab) {
	tb.T.Helper()
	tb.Press("input")
	tb.Type("Hello")
	tb.Press("form > button")
}
