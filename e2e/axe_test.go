package e2e

import (
	"os"
	"strings"

	"github.com/chromedp/chromedp"
)

// axeScript is installed by `npm ci` in web/, at the version pinned there.
const axeScript = "../web/node_modules/axe-core/axe.min.js"

// axeViolation is one broken rule: what it is, how to repair it, and the
// selectors of the elements that break it.
type axeViolation struct {
	ID      string   `json:"id"`
	Help    string   `json:"help"`
	Targets []string `json:"targets"`
}

// axe fails the test for every accessibility rule the page breaks at this
// moment, shadow trees included.
func axe(tb *tab) {
	tb.t.Helper()
	for _, violation := range axeViolations(tb) {
		tb.t.Errorf("accessibility: %s: %s\n\t%s", violation.ID, violation.Help, strings.Join(violation.Targets, "\n\t"))
	}
}

// axeViolations runs axe-core. The debugger brings the script into the page,
// so the page's content security policy does not stop it and needs no hole.
func axeViolations(tb *tab) []axeViolation {
	tb.t.Helper()
	script, err := os.ReadFile(axeScript)
	if err != nil {
		tb.t.Fatalf("axe-core is missing (run `npm ci` in web/): %v", err)
	}
	if !eval[bool](tb, `"axe" in globalThis`) {
		eval[chromedp.Void](tb, string(script))
	}
	return eval[[]axeViolation](tb, `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
		violations.map(({ id, help, nodes }) => ({ id, help, targets: nodes.map(node => node.target.flat().join(" >>> ")) })))`)
}
