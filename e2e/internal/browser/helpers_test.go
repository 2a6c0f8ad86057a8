package browser

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEval(t *testing.T) {
	t.Parallel()
	tb := Open(t, serve(t, "", ""))
	assert.Equal(t, 3, Eval[int](tb, `1 + 2`))
	assert.Equal(t, []string{"a"}, Eval[[]string](tb, `new Promise(done => setTimeout(() => done(["a"])))`))
	assert.Contains(t, failureOf(tb, func(tb *Tab) { Eval[int](tb, `Promise.reject(new Error("oh no"))`) }), "Error: oh no")
	assert.Contains(t, failureOf(tb, func(tb *Tab) { Eval[int](tb, `nothing.at.all`) }), "nothing is not defined")
}

func TestWaitFor(t *testing.T) {
	t.Parallel()
	tb := Open(t, serve(t, "", `setTimeout(() => document.querySelector("main").append(document.createElement("p")), 30)`))
	tb.waitFor(`document.querySelector("p").isConnected`, Patience)
	tb.waitFor(`Promise.resolve(true)`, 0)
	assert.Contains(t, failureOf(tb, func(tb *Tab) { tb.waitFor(`document.querySelector("b")`, time.Millisecond) }),
		"the last value was null")
	assert.Contains(t, failureOf(tb, func(tb *Tab) { tb.waitFor(`missing`, time.Millisecond) }),
		"the last value was ReferenceError: missing is not defined")
}

func TestInput(t *testing.T) {
	t.Parallel()
	tb := Open(t, serve(t, `
		<label>Text <input></label>
		<shadow-box><template shadowrootmode="open"><button>Press</button></template></shadow-box>`, `
		globalThis.trusted = [];
		document.addEventListener("click", event => trusted.push(event.isTrusted));
		document.addEventListener("keydown", event => { if (event.key === "Enter") trusted.push(event.shiftKey); });`))
	NewTab(t) // A newer window must not take the focus.
	tb.Press("input")
	tb.Type("hé")
	tb.TypeShifted(Enter)
	assert.Equal(t, "hé", Eval[string](tb, Element("input")+".value"))
	tb.Type(Tabulator)
	assert.True(t, Eval[bool](tb, `document.hasFocus() && `+Element("shadow-box >>> button:focus-visible")+`?.localName === "button"`))
	tb.Press("shadow-box >>> button")
	assert.Equal(t, []bool{true, true, true}, Eval[[]bool](tb, `trusted`))
	assert.Nil(t, Eval[*string](tb, Element("absent >>> button")))
}

func TestEmulation(t *testing.T) {
	t.Parallel()
	tb := Open(t, serve(t, `<p>Text</p>`, ""))
	matches := func(query string) bool { return Eval[bool](tb, `matchMedia("(`+query+`)").matches`) }
	for _, width := range []int64{PhoneWidth, DesktopWidth} {
		tb.SetViewport(width, 800)
		assert.Equal(t, width, Eval[int64](tb, `innerWidth`))
	}
	tb.SetMedia("prefers-color-scheme: dark", "prefers-reduced-motion: reduce")
	assert.True(t, matches("prefers-color-scheme: dark"))
	assert.True(t, matches("prefers-reduced-motion: reduce"))
	tb.SetMedia("prefers-color-scheme: light")
	assert.True(t, matches("prefers-color-scheme: light"))
	assert.False(t, matches("prefers-reduced-motion: reduce"))
}

func TestScreenshot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	t.Setenv("SCREENSHOTS", dir)
	tb := Open(t, serve(t, "", ""))
	tb.SetViewport(PhoneWidth, 800)
	tb.Picture("page")
	file, err := os.ReadFile(filepath.Join(dir, "page.png"))
	require.NoError(t, err)
	picture, err := png.DecodeConfig(bytes.NewReader(file))
	require.NoError(t, err)
	assert.Equal(t, PhoneWidth, picture.Width)

	t.Setenv("SCREENSHOTS", "")
	tb.Picture("unwanted")
	assert.NoFileExists(t, filepath.Join(dir, "unwanted.png"))
}

// TestOffline also pins what offline does not do: it does not break a stream.
func TestOffline(t *testing.T) {
	t.Parallel()
	tb := Open(t, serve(t, "", `
		globalThis.events = [];
		for (const name of ["offline", "online"]) addEventListener(name, () => events.push(name));`))
	tb.Run(`fetch("stream").then(async response => {
		const reader = response.body.getReader();
		await reader.read();
		globalThis.stream = "open";
		reader.read().then(() => { stream = "ended" }, () => { stream = "broken" });
	})`)
	tb.SetOffline(true)
	assert.False(t, Eval[bool](tb, `navigator.onLine`))
	assert.Equal(t, "TypeError: Failed to fetch", Eval[string](tb, `fetch("script.js").catch(String)`))
	assert.Equal(t, "open", Eval[string](tb, `stream`))
	tb.SetOffline(false)
	assert.True(t, Eval[bool](tb, `navigator.onLine`))
	assert.Equal(t, 200, Eval[int](tb, `fetch("script.js").then(response => response.status)`))
	tb.waitFor(`events.join() === "offline,online"`, Patience)
}

// TestAxe runs under a policy that would stop a page from loading axe-core.
func TestAxe(t *testing.T) {
	t.Parallel()
	tb := Open(t, serve(t, `<p>Text</p>`, ""))
	tb.Axe()

	tb = Open(t, serve(t, `<img src="limited">
		<shadow-box><template shadowrootmode="open"><button></button></template></shadow-box>`, ""))
	failure := failureOf(tb, (*Tab).Axe)
	assert.Contains(t, failure, "image-alt: Images must have alternative text\n\timg")
	assert.Contains(t, failure, "shadow-box >>> button")
}
