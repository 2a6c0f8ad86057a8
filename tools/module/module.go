// Package module compiles Go programs for the browser as small as they get.
package module

import (
	"os"
	"os/exec"
)

// cold are packages that no byte of a stream passes through. The compiler copies
// small functions into their callers, which is faster but larger; not in these.
// In most other packages the copies compress to nothing.
var cold = []string{"fmt", "internal/fmtsort", "reflect", "syscall/js", "time",
	core + "event", core + "failure", core + "retry", core + "wait",
	core + "internal/jsonobject", core + "internal/redact", "github.com/retrystream/retrystream/wasm/border"}

const core = "github.com/retrystream/retrystream/core/"

// Compile compiles the Go package pkg, as seen from the folder dir, to the file
// out, with the linker's flags ldflags besides those that make the program small
// and the same on every machine.
func Compile(dir, pkg, out, ldflags string) error {
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid= " + ldflags}
	for _, c := range cold {
		args = append(args, "-gcflags="+c+"=-l")
	}
	cmd := exec.Command("go", append(args, "-o", out, pkg)...)
	cmd.Dir = dir
	// The garbage collector of Go 1.25 and before is smaller and, in one thread,
	// no slower.
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=nogreenteagc", "GOFLAGS=")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}
