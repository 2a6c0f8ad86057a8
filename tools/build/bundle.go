package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundle makes the scripts.
func bundle(id string, wasmExec []byte) error {
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: "web/src/index.ts", OutputPath: "retrystream"},
			{InputPath: "web/src/banner.ts", OutputPath: "banner"},
			{InputPath: "web/demo/demo.ts", OutputPath: "demo"},
		},
		Outdir:            dist,
		Bundle:            true,
		Write:             true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Platform:          api.PlatformNeutral,
		MinifyWhitespace:  true,
		MinifySyntax:      true,
		MinifyIdentifiers: true,
		KeepNames:         false,
		LegalComments:     api.LegalCommentsInline,
		Sourcemap:         api.SourceMapLinked,
		Define:            map[string]string{"BUILD": `"` + id + `"`},
		Plugins:           []api.Plugin{goSupportPlugin(wasmExec)},
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return errors.New("the scripts could not be bundled")
	}
	return nil
}

// goSupportPlugin makes the module ./wasm_exec.js of Go's support code. That is
// a script that adds to globalThis; here it becomes a function that adds to the
// object it is given, so that a page's globals stay untouched.
func goSupportPlugin(wasmExec []byte) api.Plugin {
	source := "export default function loadGo(globalThis) {\n" + string(wasmExec) + "\nreturn globalThis.Go;\n}\n"
	return api.Plugin{Name: "go-support", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `/wasm_exec\.js$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: filepath.Base(args.Path), Namespace: "go-support"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "go-support"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			contents := strings.TrimSpace(source)
			return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, nil
		})
	}}
}
