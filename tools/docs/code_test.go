package docs

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What an example may take for granted, such as ctx or apiKey, is declared in
// testdata/given.go.txt and testdata/given.d.ts.

// goModule is where the Go examples are compiled: it knows all that they import.
const goModule = root + "/core/retryhttp/sdktest"

const core = "github.com/retrystream/retrystream/core/"

// goImports are what an example need not import by itself.
var goImports = []string{
	"bytes", "context", "fmt", "io", "log", "net/http", "time",
	core + "chattest", core + "event", core + "failure", core + "provider", core + "retry", core + "retryhttp", core + "stream",
}

var ownImports = regexp.MustCompile(`^import (?:\((?s:.*?)\n\)|"[^"]*")\n`)

// goSource makes a file of an example: a file stays as it is, declarations get
// their imports, and statements become those of a function.
func goSource(page string, b Block) string {
	at := func(line int) string { return fmt.Sprintf("\n//line %s:%d\n", page, line) }
	if strings.Contains("\n"+b.Text, "\npackage ") {
		return at(b.Line) + b.Text
	}
	own := ownImports.FindString(b.Text)
	head := "package example\n" + at(b.Line) + own + "\n"
	for _, imported := range goImports {
		used := regexp.MustCompile(`\b` + path.Base(imported) + `\.[A-Z]`).MatchString(b.Text)
		if used && !strings.Contains(own, `"`+imported+`"`) {
			head += fmt.Sprintf("import %q\n", imported)
		}
	}
	body := at(b.Line+strings.Count(own, "\n")) + b.Text[len(own):]
	if _, err := parser.ParseFile(token.NewFileSet(), "", head+body, parser.SkipObjectResolution); err == nil {
		return head + body
	}
	return head + "func _() {" + body + "\n" + useAll(body) + "}\n"
}

// useAll uses what statements declare, as the text around an example would.
func useAll(statements string) (uses string) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc _() {"+statements+"\n}", parser.SkipObjectResolution)
	if err != nil {
		return "" // The compiler says it better.
	}
	use := func(name ast.Expr) { uses += fmt.Sprintf("_ = %s\n", name.(*ast.Ident).Name) }
	for _, statement := range file.Decls[0].(*ast.FuncDecl).Body.List {
		switch s := statement.(type) {
		case *ast.AssignStmt:
			for _, name := range s.Lhs {
				if s.Tok == token.DEFINE {
					use(name)
				}
			}
		case *ast.DeclStmt:
			for _, spec := range s.Decl.(*ast.GenDecl).Specs {
				if vars, ok := spec.(*ast.ValueSpec); ok {
					use(vars.Names[0])
				}
			}
		}
	}
	return uses
}

// TestGoExamples compiles every block of Go.
func TestGoExamples(t *testing.T) {
	dir, err := filepath.Abs(goModule)
	require.NoError(t, err)
	given, err := filepath.Abs("testdata/given.go.txt")
	require.NoError(t, err)
	// The module sees the examples as packages of its own; none is written there.
	overlay := map[string]string{}
	args := []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if b.Lang != "go" {
				continue
			}
			pkg := fmt.Sprintf("./example%d", len(args))
			file := filepath.Join(t.TempDir(), "example.go")
			source := goSource(p.Path, b)
			require.NoError(t, os.WriteFile(file, []byte(source), 0o644))
			overlay[filepath.Join(dir, pkg, "example.go")] = file
			if strings.HasPrefix(source, "package example\n") {
				overlay[filepath.Join(dir, pkg, "given.go")] = given
			}
			args = append(args, pkg)
		}
	}
	require.NotEmpty(t, overlay)
	config, err := json.Marshal(map[string]any{"Replace": overlay})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(args[2], config, 0o644))
	run(t, dir, "go", args...)
}

// run runs a program, which must find nothing to say.
func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

var script = regexp.MustCompile(`(?s)<script type="module">(.*?)</script>`)

// files are what the two scripts are called where no bundler is.
var files = strings.NewReplacer(`"./retrystream.js"`, `"retrystream"`, `"./banner.js"`, `"retrystream/banner"`,
	`"./node_modules/retrystream/dist/retrystream.js"`, `"retrystream"`)

// scriptOf returns an example's script at the lines that it has in its page.
func scriptOf(b Block) (source, ext string) {
	switch b.Lang {
	case "js":
		ext = ".js"
	case "ts":
		ext = ".ts"
	case "html":
		found := script.FindStringSubmatchIndex(b.Text)
		if found == nil {
			return "", ""
		}
		before, text := b.Text[:found[2]], b.Text[found[2]:found[3]]
		return strings.Repeat("\n", b.Line-1+strings.Count(before, "\n")) + text, ".js"
	default:
		return "", ""
	}
	return strings.Repeat("\n", b.Line-1) + b.Text, ext
}

// TestScriptExamples checks the types of every block of TypeScript, strictly, and
// of every script, as far as one can without types.
func TestScriptExamples(t *testing.T) {
	web, err := filepath.Abs(root + "/web")
	require.NoError(t, err)
	tsc := filepath.Join(web, "node_modules/.bin/tsc")
	require.FileExists(t, tsc, "run `npm ci` in web/")
	sdks, err := filepath.Abs(root + "/e2e/sdk/node_modules")
	require.NoError(t, err)
	require.FileExists(t, sdks+"/openai/package.json", "run `npm ci` in e2e/sdk/")
	given, err := os.ReadFile("testdata/given.d.ts")
	require.NoError(t, err)
	for _, ext := range []string{".ts", ".js"} {
		t.Run(ext, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(name string, data []byte) {
				require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
			}
			require.NoError(t, os.Symlink(sdks, filepath.Join(dir, "node_modules")))
			write("given.d.ts", given)
			count := 0
			for _, p := range pages(t) {
				for _, b := range p.blocks() {
					if source, kind := scriptOf(b); kind == ext {
						count++
						write(fmt.Sprintf("%s.%d%s", strings.ReplaceAll(p.Path, "/", "."), b.Line, ext), []byte(files.Replace(source)))
					}
				}
			}
			require.NotZero(t, count)
			config, err := json.Marshal(map[string]any{
				"extends": filepath.Join(web, "tsconfig.json"),
				"include": []string{"."},
				"compilerOptions": map[string]any{
					"allowJs": true, "checkJs": true, "moduleDetection": "force", "skipLibCheck": true,
					"strict": ext == ".ts", "exactOptionalPropertyTypes": ext == ".ts", "noUnusedLocals": false, "noUnusedParameters": false,
					"paths": map[string][]string{
						"retrystream": {web + "/src/index.ts"}, "retrystream/banner": {web + "/src/banner/banner.ts"},
						"retrystream/retrystream.wasm": {web + "/src/module/wasm.d.ts"},
					},
				},
			})
			require.NoError(t, err)
			write("tsconfig.json", config)
			run(t, dir, tsc, "-p", dir)
		})
	}
}
