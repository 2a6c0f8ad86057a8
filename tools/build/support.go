package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var errSupport = errors.New("wasm_exec.js is not what it was")

// goFunction is a function that Go's support code gives a program to import.
var goFunction = regexp.MustCompile(`(?m)^\t{5}"([^"]+)": \(\w+\) => \{\n(?:\t{6}.*\n|\n)*\t{5}\},\n`)

// ours are the functions that web/src/module.ts gives in the place of Go's.
var ours = []string{"runtime.scheduleTimeoutEvent", "runtime.clearTimeoutEvent"}

// goSupport makes a module of Go's support code. That is a script that adds to
// globalThis; here it becomes a function that adds to the object it is given, so
// that a page's globals stay untouched. Left out are the stand-ins for a file
// system, a process and paths, for which the object brings what little is asked
// for; callbacks, which this program has none of; arguments and
// environment; Go's own tests; and all functions
// but those in imports. What is looked for and not found is an error.
func goSupport(script string, imports []string) (string, error) {
	// It has no arguments; web/src/module.ts sets its environment.
	const arguments = "this._inst.exports.run(argc, argv)"
	for _, unused := range []struct{ from, to string }{
		{"if (!(instance instanceof", "this._inst = instance;"},
		{"// Pass command line arguments", arguments},
		{"const enosys =", "const encoder ="},
		{"const testCallExport =", "const timeOrigin ="},
		{"_gotest: {", "gojs: {"},
		{"_makeFuncWrapper(id) {", "\t}\n})();"},
	} {
		before, rest, found := strings.Cut(script, unused.from)
		_, after, found2 := strings.Cut(rest, unused.to)
		if !found || !found2 {
			return "", fmt.Errorf("%w: no %q before %q", errSupport, unused.from, unused.to)
		}
		script = before + unused.to + after
	}
	script = strings.Replace(script, arguments, "this._inst.exports.run(0, 4096)", 1)
	var given []string
	script = goFunction.ReplaceAllStringFunc(script, func(function string) string {
		name := goFunction.FindStringSubmatch(function)[1]
		given = append(given, name)
		if slices.Contains(imports, name) && !slices.Contains(ours, name) {
			return function
		}
		return ""
	})
	for _, name := range append(ours, imports...) {
		if !slices.Contains(given, name) {
			return "", fmt.Errorf("%w: no function %s", errSupport, name)
		}
	}
	return "export default function loadGo(globalThis) {\nconst { fs } = globalThis;\n" + script + "\nreturn globalThis.Go;\n}\n", nil
}
