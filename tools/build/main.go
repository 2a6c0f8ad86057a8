// Command build makes everything that a page loads, in web/dist: the module
// retrystream.wasm, the scripts retrystream.js, banner.js and demo.js, and a
// .br and a .gz beside each; and the documentation's pages, in web/dist/docs. It
// is run from the project's root and needs nothing but Go.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/retrystream/retrystream/tools/docs"
	"github.com/retrystream/retrystream/tools/module"
)

const dist = "web/dist"

func main() {
	log.SetFlags(0)
	if err := run(); err != nil {
		log.Fatalf("build: %v", err)
	}
}

func run() error {
	id, err := buildID()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dist, "build-id"), []byte(id+"\n"), 0o644); err != nil {
		return err
	}
	if err := compileModule(id); err != nil {
		return err
	}
	if err := bundle(id); err != nil {
		return err
	}
	if err := docs.Build(".", filepath.Join(dist, "docs")); err != nil {
		return err
	}
	return compressAll("retrystream.wasm", "retrystream.js", "banner.js", "demo.js")
}

// compileModule compiles the Go program for the browser.
func compileModule(id string) error {
	path := filepath.Join(dist, "retrystream.wasm")
	if err := module.Compile(".", "./wasm", path, "-X main.build="+id); err != nil {
		return err
	}
	compiled, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	imports, err := module.Imports(compiled, "gojs")
	if err != nil {
		return err
	}
	if err := checkSupport(imports); err != nil {
		return err
	}
	packed, err := module.Pack(compiled)
	if errors.Is(err, module.ErrTables) {
		log.Printf("build: %v", err)
	} else if err != nil {
		return err
	}
	return os.WriteFile(path, packed, 0o644)
}

// buildID names the build by its sources, so that a page that mixes the script
// of one build with the module of another is told so.
func buildID() (string, error) {
	h := sha256.New()
	for _, root := range []string{"core", "wasm", "web/src", "go.mod", "go.sum"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			switch filepath.Ext(path) {
			case ".go", ".ts", ".mod", ".sum":
			default:
				return nil
			}
			data, err := os.ReadFile(path)
			fmt.Fprintf(h, "%s %d\n", filepath.ToSlash(path), len(data))
			h.Write(data)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
