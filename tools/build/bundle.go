package main

import (
	"errors"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// bundle makes the scripts. support is Go's support code, as a module.
func bundle(id, support string) error {
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
		// Only Go's support code has such names. Go itself looks one of them up.
		MangleProps:   "^_",
		ReserveProps:  "^_pendingEvent$",
		LegalComments: api.LegalCommentsInline,
		Sourcemap:     api.SourceMapLinked,
		Define:        map[string]string{"BUILD": `"` + id + `"`},
		Plugins:       []api.Plugin{goSupportPlugin(support)},
		LogLevel:      api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return errors.New("the scripts could not be bundled")
	}
	return nil
}

// goSupportPlugin makes the module ./wasm_exec.js of Go's support code.
func goSupportPlugin(source string) api.Plugin {
	return api.Plugin{Name: "go-support", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `/wasm_exec\.js$`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: filepath.Base(args.Path), Namespace: "go-support"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "go-support"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			return api.OnLoadResult{Contents: &source, Loader: api.LoaderJS}, nil
		})
	}}
}
