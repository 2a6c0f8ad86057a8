package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark/ast"
)

// architecture returns ARCHITECTURE.md and the text of one of its sections.
func architecture(t *testing.T, section string) (*Page, string) {
	t.Helper()
	p, err := read(root, "ARCHITECTURE.md")
	require.NoError(t, err)
	_, text, found := strings.Cut(string(p.source), "\n## "+section+"\n")
	require.True(t, found, "ARCHITECTURE.md has no section %q", section)
	text, _, _ = strings.Cut(text, "\n## ")
	return p, text
}

// TestArchitecture_Names: a name that links to a file is in that file. That the file
// is there is held by TestLinks.
func TestArchitecture_Names(t *testing.T) {
	p, _ := architecture(t, "The words")
	checked := 0
	walk(p.root, func(link *ast.Link) {
		name := textOf(link, p.source)
		if _, ok := link.FirstChild().(*ast.CodeSpan); !ok || strings.Contains(name, "/") {
			return
		}
		file := string(link.Destination)
		if name == path.Base(file) {
			return
		}
		source, err := os.ReadFile(filepath.Join(root, file))
		if assert.NoError(t, err) {
			last := strings.Trim(name[strings.LastIndexByte(name, '.')+1:], "<>")
			is := regexp.MustCompile(`\b` + regexp.QuoteMeta(last) + `\b`).Match(source)
			assert.True(t, is, "ARCHITECTURE.md says that %s is in %s", name, file)
			checked++
		}
	})
	assert.Greater(t, checked, 30)
}

// TestArchitecture_Decisions: who reads a decision finds the code that holds it.
func TestArchitecture_Decisions(t *testing.T) {
	_, text := architecture(t, "Decisions")
	decisions := strings.Split(text, "\n- ")[1:]
	require.Greater(t, len(decisions), 30)
	for _, decision := range decisions {
		assert.Contains(t, decision, "](", "which code holds this?")
	}
}

// TestArchitecture_Words: each word of the table is there once.
func TestArchitecture_Words(t *testing.T) {
	_, text := architecture(t, "The words")
	seen := map[string]bool{}
	for _, found := range regexp.MustCompile(`\*\*([a-z]+)\*\*`).FindAllStringSubmatch(text, -1) {
		assert.False(t, seen[found[1]], "%s means two things", found[1])
		seen[found[1]] = true
	}
	assert.Greater(t, len(seen), 30)
}

// TestArchitecture_Folders: every folder in the tree is there, and every folder with
// source of the project's own is in the tree.
func TestArchitecture_Folders(t *testing.T) {
	_, text := architecture(t, "The folders")
	_, tree, _ := strings.Cut(text, "```\n")
	tree, _, _ = strings.Cut(tree, "```")
	listed := map[string]bool{}
	var parents [3]string // by how far a line is indented
	for line := range strings.Lines(tree) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if depth > 2 || !strings.HasSuffix(name, "/") {
			continue // a file, or more about the line before
		}
		folder := path.Clean(name)
		if depth > 0 {
			folder = path.Join(parents[depth-1], folder)
		}
		parents[depth] = folder
		listed[folder] = true
		_, err := os.Stat(filepath.Join(root, folder))
		assert.NoError(t, err, "the tree has %s", folder)
	}
	for _, top := range []string{"core", "wasm", "web/src", "tools"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, top), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() == "node_modules" || d.Name() == "testdata" {
				return fs.SkipDir
			}
			if ext := filepath.Ext(file); ext == ".go" || ext == ".ts" {
				folder, err := filepath.Rel(root, filepath.Dir(file))
				require.NoError(t, err)
				assert.True(t, listed[filepath.ToSlash(folder)], "%s is not in the tree of ARCHITECTURE.md", folder)
			}
			return nil
		}))
	}
}
