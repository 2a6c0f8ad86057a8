package e2e

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEval(t *testing.T) {
	t.Parallel()
	tb := open(t, serve(t, "", ""))
	assert.Equal(t, 3, eval[int](tb, `1 + 2`))
	assert.Equal(t, []string{"a"}, eval[[]string](tb, `new Promise(done => setTimeout(() => done(["a"])))`))
	assert.Contains(t, failureOf(tb, func(tb *tab) { eval[int](tb, `Promise.reject(new Error("oh no"))`) }), "Error: oh no")
	assert.Contains(t, failureOf(tb, func(tb *tab) { eval[int](tb, `nothing.at.all`) }), "nothing is not defined")
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	tb := open(t, serve(t, "", `setTimeout(() => document.querySelector("main").append(document.createElement("p")), 30)`))
	waitFor(tb, `document.querySelector("p").isConnected`, actionTimeout)
	waitFor(tb, `Promise.resolve(true)`, 0)
	assert.Contains(t, failureOf(tb, func(tb *tab) { waitFor(tb, `document.querySelector("b")`, time.Millisecond) }),
		"the last value was null")
	assert.Contains(t, failureOf(tb, func(tb *tab) { waitFor(tb, `missing`, time.Millisecond) }),
		"the last value was ReferenceError: missing is not defined")
}

func TestInput(t *testing.T) {
	t.Parallel()
	tb := open(t, serve(t, `
		<label>Text <input></label>
		<shadow-box><template shadowrootmode="open"><button>Press</button></template></shadow-box>`, `
		globalThis.trusted = [];
		document.addEventListener("click", event => trusted.push(event.isTrusted));
		document.addEventListener("keydown", event => { if (event.key === "Enter") trusted.push(event.shiftKey); });`))
	newTab(t) // A newer window must not take the focus.
	click(tb, "input")
	press(tb, "hé")
	press(tb, kb.Enter, chromedp.ModifierShift)
	assert.Equal(t, "hé", eval[string](tb, element("input")+".value"))
	press(tb, kb.Tab)
	assert.True(t, eval[bool](tb, `document.hasFocus() && `+element("shadow-box >>> button:focus-visible")+`?.localName === "button"`))
	click(tb, "shadow-box >>> button")
	assert.Equal(t, []bool{true, true, true}, eval[[]bool](tb, `trusted`))
	assert.Nil(t, eval[*string](tb, element("absent >>> button")))
}

func TestEmulation(t *testing.T) {
	t.Parallel()
	tb := open(t, serve(t, `<p>Text</p>`, ""))
	matches := func(query string) bool { return eval[bool](tb, `matchMedia("(`+query+`)").matches`) }
	for _, width := range []int64{phoneWidth, desktopWidth} {
		setViewport(tb, width, 800)
		assert.Equal(t, width, eval[int64](tb, `innerWidth`))
	}
	setMedia(tb, "prefers-color-scheme: dark", "prefers-reduced-motion: reduce")
	assert.True(t, matches("prefers-color-scheme: dark"))
	assert.True(t, matches("prefers-reduced-motion: reduce"))
	setMedia(tb, "prefers-color-scheme: light")
	assert.True(t, matches("prefers-color-scheme: light"))
	assert.False(t, matches("prefers-reduced-motion: reduce"))
}

func TestScreenshot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	t.Setenv("SCREENSHOTS", dir)
	tb := open(t, serve(t, "", ""))
	setViewport(tb, phoneWidth, 800)
	screenshot(tb, "page")
	file, err := os.ReadFile(filepath.Join(dir, "page.png"))
	require.NoError(t, err)
	picture, err := png.DecodeConfig(bytes.NewReader(file))
	require.NoError(t, err)
	assert.Equal(t, phoneWidth, picture.Width)

	t.Setenv("SCREENSHOTS", "")
	screenshot(tb, "unwanted")
	assert.NoFileExists(t, filepath.Join(dir, "unwanted.png"))
}

// TestOffline also pins what offline does not do: it does not break a stream.
func TestOffline(t *testing.T) {
	t.Parallel()
	tb := open(t, serve(t, "", `
		globalThis.events = [];
		for (const name of ["offline", "online"]) addEventListener(name, () => events.push(name));`))
	eval[chromedp.Void](tb, `fetch("stream").then(async response => {
		const reader = response.body.getReader();
		await reader.read();
		globalThis.stream = "open";
		reader.read().then(() => { stream = "ended" }, () => { stream = "broken" });
	})`)
	setOffline(tb, true)
	assert.False(t, eval[bool](tb, `navigator.onLine`))
	assert.Equal(t, "TypeError: Failed to fetch", eval[string](tb, `fetch("script.js").catch(String)`))
	assert.Equal(t, "open", eval[string](tb, `stream`))
	setOffline(tb, false)
	assert.True(t, eval[bool](tb, `navigator.onLine`))
	assert.Equal(t, 200, eval[int](tb, `fetch("script.js").then(response => response.status)`))
	waitFor(tb, `events.join() === "offline,online"`, actionTimeout)
}

// TestAxe runs under a policy that would stop a page from loading axe-core.
func TestAxe(t *testing.T) {
	t.Parallel()
	tb := open(t, serve(t, `<p>Text</p>`, ""))
	axe(tb)

	tb = open(t, serve(t, `<img src="limited">
		<shadow-box><template shadowrootmode="open"><button></button></template></shadow-box>`, ""))
	failure := failureOf(tb, axe)
	assert.Contains(t, failure, "image-alt: Images must have alternative text\n\timg")
	assert.Contains(t, failure, "shadow-box >>> button")
}
