package main

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// bundle makes the scripts.
func bundle(id string, wasmExec []byte) error {
	support, err := goSupportPlugin(wasmExec)
	if err != nil {
		return err
	}
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
		Plugins:           []api.Plugin{support},
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return errors.New("the scripts could not be bundled")
	}
	return nil
}

// goSupportPlugin makes the module ./wasm_exec.js of Go's support code. That is
// a script that adds to globalThis; here it becomes a function that adds to the
// object it is given, so that a page's globals stay untouched. The stand-ins for
// a file system, a process and paths are left out: the program has no use for
// them, and the object brings what little is asked for.
func goSupportPlugin(wasmExec []byte) (api.Plugin, error) {
	before, rest, found := strings.Cut(string(wasmExec), "if (!globalThis.fs) {")
	_, after, found2 := strings.Cut(rest, "const encoder =")
	if !found || !found2 {
		return api.Plugin{}, errors.New("wasm_exec.js is not what it was: look at goSupportPlugin")
	}
	source := "export default function loadGo(globalThis) {\nconst { fs } = globalThis;\n" +
		before + "const encoder =" + after + "\nreturn globalThis.Go;\n}\n"
	return api.Plugin{Name: "go-support", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `/wasm_exec\.js$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: filepath.Base(args.Path), Namespace: "go-support"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "go-support"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			contents := strings.TrimSpace(source)
			return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, nil
		})
	}}, nil
}
