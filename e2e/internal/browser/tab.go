package browser

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Patience bounds every single helper call, so that a page that hangs fails its own
// test, with a message, before `go test` gives up. Nothing that works comes near it,
// however busy the machine is.
const Patience = 4 * time.Minute

// Tab is a tab of a test. Its methods fail the test and never return an error.
type Tab struct {
	T     testing.TB
	page  Page
	close func()

	mu      sync.Mutex
	allowed []string
}

// NewTab returns an empty tab, which closes with the test. Whatever the page
// does wrong until then fails the test, unless Allow names it.
func NewTab(t testing.TB) *Tab {
	t.Helper()
	return newTab(t, nil)
}

// Open returns a new tab that shows the URL.
func Open(t testing.TB, url string) *Tab {
	t.Helper()
	tb := NewTab(t)
	tb.Open(url)
	return tb
}

// Beside returns another tab that shares storage, channels and locks with this one.
// It closes with the test, or by Close.
func (tb *Tab) Beside() *Tab {
	tb.T.Helper()
	return newTab(tb.T, tb.page)
}

func newTab(t testing.TB, beside Page) *Tab {
	t.Helper()
	// Not the test's context, which ends before the tab is looked at for the last time.
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	page, err := running(t).NewPage(ctx, beside, t.Logf)
	if err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	tb := &Tab{T: t, page: page}
	tb.close = sync.OnceFunc(func() {
		tb.finish()
		page.Close()
	})
	t.Cleanup(tb.close)
	return tb
}

// Close closes the tab as a person would, in the middle of whatever it does.
func (tb *Tab) Close() { tb.close() }

// Allow accepts problems that contain one of the texts. Call it at any time
// before the test ends. Failed requests need no entry: the browser logs them,
// but they are not the page's doing. A request that CORS forbids does need one.
func (tb *Tab) Allow(texts ...string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.allowed = append(tb.allowed, texts...)
}

// unexpected returns the problems so far that Allow does not cover.
func (tb *Tab) unexpected() []string {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return slices.DeleteFunc(tb.page.Problems(), func(problem string) bool {
		return slices.ContainsFunc(tb.allowed, func(text string) bool { return strings.Contains(problem, text) })
	})
}

// finish reports what the page did wrong, and pictures a failed test.
func (tb *Tab) finish() {
	tb.T.Helper()
	// A promise counts as unhandled only after the task that rejected it, so
	// one more task has to pass before the page's record is complete.
	_, err := tb.run(Patience, `new Promise(done => setTimeout(done))`)
	if err != nil {
		tb.T.Errorf("the page does not answer at the end of the test: %v", err)
	}
	for _, problem := range tb.unexpected() {
		tb.T.Errorf("the page reported a problem: %s", problem)
	}
	if tb.T.Failed() && err == nil {
		tb.Picture("failed-" + strings.ReplaceAll(tb.T.Name(), "/", "-"))
	}
}

// do has the page do something; what says what, where it fails.
func (tb *Tab) do(what string, action func(ctx context.Context) error) {
	tb.T.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	if err := action(ctx); err != nil {
		tb.T.Fatalf("%s: %v", what, err)
	}
}

// Open shows the URL in the tab and waits for the load event.
func (tb *Tab) Open(url string) {
	tb.T.Helper()
	tb.do("opening "+url, func(ctx context.Context) error { return tb.page.Open(ctx, url) })
}

// Reload shows the page anew.
func (tb *Tab) Reload() {
	tb.T.Helper()
	tb.do("reloading", tb.page.Reload)
}

// Back goes back in the history. Wait for what the page has then.
func (tb *Tab) Back() {
	tb.T.Helper()
	tb.do("going back", tb.page.Back)
}
