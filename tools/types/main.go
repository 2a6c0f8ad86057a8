// Command types writes TypeScript to the folder named by its argument: types.gen.ts,
// the types of what crosses to the page, from the Go package event; and
// options.gen.ts, the options, from stream.Options.
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

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: types FOLDER")
	}
	if err := write(os.Args[1]); err != nil {
		log.Fatalf("types: %v", err)
	}
}

func write(folder string) error {
	types, err := generate()
	if err != nil {
		return err
	}
	options, err := generateOptions(loadSource)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(folder, "types.gen.ts"), []byte(types), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "options.gen.ts"), []byte(options), 0o644)
}

// generate gives the TypeScript source of the types.
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
	if err := parser.ExcludeCustom(module+"failure.Failure", module+"failure.Error"); err != nil {
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
