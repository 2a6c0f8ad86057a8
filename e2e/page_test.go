package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Widths of the two screens each page is looked at on, in CSS pixels.
const (
	phoneWidth   = 380
	desktopWidth = 1280
)

// eval returns the value of a JavaScript expression, awaited when it is a
// promise. An exception or a rejection fails the test. T is decoded from JSON;
// chromedp.Void ignores the value.
func eval[T any](tb *tab, js string) T {
	tb.t.Helper()
	value, err := evaluate[T](tb, js, actionTimeout)
	if err != nil {
		tb.t.Fatalf("evaluating %s: %s", shorten(js), thrown(err))
	}
	return value
}

// evaluate is eval with a time limit of its own and an error to look at.
func evaluate[T any](tb *tab, js string, timeout time.Duration) (T, error) {
	ctx, cancel := context.WithTimeout(tb.ctx, timeout)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
}

// waitFor waits until the JavaScript condition is true. The page looks again
// before each frame it draws, or as often if it is hidden. A condition that throws counts as not yet true,
// so `document.querySelector("p").textContent === "done"` is fine before the
// paragraph exists. After the timeout the test fails and says what the
// condition gave last. It goes on in the next page if the tab leaves this one.
//
// chromedp.Poll does the same through `new Function`, which a strict content
// security policy forbids.
func waitFor(tb *tab, condition string, timeout time.Duration) {
	tb.t.Helper()
	end := time.Now().Add(timeout)
	err := waitInPage(tb, condition, timeout)
	for gone := (*cdproto.Error)(nil); errors.As(err, &gone) && gone.Code == pageGone && time.Now().Before(end); {
		err = waitInPage(tb, condition, time.Until(end))
	}
	if err != nil {
		tb.t.Fatalf("waiting %v for %s: %s", timeout, shorten(condition), thrown(err))
	}
}

// pageGone is the code of the error of a script whose page is left while it runs.
const pageGone = -32000

func waitInPage(tb *tab, condition string, timeout time.Duration) error {
	_, err := evaluate[chromedp.Void](tb, fmt.Sprintf(`(async () => {
		const end = performance.now() + %d;
		for (let last; ;) {
			try {
				last = await (%s);
				if (last) return;
			} catch (error) {
				last = error;
			}
			if (performance.now() > end) throw "the last value was " + last;
			await new Promise(done => document.hidden ? setTimeout(done, 16) : requestAnimationFrame(done));
		}
	})()`, timeout.Milliseconds(), condition), timeout+actionTimeout)
	return err
}

// thrown returns what a script threw, or the text of any other error.
func thrown(err error) string {
	var exception *chromedp.ExceptionError
	if errors.As(err, &exception) {
		return exceptionText(exception.ExceptionDetails)
	}
	return err.Error()
}

// shorten keeps scripts from burying the message they appear in.
func shorten(js string) string {
	const limit = 200
	if len(js) <= limit {
		return js
	}
	return js[:limit] + "..."
}

// element returns the JavaScript expression of the first element that matches
// a CSS selector, or of nothing. ">>>" enters the shadow tree of the element
// before it: `retry-banner >>> button`.
func element(selector string) string {
	expression := "document"
	for i, part := range strings.Split(selector, ">>>") {
		if i > 0 {
			expression += "?.shadowRoot"
		}
		expression += "?.querySelector(" + strconv.Quote(strings.TrimSpace(part)) + ")"
	}
	return expression
}

// click waits until the element is visible, scrolls it into view and presses
// the left mouse button in its middle, as a person would. See element for the
// selector.
func click(tb *tab, selector string) {
	tb.t.Helper()
	if err := tb.do(chromedp.Click(chromedp.JSPath(element(selector)))); err != nil {
		tb.t.Fatalf("clicking %s: %v", selector, err)
	}
}

// press sends the keys to the focused element, one key a character. Named keys
// are characters of the package kb: press(tb, "hello"+kb.Enter).
func press(tb *tab, keys string, modifiers ...chromedp.Modifier) {
	tb.t.Helper()
	if err := tb.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...))); err != nil {
		tb.t.Fatalf("pressing %q: %v", keys, err)
	}
}

// setViewport resizes the page to width and height in CSS pixels. A width of
// phoneWidth is a phone as far as layout goes, with a mouse and no touch.
func setViewport(tb *tab, width, height int64) {
	tb.t.Helper()
	if err := tb.do(chromedp.EmulateViewport(width, height)); err != nil {
		tb.t.Fatalf("resizing to %dx%d: %v", width, height, err)
	}
}

// setMedia replaces all emulated media features. Each is written as in a media
// query: "prefers-color-scheme: dark", "prefers-reduced-motion: reduce". No
// feature at all restores the browser's own.
func setMedia(tb *tab, features ...string) {
	tb.t.Helper()
	var params emulation.SetEmulatedMediaParams
	for _, feature := range features {
		name, value, _ := strings.Cut(feature, ": ")
		params.Features = append(params.Features, &emulation.MediaFeature{Name: name, Value: value})
	}
	err := tb.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, params)
		return err
	}))
	if err != nil {
		tb.t.Fatalf("emulating %q: %v", features, err)
	}
}

// screenshot writes the whole page, also what one would scroll to, to
// $SCREENSHOTS/name.png. It does nothing when SCREENSHOTS is not set.
func screenshot(tb *tab, name string) {
	tb.t.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tb.ctx, actionTimeout)
	defer cancel()
	// 100 is the quality at which chromedp writes PNG.
	image, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), image, 0o644)
	}
	if err != nil {
		tb.t.Errorf("taking the screenshot %s: %v", name, err)
	}
}
