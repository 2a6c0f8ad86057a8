// Package browser is what the tests need of a browser, behind an interface small
// enough that every engine can stand behind it; and the Tab that tests hold, whose
// methods fail the test rather than return an error.
//
// One browser serves a test binary (see Main). Every test opens its own tab with
// storage of its own, so cookies, emulation and failures of one test never reach
// another, and tests may run in parallel.
//
// Environment:
//
//	CHROME       the browser to start, instead of the first one found on PATH
//	SCREENSHOTS  the folder for screenshots; without it none are taken
package browser

import (
	"context"
	"encoding/json"
	"errors"
)

// Browser is a browser that runs.
type Browser interface {
	// Version returns the engine's name and version, for people.
	Version() string
	// NewPage opens an empty tab: with the storage, channels and locks of beside, or,
	// where that is nil, with ones of its own. log is told what helps to understand a
	// failure.
	NewPage(ctx context.Context, beside Page, log func(format string, args ...any)) (Page, error)
	// Close ends the browser and removes what it left on the disk.
	Close() error
}

// Page is a tab, as a person and a debugger have it.
type Page interface {
	// Open shows a URL and waits for the load event.
	Open(ctx context.Context, url string) error
	// Reload shows the page anew and waits for the load event.
	Reload(ctx context.Context) error
	// Back goes back in the history. It does not wait for the page.
	Back(ctx context.Context) error
	// Run evaluates a JavaScript expression, or statements, in the global scope, and
	// returns its value as JSON; nil for undefined. A promise is awaited. What the
	// script throws is an *Exception, and ErrGone says that the page was left
	// meanwhile. No content security policy of the page's applies.
	Run(ctx context.Context, script string) (json.RawMessage, error)
	// Press waits until the element, a JavaScript expression, is visible, scrolls it
	// into view and presses the left mouse button in its middle.
	Press(ctx context.Context, element string) error
	// Type sends keys to the focused element, one a character, all of them with the
	// shift key held down or not.
	Type(ctx context.Context, keys string, shift bool) error
	// Picture returns a PNG of the whole page, also of what one would scroll to.
	Picture(ctx context.Context) ([]byte, error)
	// Problems returns what the page has done wrong so far, oldest first: exceptions
	// and rejections that nothing caught, console.error and failed assertions,
	// violations of its policy, errors that the browser logs, a crash. A request that
	// failed is none.
	Problems() []string
	// Close closes the tab, in the middle of whatever it does.
	Close()
}

// Keys that Type knows beside the characters.
const (
	Enter     = "\r"
	Tabulator = "\t"
)

// ErrGone says that the page was left while a script ran in it.
var ErrGone = errors.New("the page was left")

// Exception is what a script threw.
type Exception struct {
	// Text says what, with the stack where there is one.
	Text string
}

func (e *Exception) Error() string { return e.Text }

// What not every engine can do. A Page that can implements the interface; the
// methods of Tab of the same names skip the test where it does not.
type (
	// Screen changes what pages are shown on.
	Screen interface {
		// SetViewport resizes the page, in CSS pixels.
		SetViewport(ctx context.Context, width, height int64) error
		// SetMedia replaces all emulated media features, each written as in a media
		// query: "prefers-color-scheme: dark".
		SetMedia(ctx context.Context, features ...string) error
	}
	// Network takes the network away.
	Network interface {
		// SetOffline has new requests fail, and tells the page; or ends that. A stream
		// that is open keeps flowing.
		SetOffline(ctx context.Context, offline bool) error
		// TrustAll has the page believe every certificate.
		TrustAll(ctx context.Context) error
	}
	// Freezer freezes pages.
	Freezer interface {
		// SetFrozen freezes the page, as browsers do with tabs in the background, or
		// wakes it. To be frozen it is hidden, and stays so.
		SetFrozen(ctx context.Context, frozen bool) error
	}
	// Memory counts what a page holds.
	Memory interface {
		// Heap returns the bytes that JavaScript holds once all garbage is gone.
		Heap(ctx context.Context) (float64, error)
	}
)
