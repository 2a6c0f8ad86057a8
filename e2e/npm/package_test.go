package npm_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestPackage installs the package that `make package` packs, as a person would,
// and uses it in throwaway projects.
func TestPackage(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	for name, test := range map[string]func(*testing.T, *workshop){
		"contents": testPackageContents,
		"lint":     testPackageLint,
		"types":    testPackageTypes,
		"docs":     testPackageDocs,
		"node":     testPackageNode,
		"pages":    testPackagePages,
		"react":    testPackageReact,
		"plain":    testPackagePlain,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, w)
		})
	}
}

// workshop is a folder of throwaway projects that share their tools.
type workshop struct {
	dir     string
	tarball string
	// installed is the project in which npm has installed the tarball; the
	// others are copies of it.
	installed string
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	project.Built(t)
	tarballs, err := filepath.Glob(project.Root() + "/web/dist-package/retrystream-*.tgz")
	require.NoError(t, err)
	require.Len(t, tarballs, 1, "the package is not packed: run `make package`")
	tools := absolute(t, "node_modules")
	require.DirExists(t, tools, "the tools are not installed: run `make test-package`")

	w := &workshop{dir: t.TempDir(), tarball: absolute(t, tarballs[0])}
	// Every project finds the tools above it, and the package in itself.
	require.NoError(t, os.Symlink(tools, filepath.Join(w.dir, "node_modules")))
	w.installed = filepath.Join(w.dir, "installed")
	require.NoError(t, os.Mkdir(w.installed, 0o755))
	manifest := `{ "name": "app", "private": true, "type": "module" }`
	require.NoError(t, os.WriteFile(filepath.Join(w.installed, "package.json"), []byte(manifest), 0o644))
	run(t, w.installed, "npm", "install", "--offline", "--no-audit", "--no-fund", w.tarball)
	return w
}

// project makes a project that has the package, and the files of the folders.
// Where a later folder has a file of an earlier one, it counts.
func (w *workshop) project(t *testing.T, folders ...string) string {
	t.Helper()
	dir, err := os.MkdirTemp(w.dir, filepath.Base(folders[len(folders)-1])+"-")
	require.NoError(t, err)
	for _, folder := range append([]string{w.installed}, folders...) {
		overlay(t, dir, folder)
	}
	return dir
}

// overlay copies the files below from to dir, but for what npm and a build may
// have left among the examples.
func overlay(t *testing.T, dir, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); strings.HasPrefix(from, examples()) && (name == "node_modules" || name == "dist") {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o644)
	})
	require.NoError(t, err)
}

// tool is the path of a file of the tools.
func (w *workshop) tool(script string) string {
	return filepath.Join(w.dir, "node_modules", script)
}

// run runs a command in the folder and gives what it printed. A failure fails
// the test.
func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browser.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", cmd, out)
	return string(out)
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	require.NoError(t, err)
	return path
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

// fixture is the folder of that name in testdata.
func fixture(name string) string { return filepath.Join("testdata", name) }

// testPackageContents: what is packed is what is tested, and says where it is from.
func testPackageContents(t *testing.T, w *workshop) {
	installed := filepath.Join(w.installed, "node_modules/retrystream")
	for _, name := range []string{"retrystream.js", "retrystream.js.map", "retrystream.wasm", "banner.js", "banner.js.map"} {
		// Not Equal, which would print a megabyte.
		assert.True(t, readFile(t, project.Root()+"/web/dist/"+name) == readFile(t, installed+"/dist/"+name),
			"%s is not what was built: run `make package`", name)
	}
	for _, name := range []string{"demo.js", "retrystream.wasm.br", "build-id"} {
		assert.NoFileExists(t, installed+"/dist/"+name)
	}
	assert.Equal(t, readFile(t, project.Root()+"/LICENSE"), readFile(t, installed+"/LICENSE"))
	assert.Contains(t, readFile(t, installed+"/THIRD_PARTY_LICENSES"), "The Go Authors")
	assert.Contains(t, readFile(t, installed+"/README.md"), "retryStream")

	var manifest struct {
		Version         string
		DevDependencies map[string]string
		Dependencies    map[string]string
		Build           struct{ Commit, ID, Go string }
	}
	require.NoError(t, json.Unmarshal([]byte(readFile(t, installed+"/package.json")), &manifest))
	assert.Regexp(t, `^\d+\.\d+\.\d+`, manifest.Version)
	assert.Empty(t, manifest.Dependencies)
	assert.Empty(t, manifest.DevDependencies)
	assert.Regexp(t, `^([0-9a-f]{40}( with changes)?|unknown)$`, manifest.Build.Commit)
	assert.Regexp(t, `^go1\.`, manifest.Build.Go)
	require.NotEmpty(t, manifest.Build.ID)
	for _, name := range []string{"retrystream.js", "retrystream.wasm"} {
		assert.True(t, strings.Contains(readFile(t, installed+"/dist/"+name), manifest.Build.ID), "%s is of another build", name)
	}
}

// testPackageLint: the tools that people judge packages by find nothing.
func testPackageLint(t *testing.T, w *workshop) {
	t.Run("publint", func(t *testing.T) {
		t.Parallel()
		out := run(t, w.dir, "node", w.tool("publint/src/cli.js"), "run", w.tarball, "--strict")
		assert.Contains(t, out, "All good!")
	})
	t.Run("attw", func(t *testing.T) {
		t.Parallel()
		// The package is of ES modules only, as its README says.
		out := run(t, w.dir, "node", w.tool("@arethetypeswrong/cli/dist/index.js"), "--profile", "esm-only", "--format", "json", w.tarball)
		var result struct {
			Analysis struct{ Entrypoints map[string]any }
			Problems map[string][]any
		}
		require.NoError(t, json.Unmarshal([]byte(out), &result), out)
		assert.Len(t, result.Analysis.Entrypoints, 4)
	})
}

// testPackageTypes type-checks code that uses every export, with this and the
// former major version of TypeScript.
func testPackageTypes(t *testing.T, w *workshop) {
	dir := w.project(t, fixture("typescript"))
	for compiler, script := range map[string]string{
		"newest": w.tool("typescript/bin/tsc"),
		"older":  absolute(t, "older/node_modules/typescript/bin/tsc"),
	} {
		for _, config := range []string{"bundler", "node16", "node"} {
			t.Run(config+" "+compiler, func(t *testing.T) {
				t.Parallel()
				run(t, dir, "node", script, "-p", config+".json")
			})
		}
	}
	t.Run("complete", func(t *testing.T) {
		t.Parallel()
		used := readFile(t, filepath.Join(dir, "use.ts"))
		names := exportedNames(t, filepath.Join(dir, "node_modules/retrystream/dist/types"))
		require.Greater(t, len(names), 30)
		for _, name := range names {
			assert.True(t, regexp.MustCompile(`\b`+name+`\b`).MatchString(used), "use.ts does not use %s", name)
		}
	})
}

// exportedNames gives the names that the declarations of the entry points export.
func exportedNames(t *testing.T, dir string) []string {
	t.Helper()
	lists := regexp.MustCompile(`(?m)^export (?:type )?\{([^}]*)\}`)
	declared := regexp.MustCompile(`(?m)^export (?:declare )?(?:type|interface|class|function) (\w+)`)
	var names []string
	for _, file := range []string{"index.d.ts", "banner/banner.d.ts", "event/types.gen.d.ts"} {
		text := readFile(t, filepath.Join(dir, file))
		for _, list := range lists.FindAllStringSubmatch(text, -1) {
			for name := range strings.SplitSeq(list[1], ",") {
				names = append(names, strings.TrimPrefix(strings.TrimSpace(name), "type "))
			}
		}
		for _, match := range declared.FindAllStringSubmatch(text, -1) {
			names = append(names, match[1])
		}
	}
	return names
}

// testPackageDocs: each line that the docs tell people to write is the one tested.
func testPackageDocs(t *testing.T, _ *workshop) {
	docs := readFile(t, project.Root()+"/docs/install.md")
	for _, line := range []string{esbuildCopy, esbuildBuild, esbuildAsset} {
		assert.Contains(t, docs, line)
	}
	for file, line := range map[string]string{
		"vite7/vite.config.js":   `optimizeDeps: { exclude: ["retrystream"] }`,
		"esbuild-asset/asset.js": `import wasmUrl from "retrystream/retrystream.wasm";`,
		"page/index.html":        `"retrystream": "./node_modules/retrystream/dist/retrystream.js"`,
		"page/worker.js":         `from "./node_modules/retrystream/dist/retrystream.js"`,
	} {
		assert.Contains(t, readFile(t, fixture(file)), line)
		assert.Contains(t, docs, line)
	}
	assert.Contains(t, readFile(t, fixture("esbuild-asset/asset.js")), "init({ wasmUrl });")
	assert.Contains(t, docs, "init({ wasmUrl });")
}

// packageReply is what the pages, workers and programs of testdata tell.
type packageReply struct {
	Text    string   `json:"text"`
	Retries []string `json:"retries"`
}

// failingFirst is a fake provider that fails before the reply and in it.
func failingFirst(t *testing.T, text string) *site.Site {
	t.Helper()
	return site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.CutAfterEvents(6), chattest.Reply(text))
}

func testPackageNode(t *testing.T, w *workshop) {
	const text = "All is well: 🚀"
	dir := w.project(t, fixture("node"))
	out := run(t, dir, "node", "main.js", failingFirst(t, text).URL+site.ChatPath)
	var got packageReply
	require.NoError(t, json.Unmarshal([]byte(out), &got), out)
	assert.Equal(t, packageReply{text, []string{"server", "network"}}, got)
}
