package browser

import (
	"context"
	"fmt"
)

// Widths of the two screens each page is looked at on, in CSS pixels.
const (
	PhoneWidth   = 380
	DesktopWidth = 1280
)

// able returns the tab's page as one that can do what C names. Where the engine
// cannot, the test is skipped.
func able[C any](tb *Tab, what string) C {
	tb.T.Helper()
	page, ok := tb.page.(C)
	if !ok {
		tb.T.Skipf("%s cannot %s", shared.Version(), what)
	}
	return page
}

// SetViewport resizes the page to width and height in CSS pixels. A width of
// PhoneWidth is a phone as far as layout goes, with a mouse and no touch.
func (tb *Tab) SetViewport(width, height int64) {
	tb.T.Helper()
	screen := able[Screen](tb, "be resized")
	tb.do(fmt.Sprintf("resizing to %dx%d", width, height), func(ctx context.Context) error { return screen.SetViewport(ctx, width, height) })
}

// SetMedia replaces all emulated media features. Each is written as in a media
// query: "prefers-color-scheme: dark", "prefers-reduced-motion: reduce". No
// feature at all restores the browser's own.
func (tb *Tab) SetMedia(features ...string) {
	tb.T.Helper()
	screen := able[Screen](tb, "emulate media features")
	tb.do(fmt.Sprintf("emulating %q", features), func(ctx context.Context) error { return screen.SetMedia(ctx, features...) })
}

// SetOffline takes the tab's network away or gives it back. Offline, new
// requests fail, navigator.onLine is false and the page gets the event
// "offline". A stream that is already open keeps flowing, so a server has to
// cut the connection where a test needs one to break.
func (tb *Tab) SetOffline(offline bool) {
	tb.T.Helper()
	network := able[Network](tb, "take the network away")
	tb.do(fmt.Sprintf("setting offline to %t", offline), func(ctx context.Context) error { return network.SetOffline(ctx, offline) })
}

// TrustAll has the tab believe every certificate.
func (tb *Tab) TrustAll() {
	tb.T.Helper()
	tb.do("trusting all certificates", able[Network](tb, "trust a certificate").TrustAll)
}

// SetFrozen freezes the tab, as browsers do with tabs in the background, or wakes
// it. To be frozen it is hidden, and stays so.
func (tb *Tab) SetFrozen(frozen bool) {
	tb.T.Helper()
	freezer := able[Freezer](tb, "freeze a tab")
	tb.do(fmt.Sprintf("setting frozen to %t", frozen), func(ctx context.Context) error { return freezer.SetFrozen(ctx, frozen) })
}

// Heap returns the bytes that the page's JavaScript holds once all garbage is gone.
func (tb *Tab) Heap() (bytes float64) {
	tb.T.Helper()
	memory := able[Memory](tb, "count a page's memory")
	tb.do("counting the memory", func(ctx context.Context) (err error) {
		bytes, err = memory.Heap(ctx)
		return err
	})
	return bytes
}
