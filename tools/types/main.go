// Command types writes the TypeScript types of what crosses to the page, from
// the Go package event, to the file named by its argument.
package main

import (
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/coder/guts"
	"github.com/coder/guts/config"

	"github.com/retrystream/retrystream/core/provider"
)

const module = "github.com/retrystream/retrystream/core/"

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: types FILE")
	}
	source, err := generate()
	if err != nil {
		log.Fatalf("types: %v", err)
	}
	if err := os.WriteFile(os.Args[1], []byte(source), 0o644); err != nil {
		log.Fatalf("types: %v", err)
	}
}

// generate gives the TypeScript source.
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
