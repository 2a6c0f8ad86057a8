package browser

import (
	"os"
	"strings"

	"github.com/retrystream/retrystream/e2e/internal/project"
)

// axeScript is installed by `npm ci` in web/, at the version pinned there.
const axeScript = "web/node_modules/axe-core/axe.min.js"

// axeViolation is one broken rule: what it is, how to repair it, and the
// selectors of the elements that break it.
type axeViolation struct {
	ID      string   `json:"id"`
	Help    string   `json:"help"`
	Targets []string `json:"targets"`
}

// Axe fails the test for every accessibility rule the page breaks at this
// moment, shadow trees included.
func (tb *Tab) Axe() {
	tb.T.Helper()
	for _, violation := range tb.axeViolations() {
		tb.T.Errorf("accessibility: %s: %s\n\t%s", violation.ID, violation.Help, strings.Join(violation.Targets, "\n\t"))
	}
}

// axeViolations runs axe-core. The debugger brings the script into the page,
// so the page's content security policy does not stop it and needs no hole.
func (tb *Tab) axeViolations() []axeViolation {
	tb.T.Helper()
	script, err := os.ReadFile(project.Path(axeScript))
	if err != nil {
		tb.T.Fatalf("axe-core is missing (run `npm ci` in web/): %v", err)
	}
	if !Eval[bool](tb, `"axe" in globalThis`) {
		tb.Run(string(script))
	}
	return Eval[[]axeViolation](tb, `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
		violations.map(({ id, help, nodes }) => ({ id, help, targets: nodes.map(node => node.target.flat().join(" >>> ")) })))`)
}
