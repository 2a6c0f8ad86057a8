package sdk_test

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/e2e/internal/project"
)

// sdkDocs returns the file that the tests write.
func sdkDocs() string { return project.Path("docs/sdks.md") }

//go:embed testdata/sdks.md.tmpl
var sdkTemplate string

// checkSDKDocs compares docs/sdks.md with what was measured. With WRITE in
// the environment it writes the file.
func checkSDKDocs(t *testing.T, measured map[string]sdkOutcome) {
	t.Helper()
	var out strings.Builder
	tmpl := template.Must(template.New("sdks").Parse(sdkTemplate))
	require.NoError(t, tmpl.Execute(&out, describeSDKs(t, measured)))
	if os.Getenv("WRITE") != "" {
		require.NoError(t, os.WriteFile(sdkDocs(), []byte(out.String()), 0o644))
	}
	written, err := os.ReadFile(sdkDocs())
	require.NoError(t, err)
	assert.Equal(t, string(written), out.String(), "docs/sdks.md is stale: look at the difference, then run make docs (make sdks for this one alone)")
}

// sdkSection is what the template needs to know of an SDK.
type sdkSection struct {
	Name, Versions, Plug, Uses string
	Rows                       []sdkRow
}

type sdkRow struct{ Trouble, Without, With string }

func describeSDKs(t *testing.T, measured map[string]sdkOutcome) []sdkSection {
	t.Helper()
	data, err := os.ReadFile("package.json")
	require.NoError(t, err)
	var packages struct {
		Versions map[string]string `json:"devDependencies"`
	}
	require.NoError(t, json.Unmarshal(data, &packages))
	var sections []sdkSection
	for _, s := range sdks {
		section := sdkSection{Name: s.name, Plug: s.plug, Versions: s.name + " " + packages.Versions[s.name]}
		require.NotEmpty(t, packages.Versions[s.name])
		if s.under != "" {
			section.Name = s.under + " with " + s.name
			section.Versions = s.under + " " + packages.Versions[s.under] + ", " + section.Versions
			require.NotEmpty(t, packages.Versions[s.under])
		}
		for i, use := range s.uses {
			if i > 0 {
				section.Uses += ", "
			}
			section.Uses += "`" + use.name + "`"
		}
		for _, problem := range troubles {
			section.Rows = append(section.Rows, sdkRow{
				s.row(problem),
				s.describe(t, measured, problem, false),
				s.describe(t, measured, problem, true),
			})
		}
		sections = append(sections, section)
	}
	return sections
}

// row is what the table calls a trouble.
func (s sdk) row(problem trouble) string {
	return strings.ReplaceAll(problem.row, "%d", strconv.Itoa(s.uses[0].api.busy.Status))
}

// describe puts in words what came of a trouble: of most uses first, and then of
// each that differs.
func (s sdk) describe(t *testing.T, measured map[string]sdkOutcome, problem trouble, with bool) string {
	t.Helper()
	var cells []string
	uses := map[string][]string{}
	for _, use := range s.uses {
		outcome, ok := measured[sdkKey(s.name, use.name, problem.name, with)]
		if !ok {
			require.True(t, use.whole && problem.whole == nil, "not measured: %s, %s", use.name, problem.name)
			continue
		}
		cell := use.describe(t, problem, outcome)
		if uses[cell] == nil {
			cells = append(cells, cell)
		}
		uses[cell] = append(uses[cell], "`"+use.name+"`")
	}
	slices.SortStableFunc(cells, func(a, b string) int { return len(uses[b]) - len(uses[a]) })
	for i := 1; i < len(cells); i++ {
		cells[i] = strings.Join(uses[cells[i]], ", ") + ": " + cells[i]
	}
	return strings.Join(cells, "<br>")
}

func (u sdkUse) describe(t *testing.T, problem trouble, o sdkOutcome) string {
	t.Helper()
	text := map[string]string{"all": "whole reply", "some": "some text", "": "", "wrong": "**some text twice**"}[u.textOf(o)]
	if u.textOf(o) == "wrong" {
		require.True(t, u.doubled(o), "neither whole, nor part of it, nor doubled: %+v", o)
	}
	var end string
	switch {
	case o.Hung:
		end = "**hangs**"
	case o.Error != nil:
		end = "`" + o.Error.Name + "`: " + shortened(o.Error.Message)
	case u.textOf(o) == "some" && problem.abort != "":
		end = "no error"
	case u.textOf(o) == "some":
		end = "**no error**"
	case u.textOf(o) == "":
		end = "**no text and no error**"
	}
	if text != "" && end != "" {
		text += ", then "
	}
	requests := "1 request"
	if o.Requests != 1 {
		requests = fmt.Sprintf("%d requests", o.Requests)
	}
	return text + end + "; " + requests
}

// doubled tells whether the reply follows a part of itself.
func (u sdkUse) doubled(o sdkOutcome) bool {
	part, whole := strings.CutSuffix(o.Text, u.shown())
	return whole && part != "" && strings.HasPrefix(u.shown(), part)
}

var bodyInMessage = regexp.MustCompile(`\{.*"message":"([^"]*)".*\}`)

// shortened fits an error's message into a table: of a JSON body only its own
// message is left.
func shortened(message string) string {
	message = bodyInMessage.ReplaceAllString(message, `{… "message":"$1" …}`)
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(strings.TrimSpace(message))
}
