package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/retrystream/retrystream/e2e/internal/project"
)

// JS is JavaScript that an argument of Call is, in place of a value.
type JS string

// Load brings the script of the test package into the page: all that the package's
// page/index.ts exports is there for Call then. `make e2e-pages` bundles it.
func (tb *Tab) Load() {
	tb.T.Helper()
	tb.Run(project.PageScript(tb.T))
}

// Eval returns the value of a JavaScript expression, awaited when it is a promise. An
// exception or a rejection fails the test. T is decoded from JSON.
func Eval[T any](tb *Tab, js string) T {
	tb.T.Helper()
	value, err := EvalWithin[T](tb, Patience, js)
	if err != nil {
		tb.T.Fatalf("evaluating %s: %v", shorten(js), err)
	}
	return value
}

// EvalWithin is Eval with a time limit of its own and an error to look at. Other
// goroutines than the test's may call it.
func EvalWithin[T any](tb *Tab, timeout time.Duration, js string) (value T, err error) {
	data, err := tb.run(timeout, js)
	if err != nil {
		return value, err
	}
	if data == nil {
		data = json.RawMessage("null")
	}
	if string(data) == "null" && !canBeNil[T]() {
		return value, errors.New("the value is null or undefined")
	}
	return value, json.Unmarshal(data, &value)
}

// canBeNil reports whether null is a value of the type.
func canBeNil[T any]() bool {
	var zero T
	data, err := json.Marshal(zero)
	return err == nil && string(data) == "null"
}

// Run evaluates JavaScript, awaited when it gives a promise, for what it does.
func (tb *Tab) Run(js string) {
	tb.T.Helper()
	if _, err := tb.run(Patience, js); err != nil {
		tb.T.Fatalf("running %s: %v", shorten(js), err)
	}
}

func (tb *Tab) run(timeout time.Duration, js string) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return tb.page.Run(ctx, js)
}

// Call calls a function of the page's script (see Load) by its name, and returns what
// it returns. The arguments travel as JSON, but for JS.
func Call[T any](tb *Tab, function string, args ...any) T {
	tb.T.Helper()
	return Eval[T](tb, tb.call(function, args))
}

// Call calls a function of the page's script for what it does.
func (tb *Tab) Call(function string, args ...any) {
	tb.T.Helper()
	tb.Run(tb.call(function, args))
}

func (tb *Tab) call(function string, args []any) string {
	tb.T.Helper()
	var list []string
	for _, arg := range args {
		if js, ok := arg.(JS); ok {
			list = append(list, "("+string(js)+")")
			continue
		}
		data, err := json.Marshal(arg)
		if err != nil {
			tb.T.Fatal(err)
		}
		list = append(list, string(data))
	}
	return "tests." + function + "(" + strings.Join(list, ", ") + ")"
}

// WaitFor waits until the JavaScript condition is true. The page looks again
// before each frame it draws, or as often if it is hidden. A condition that throws counts as not yet true,
// so `document.querySelector("p").textContent === "done"` is fine before the
// paragraph exists. Where it does not become true the test fails and says what the
// condition gave last. It goes on in the next page if the tab leaves this one.
func (tb *Tab) WaitFor(condition string) {
	tb.T.Helper()
	tb.waitFor(condition, Patience)
}

func (tb *Tab) waitFor(condition string, timeout time.Duration) {
	tb.T.Helper()
	end := time.Now().Add(timeout)
	err := tb.waitInPage(condition, timeout)
	for errors.Is(err, ErrGone) && time.Now().Before(end) {
		err = tb.waitInPage(condition, time.Until(end))
	}
	if err != nil {
		tb.T.Fatalf("waiting %v for %s: %v", timeout, shorten(condition), err)
	}
}

func (tb *Tab) waitInPage(condition string, timeout time.Duration) error {
	_, err := tb.run(timeout+Patience, fmt.Sprintf(`(async () => {
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
	})()`, timeout.Milliseconds(), condition))
	return err
}

// shorten keeps scripts from burying the message they appear in.
func shorten(js string) string {
	const limit = 200
	if len(js) <= limit {
		return js
	}
	return js[:limit] + "..."
}

// Picture writes the whole page, also what one would scroll to, to
// $SCREENSHOTS/name.png. It does nothing when SCREENSHOTS is not set.
func (tb *Tab) Picture(name string) {
	tb.T.Helper()
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	image, err := tb.page.Picture(ctx)
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), image, 0o644)
	}
	if err != nil {
		tb.T.Errorf("taking the screenshot %s: %v", name, err)
	}
}
