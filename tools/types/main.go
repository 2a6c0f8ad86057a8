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
	"reflect"
	"strings"

	"github.com/coder/guts"
	"github.com/coder/guts/config"

	"github.com/retrystream/retrystream/core/event"
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
	// These two are the union below.
	if err := parser.ExcludeCustom(module+"event.ChatStreamEvent", module+"event.Body"); err != nil {
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
	return source + union() + providers(), nil
}

// union returns the types of the events: each is its body's, with the event's own
// members, and ChatStreamEvent is one of them.
func union() string {
	var members []string
	var list strings.Builder
	for _, body := range event.Bodies() {
		name := reflect.TypeOf(body).Name()
		members = append(members, name+"Event")
		fmt.Fprintf(&list, "\n/** A {@link %s} as an event of a reply. */\n"+
			"export interface %[1]sEvent extends %[1]s {\n"+
			"    readonly type: %q;\n"+
			"    /**\n     * The event's place among those of its stream, counted from 1.\n     */\n"+
			"    readonly seq: number;\n}\n", name, body.Type())
	}
	return "\n// From event/union.go\n" +
		"/** One event of a reply. Its type tells which. */\n" +
		"export type ChatStreamEvent = " + strings.Join(members, " | ") + ";\n" + list.String()
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
