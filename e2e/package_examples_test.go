package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const examples = projectRoot + "/web/examples/"

// testPackageReact uses the React example as its README says.
func testPackageReact(t *testing.T, w *workshop) {
	t.Run("build", func(t *testing.T) {
		t.Parallel()
		dir := w.project(t, examples+"react")
		run(t, dir, "npm", "run", "build")
		assertExampleWorks(t, dir+"/dist", apiPolicy)
	})
	// React mounts everything twice only while one develops.
	t.Run("dev", func(t *testing.T) {
		t.Parallel()
		demo := newDemo(t, time.Millisecond)
		dir := w.project(t, examples+"react", fixture("react"))
		url := startVite(t, dir, w.tool("vite/bin/vite.js"), "SERVER="+demo.URL)
		tb := open(t, url)
		waitFor(tb, element("form button"), buildTimeout)
		sendMessage(tb)
		waitFor(tb, element("retry-banner")+`.status.phase === "done"`, actionTimeout)
		assert.NotEmpty(t, eval[string](tb, element("form p")+`.textContent`))
		assert.Len(t, demo.asked("/fake/openai/overloaded/"), 2)

		t.Run("mounted twice", func(t *testing.T) { testReactMount(t, url+"mount.html") })
	})
}

// testReactMount: what is mounted twice asks twice, but only one request goes on,
// and none once it is unmounted.
func testReactMount(t *testing.T, url string) {
	const text = "React is well: 🚀"
	stalls := newSite(t, chattest.OpenAIChat(&chattest.Script{Then: new(chattest.Stall(4)), AllowOrigin: "*"}))
	answers := newFake(t, chattest.OpenAIChat, chattest.Reply(text), chattest.Reply(text))
	tb := open(t, url)
	waitFor(tb, `globalThis.mount`, buildTimeout)
	running := func(s *site, want int) {
		t.Helper()
		require.Eventually(t, func() bool { return s.running() == want }, actionTimeout, 5*time.Millisecond)
	}

	eval[chromedp.Void](tb, `mount("`+stalls.URL+chatPath+`")`)
	waitFor(tb, element("p")+`?.textContent.startsWith("Hello")`, actionTimeout)
	running(stalls, 1)

	// Another address ends the request to the former one.
	eval[chromedp.Void](tb, `mount("`+answers.URL+chatPath+`")`)
	waitFor(tb, element("p")+`.textContent === "`+text+`"`, actionTimeout)
	running(stalls, 0)

	eval[chromedp.Void](tb, `mount("`+stalls.URL+chatPath+`")`)
	waitFor(tb, element("p")+`?.textContent.startsWith("Hello")`, actionTimeout)
	running(stalls, 1)
	eval[chromedp.Void](tb, `unmount()`)
	running(stalls, 0)
}

// testPackagePlain uses the page that needs no bundler.
func testPackagePlain(t *testing.T, w *workshop) {
	dir := w.project(t, examples+"plain")
	assertExampleWorks(t, dir, inlinePolicy(t, dir))
}

// noteBanner keeps the phases in which the banner came and went, however short the
// wait was.
const noteBanner = `(() => {
	globalThis.phases = [];
	const banner = document.querySelector("retry-banner");
	let { hidden } = banner;
	new MutationObserver(() => {
		if (banner.hidden === hidden) return;
		hidden = banner.hidden;
		phases.push((hidden ? "hidden " : "shown ") + banner.status.phase);
	}).observe(banner, { attributeFilter: ["hidden"] });
})()`

// assertExampleWorks sends messages in an example: one whose reply fails first, and
// one that is refused.
func assertExampleWorks(t *testing.T, dir, policy string) {
	t.Helper()
	const text = "The example is well: 🚀"
	provider := chattest.OpenAIChat(chattest.NewScript(
		chattest.OpenAIServerErrorResponse(), chattest.CutAfterEvents(6), chattest.Reply(text),
		chattest.OpenAIErrorResponse(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "no")))
	files := folder(dir, policy)
	server := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			provider.ServeHTTP(w, r)
			return
		}
		files.ServeHTTP(w, r)
	}))
	tb := open(t, server.URL)
	waitFor(tb, element("form button")+` && customElements.get("retry-banner")`, actionTimeout)
	eval[chromedp.Void](tb, noteBanner)
	sendMessage(tb)
	waitFor(tb, element("form p")+`.textContent === "`+text+`"`, actionTimeout)
	// Between them it may go and come again: a cut can come before any text is read.
	phases := eval[[]string](tb, `phases`)
	require.NotEmpty(t, phases)
	assert.Equal(t, "shown retrying", phases[0])
	assert.Equal(t, "hidden streaming", phases[len(phases)-1])
	assert.False(t, shows(tb, "retry-banner"))

	sendMessage(tb)
	waitFor(tb, element(`[role="alert"]`)+`?.textContent === `+strconv.Quote(finalMessage(failure.Auth, "openai-compatible")), actionTimeout)
	assert.Len(t, server.asked(chatPath), 4)
}

// sendMessage writes a message and sends it.
func sendMessage(tb *tab) {
	tb.t.Helper()
	click(tb, "input")
	press(tb, "Hello")
	click(tb, "form > button")
}
