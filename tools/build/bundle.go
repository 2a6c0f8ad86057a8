package main

import (
	"errors"

	"github.com/evanw/esbuild/pkg/api"
)

// bundle makes the scripts.
func bundle(id string) error {
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{
			{InputPath: "web/src/index.ts", OutputPath: "retrystream"},
			{InputPath: "web/src/banner/banner.ts", OutputPath: "banner"},
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
		LegalComments:     api.LegalCommentsInline,
		Sourcemap:         api.SourceMapLinked,
		Define:            map[string]string{"BUILD": `"` + id + `"`},
		LogLevel:          api.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return errors.New("the scripts could not be bundled")
	}
	return nil
}
