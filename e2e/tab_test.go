package e2e

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// actionTimeout bounds every single helper call, so that a page that hangs
// fails its own test, with a message, long before `go test` gives up.
const actionTimeout = time.Minute

// tab is one page in a browser context of its own. Its helpers are plain
// functions that take the tab first; they fail the test and never return an
// error.
type tab struct {
	t        testing.TB
	ctx      context.Context
	problems *problems
	close    func()
}

// newTab returns an empty tab, which closes with the test. Whatever the page
// does wrong until then (see problemOf) fails the test, unless allow names it.
func newTab(t testing.TB) *tab {
	t.Helper()
	if shared.err != nil {
		if testing.Short() && errors.Is(shared.err, errNoBrowser) {
			t.Skip(shared.err)
		}
		t.Fatal(shared.err)
	}
	return startTab(t, shared.ctx, chromedp.WithNewBrowserContext())
}

// newTabBeside returns another tab of the same browser context: the two share
// storage, channels and locks. It closes with the test, or by closeTab.
func newTabBeside(tb *tab) *tab {
	tb.t.Helper()
	return startTab(tb.t, tb.ctx)
}

// startTab makes a tab by way of the parent context, which holds the browser.
func startTab(t testing.TB, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	tb := &tab{t: t, problems: &problems{}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(tb.problems.listen))...)
	tb.ctx = ctx
	// The first call binds the life of the tab to its context, so it must be
	// the one without a timeout.
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		t.Fatalf("opening a tab: %v", err)
	}
	tb.close = sync.OnceFunc(func() {
		finish(tb)
		cancel()
	})
	t.Cleanup(tb.close)
	return tb
}

// closeTab closes the tab as a person would, in the middle of whatever it does.
func closeTab(tb *tab) { tb.close() }

// open returns a new tab that shows the URL.
func open(t testing.TB, url string) *tab {
	t.Helper()
	tb := newTab(t)
	navigate(tb, url)
	return tb
}

// navigate shows the URL in the tab and waits for the load event.
func navigate(tb *tab, url string) {
	tb.t.Helper()
	if err := tb.do(chromedp.Navigate(url)); err != nil {
		tb.t.Fatalf("opening %s: %v", url, err)
	}
}

// do runs the steps within actionTimeout.
func (tb *tab) do(steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(tb.ctx, actionTimeout)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// finish reports what the page did wrong, and pictures a failed test.
func finish(tb *tab) {
	tb.t.Helper()
	// A promise counts as unhandled only after the task that rejected it, so
	// one more task has to pass before the page's record is complete.
	err := tb.do(chromedp.Evaluate[chromedp.Void](`new Promise(done => setTimeout(done))`, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Errorf("the page does not answer at the end of the test: %v", err)
	}
	for _, problem := range tb.problems.unexpected() {
		tb.t.Errorf("the page reported a problem: %s", problem)
	}
	if tb.t.Failed() && err == nil {
		screenshot(tb, "failed-"+strings.ReplaceAll(tb.t.Name(), "/", "-"))
	}
}
