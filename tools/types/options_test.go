package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sources is a loader of packages written out in a test, by import path.
type sources map[string]string

func (s sources) load(importPath string) ([]*ast.File, error) {
	source, ok := s[importPath]
	if !ok {
		return nil, fmt.Errorf("no package %s", importPath)
	}
	file, err := parser.ParseFile(token.NewFileSet(), "source.go", source, parser.ParseComments)
	return []*ast.File{file}, err
}

// withFields returns the source of stream.Options with these fields, and of a
// package of types that they may have.
func withFields(fields string) sources {
	return sources{
		module + "stream": `package stream
			import (
				"net/url"
				"time"
				"` + module + `waits"
			)
			type Mode string
			const (
				Fast Mode = "fast"
				Slow Mode = "slow"
				Other = "other"
			)
			type Bare string
			type Options struct {
				` + fields + `
			}`,
		module + "waits": `package waits
			import "time"
			type Waits struct {
				// First is the first wait.
				First time.Duration ` + "`option:\"firstMs\"`" + `
				// Chance says how much chance there is.
				Chance Chance ` + "`option:\"chance\"`" + `
				// Growth is the factor. In Go, 0 means 2.
				Growth float64 ` + "`option:\"growth\"`" + `
				// Own is Go's.
				Own int
			}
			type Chance string
			const None Chance = "none"
			type Empty struct{ Own int }
			type Nested struct {
				// Inner is one more object.
				Inner Waits ` + "`option:\"inner\"`" + `
			}`,
	}
}

func TestGenerateOptions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields string
		// What is generated for whoever gives options, for the table of what each
		// may be, and for the module.
		doc, member, table, value string
	}{
		"count": {
			"// Tries limits the requests.\nTries int `option:\"tries\"`",
			"Limits the requests.", "tries?: number | undefined;", `tries: "count",`, "readonly tries: number;",
		},
		"count that may be none": {
			"// Tries limits the requests.\nTries int `option:\"tries,orNone\"`",
			"Limits the requests. 0 switches it off.", "tries?: number | undefined;", `tries: "limit",`, "readonly tries: number;",
		},
		"duration": {
			"// Patience is how long to wait, at\n// the most.\nPatience time.Duration `option:\"patienceMs\"`",
			"How long to wait, at the most. In milliseconds; Infinity means no limit.",
			"patienceMs?: number | undefined;", `patienceMs: "milliseconds",`, "readonly patienceMs: number;",
		},
		"factor": {
			"// Factor is a factor.\nFactor float64 `option:\"factor\"`",
			"A factor.", "factor?: number | undefined;", `factor: "factor",`, "readonly factor: number;",
		},
		"union": {
			"// Mode says how. Fast unless set.\nMode Mode `json:\"-\" option:\"mode\"`",
			"How. Fast unless set.", `mode?: "fast" | "slow" | undefined;`, `mode: ["fast", "slow"],`, "readonly mode: string;",
		},
		"union of another package": {
			"// Chance is how.\nChance waits.Chance `option:\"chance\"`",
			"How.", `chance?: "none" | undefined;`, `chance: ["none"],`, "readonly chance: string;",
		},
		"provider": {
			"// Provider says who answers.\nProvider string `option:\"provider\"`",
			"Who answers.", `provider?: "auto" | ProviderID | undefined;`, `provider: ["auto", ...providers],`, "readonly provider: string;",
		},
		"object": {
			"// Waits are the waits.\nWaits waits.Waits `option:\"waits\"`",
			"The waits.", "waits?: Waits | undefined;",
			"waits: {\n    firstMs: \"delay\",\n    chance: [\"none\"],\n    growth: \"factor\",\n  },",
			"readonly firstMs: number;\n  readonly chance: string;\n  readonly growth: number;",
		},
		"comment with a part for Go": {
			"// Tries limits. None unless set. In\n// Go, -1 is one too.\nTries int `option:\"tries\"`",
			"Limits. None unless set.", "tries?: number | undefined;", `tries: "count",`, "readonly tries: number;",
		},
		"comment that begins otherwise": {
			"// The most requests. Tries is a number; in Go too, In God we trust.\nTries int `option:\"tries\"`",
			"The most requests. Tries is a number; in Go too, In God we trust.", "tries?: number | undefined;", `tries: "count",`, "readonly tries: number;",
		},
		"comment that would end the comment": {
			"// Tries limits a*/b.\nTries int `option:\"tries\"`",
			`Limits a*\/b.`, "tries?: number | undefined;", `tries: "count",`, "readonly tries: number;",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := generateOptions(withFields(tt.fields + "\n// Own is Go's.\nOwn string `json:\"own\"`").load)
			require.NoError(t, err)
			assert.Contains(t, got, "export interface StreamOptions {\n  /** "+tt.doc+" */\n  "+tt.member+"\n}\n")
			assert.Contains(t, got, "export const streamOptions = {\n  "+tt.table+"\n} as const;\n")
			assert.Contains(t, got, "export interface StreamValues {\n  "+tt.value+"\n}\n")
			assert.NotContains(t, strings.ToLower(got), "own")
		})
	}
}

func TestGenerateOptions_Object(t *testing.T) {
	t.Parallel()
	got, err := generateOptions(withFields("// Waits are the waits.\nWaits waits.Waits `option:\"waits\"`").load)
	require.NoError(t, err)
	assert.Contains(t, got, `/** The waits. */
export interface Waits {
  /** The first wait. In milliseconds. */
  firstMs?: number | undefined;
  /** How much chance there is. */
  chance?: "none" | undefined;
  /** The factor. */
  growth?: number | undefined;
}
`)
}

// TestGenerateOptions_Errors: what cannot become an option is an error that names
// the field.
func TestGenerateOptions_Errors(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string][]string{
		"// F is.\nF int `option:\"my-tries\"`":                                           {"stream.Options.F", `"my-tries"`},
		"// F is.\nF int `option:\"Tries\"`":                                              {"stream.Options.F", `"Tries"`},
		"// F is.\nF int `option:\"\"`":                                                   {"stream.Options.F", `""`},
		"// F is one.\nF string `option:\"provider,orNone\"`":                             {"stream.Options.F", "none"},
		"// F is.\nF int `option:tries`":                                                  {"stream.Options.F", "malformed"},
		"// F is one.\nF int `option:\"f\"`\n// G is one.\nG int `option:\"f\"`":          {"stream.Options.G", `"f"`, "already"},
		"// W is one.\nW waits.Waits `option:\"w\"`\n// G is.\nG int `option:\"growth\"`": {"stream.Options.G", `"growth"`, "already"},
		"// F are.\nF, G int `option:\"f\"`":                                              {"stream.Options.F", "one name"},
		"// Mode is.\nMode `option:\"mode\"`":                                             {"an embedded field", "one name"},
		"F int `option:\"f\"`":                                                            {"stream.Options.F", "comment"},
		"// In Go, F is.\nF int `option:\"f\"`":                                           {"stream.Options.F", "comment"},
		"// F is one.\nF bool `option:\"f\"`":                                             {"stream.Options.F", "bool"},
		"// F is one.\nF string `option:\"f\"`":                                           {"stream.Options.F", "string"},
		"// F is one.\nF []int `option:\"f\"`":                                            {"stream.Options.F", "type"},
		"// F is one.\nF func() `option:\"f\"`":                                           {"stream.Options.F", "type"},
		"// F is one.\nF *url.URL `option:\"f\"`":                                         {"stream.Options.F", "type"},
		"// F is one.\nF url.URL `option:\"f\"`":                                          {"stream.Options.F", "URL"},
		"// F is one.\nF other.Type `option:\"f\"`":                                       {"stream.Options.F", "type"},
		"// F is one.\nF Bare `option:\"f\"`":                                             {"stream.Options.F", "Bare", "constants"},
		"// F is one.\nF Missing `option:\"f\"`":                                          {"stream.Options.F", "Missing"},
		"// F is one.\nF waits.Empty `option:\"f\"`":                                      {"stream.Options.F", "Empty"},
		"// F is one.\nF waits.Nested `option:\"f\"`":                                     {"stream.Options.F", "Nested.Inner", "Waits"},
		"// F is one.\nF time.Duration `option:\"f\"`":                                    {"stream.Options.F", "Ms"},
		"// F is one.\nF int `option:\"fMs\"`":                                            {"stream.Options.F", "Ms"},
		"// F is one.\nF int":                                                             {"stream.Options", "no field"},
	} {
		_, err := generateOptions(withFields(fields).load)
		if assert.Error(t, err, fields) {
			for _, part := range want {
				assert.ErrorContains(t, err, part, fields)
			}
		}
	}
	_, err := generateOptions(sources{module + "stream": "package stream\ntype Options int"}.load)
	assert.ErrorContains(t, err, "not a struct")
	_, err = generateOptions(sources{}.load)
	assert.ErrorContains(t, err, "no package")
}
