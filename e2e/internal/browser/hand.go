package browser

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Element returns the JavaScript expression of the first element that matches
// a CSS selector, or of nothing. ">>>" enters the shadow tree of the element
// before it: `retry-banner >>> button`.
func Element(selector string) string {
	expression := "document"
	for i, part := range strings.Split(selector, ">>>") {
		if i > 0 {
			expression += "?.shadowRoot"
		}
		expression += "?.querySelector(" + strconv.Quote(strings.TrimSpace(part)) + ")"
	}
	return expression
}

// Shows reports whether an element is there to be seen.
func (tb *Tab) Shows(selector string) bool {
	tb.T.Helper()
	return Eval[bool](tb, Element(selector)+`?.checkVisibility() === true`)
}

// Press waits until the element is visible, scrolls it into view and presses
// the left mouse button in its middle, as a person would. See Element for the
// selector.
func (tb *Tab) Press(selector string) {
	tb.T.Helper()
	tb.do("pressing "+selector, func(ctx context.Context) error { return tb.page.Press(ctx, Element(selector)) })
}

// Type sends the keys to the focused element, one key a character. Named keys
// are characters too: Type("hello" + browser.Enter).
func (tb *Tab) Type(keys string) {
	tb.T.Helper()
	tb.do(fmt.Sprintf("typing %q", keys), func(ctx context.Context) error { return tb.page.Type(ctx, keys, false) })
}

// TypeShifted does so with the shift key held down.
func (tb *Tab) TypeShifted(keys string) {
	tb.T.Helper()
	tb.do(fmt.Sprintf("typing %q with shift", keys), func(ctx context.Context) error { return tb.page.Type(ctx, keys, true) })
}
