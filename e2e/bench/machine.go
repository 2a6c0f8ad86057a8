package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// packages are those that are compared with.
var packages = []string{
	"eventsource-parser", "@microsoft/fetch-event-source", "openai", "@anthropic-ai/sdk", "ai", "@ai-sdk/openai", "@ai-sdk/anthropic",
}

// machine is where the figures come from.
type machine struct {
	CPU, OS string
	Cores   int
	// Load is how many processes wanted to run before the benchmark did, on
	// average; above a half or so the figures suffer.
	Load    string
	Go      string
	Browser string
	Modules []string
}

// describe tells the machine and the versions of all that is compared.
func describe(b *chrome) (machine, error) {
	m := machine{CPU: runtime.GOARCH, OS: runtime.GOOS + "/" + runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version(), Browser: b.version}
	// What only Linux tells is left out elsewhere.
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load, _, _ = strings.Cut(string(load), " ")
	}
	for _, name := range packages {
		text, err := os.ReadFile(filepath.Join(packagesDir, name, "package.json"))
		if err != nil {
			return m, err
		}
		var manifest struct{ Version string }
		if err := json.Unmarshal(text, &manifest); err != nil {
			return m, fmt.Errorf("package.json of %s: %w", name, err)
		}
		m.Modules = append(m.Modules, name+" "+manifest.Version)
	}
	if _, err := os.Stat(nativeDir); err == nil {
		out, err := exec.Command("go", "-C", nativeDir, "list", "-m", "-f", "{{.Path}} {{.Version}}",
			"github.com/tmaxmax/go-sse", "github.com/r3labs/sse/v2").Output()
		if err != nil {
			return m, fmt.Errorf("versions of the Go modules: %w", err)
		}
		for line := range bytes.Lines(out) {
			m.Modules = append(m.Modules, string(bytes.TrimSpace(line)))
		}
	}
	return m, nil
}
