// Command types writes what follows from Go's types, and is run from the folder
// tools: web/src/event/types.gen.ts, the types of what crosses to the page, from the
// package event; web/src/request/options.gen.ts, the options, from stream.Options;
// web/src/module/border.gen.ts, what both sides of the border know, from wasm/border; and
// docs/options.md, which tells people of the options.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/coder/guts"
	"github.com/coder/guts/config"

	"github.com/retrystream/retrystream/core/provider"
)

const module = "github.com/retrystream/retrystream/core/"

const (
	typesFile     = "../web/src/event/types.gen.ts"
	borderFile    = "../web/src/module/border.gen.ts"
	optionsFile   = "../web/src/request/options.gen.ts"
	referenceFile = "../docs/options.md"
)

// written are the sources of options that people write.
var written = []string{"../web/src/request/options.ts", "../web/src/module/module.ts"}

func main() {
	log.SetFlags(0)
	files, err := generateAll(".")
	for name, text := range files {
		if err == nil {
			err = os.WriteFile(name, []byte(text), 0o644)
		}
	}
	if err != nil {
		log.Fatalf("types: %v", err)
	}
}

// generateAll returns the text of every generated file. dir is the folder tools.
func generateAll(dir string) (map[string]string, error) {
	types, err := generate()
	if err != nil {
		return nil, err
	}
	streamOptions, err := readOptions(loadSource)
	if err != nil {
		return nil, err
	}
	options, err := generateOptions(loadSource)
	if err != nil {
		return nil, err
	}
	border, err := generateBorder(dir, streamOptions)
	if err != nil {
		return nil, err
	}
	sources := []string{options}
	for _, name := range written {
		source, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		sources = append(sources, string(source))
	}
	reference, err := generateReference(sources...)
	if err != nil {
		return nil, err
	}
	return map[string]string{typesFile: types, borderFile: border, optionsFile: options, referenceFile: reference}, nil
}

// generate returns the TypeScript source of the types.
func generate() (string, error) {
	parser, err := guts.NewGolangParser()
	if err != nil {
		return "", err
	}
	parser.PreserveComments()
	parser.IncludeCustomDeclaration(config.StandardMappings())
	if err := parser.IncludeGenerate(module + "event"); err != nil {
		return "", err
	}
	// Of the package failure only Kind is for pages.
	if err := parser.IncludeGenerate(module + "failure"); err != nil {
		return "", err
	}
	if err := parser.ExcludeCustom(module+"failure.Failure", module+"failure.Error", module+"failure.Words"); err != nil {
		return "", err
	}
	ts, err := parser.ToTypescript()
	if err != nil {
		return "", err
	}
	ts.ApplyMutations(config.SimplifyOptional, config.EnumAsTypes, config.ExportTypes, config.ReadOnly)
	source, err := ts.Serialize()
	if err != nil {
		return "", err
	}
	return source + providers(), nil
}

// providers lists the values of the provider option.
func providers() string {
	var list strings.Builder
	for _, id := range provider.IDs() {
		fmt.Fprintf(&list, "    %q,\n", id)
	}
	return "\n// From provider/provider.go\n" +
		"/** The values of the provider option, beside \"auto\". */\n" +
		"export const providers = [\n" + list.String() + "] as const;\n\n" +
		"/** One value of the provider option. */\n" +
		"export type ProviderID = typeof providers[number];\n"
}
