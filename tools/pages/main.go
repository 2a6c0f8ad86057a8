// Command pages bundles the scripts that the browser tests run in pages, from
// e2e/*/page/index.ts into .cache/e2e: one for each package of tests, whose exports
// are members of the page's global object "tests". It is run from the project's root.
package main

import (
	"log"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// before is what a page with the library runs before that.
const before = "e2e/internal/library/page/before.ts"

func main() {
	log.SetFlags(0)
	scripts, err := filepath.Glob("e2e/*/page/index.ts")
	if err != nil {
		log.Fatalf("pages: %v", err)
	}
	entries := []api.EntryPoint{{InputPath: before, OutputPath: "before"}}
	for _, script := range scripts {
		entries = append(entries, api.EntryPoint{InputPath: script, OutputPath: filepath.Base(filepath.Dir(filepath.Dir(script)))})
	}
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: entries,
		Outdir:              ".cache/e2e",
		Bundle:              true,
		Write:               true,
		Format:              api.FormatIIFE,
		GlobalName:          "tests",
		Target:              api.ES2022,
		LogLevel:            api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		log.Fatal("pages: the scripts could not be bundled")
	}
}
