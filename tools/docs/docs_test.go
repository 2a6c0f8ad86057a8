package docs

import (
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark/ast"

	"github.com/retrystream/retrystream/core/failure"
)

const root = "../.."

// pages returns all pages whose links and examples are checked: those of docs/, and
// those in the project's root.
func pages(t *testing.T) []*Page {
	t.Helper()
	s, _, err := load(root)
	require.NoError(t, err)
	list := s.pages
	files, err := filepath.Glob(root + "/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		p, err := read(root, filepath.Base(file))
		require.NoError(t, err)
		list = append(list, p)
	}
	return list
}

// TestLinks: what a page points at exists, file and heading.
func TestLinks(t *testing.T) {
	all := map[string]*Page{}
	for _, p := range pages(t) {
		all[p.Path] = p
	}
	for _, p := range all {
		for _, link := range p.links() {
			assert.NoError(t, checkLink(all, p, link), "%s has a link to %s", p.Path, link)
		}
	}
}

// TestIndex: who looks for a page finds it in the index.
func TestIndex(t *testing.T) {
	s, _, err := load(root)
	require.NoError(t, err)
	linked := map[string]bool{index: true}
	for _, link := range s.page(index).links() {
		file, _, _ := s.page(index).target(link)
		linked[file] = true
	}
	for _, p := range s.pages {
		assert.True(t, linked[p.Path], "%s has no link to %s", index, p.Path)
	}
}

// TestGenerated: who opens a generated page is told how it is written, by one
// command.
func TestGenerated(t *testing.T) {
	s, _, err := load(root)
	require.NoError(t, err)
	generated := 0
	for _, p := range s.pages {
		if first, _, _ := strings.Cut(string(p.source), "\n"); strings.HasPrefix(first, "<!--") {
			assert.Regexp(t, "^<!-- Written by `make docs` from .*\\. Do not edit\\. -->$", first, p.Path)
			generated++
		}
	}
	assert.Equal(t, 5, generated)
}

func checkLink(all map[string]*Page, from *Page, link string) error {
	file, id, ok := from.target(link)
	if !ok {
		return nil
	}
	if _, err := os.Stat(filepath.Join(root, file)); err != nil {
		return err
	}
	if id == "" {
		return nil
	}
	p := all[file]
	if p == nil {
		return os.ErrInvalid
	}
	for _, h := range p.Headings {
		if h.ID == id {
			return nil
		}
	}
	return os.ErrNotExist
}

func TestParse(t *testing.T) {
	p := parse("docs/page.md", []byte(strings.Join([]string{
		"# A title, with `code` &", "", "## What's *it* do?", "", "## `<retry-banner>`", "", "## What's it do?", "",
		"[one](other.md#a) and ![two](../two.png)", "", "<!-- [no](no.md) -->", "",
		"```go", "a()", "b()", "```", "", "    [no](no.md)",
	}, "\n")))
	assert.Equal(t, "A title, with code &", p.Title)
	assert.Equal(t, []Heading{
		{1, "A title, with code &", "a-title-with-code-"}, {2, "What's it do?", "whats-it-do"},
		{2, "<retry-banner>", "retry-banner"}, {2, "What's it do?", "whats-it-do-1"},
	}, p.Headings)
	assert.Equal(t, []string{"other.md#a", "../two.png"}, p.links())
	assert.Equal(t, []Block{{Lang: "go", Line: 14, Text: "a()\nb()\n"}}, p.blocks())
}

func TestBuild(t *testing.T) {
	project, out := t.TempDir(), filepath.Join(t.TempDir(), "docs")
	for name, text := range map[string]string{
		"web/demo/colors.css": ":root{}", "web/demo/docs.css": "body{}",
		"docs/README.md": "# All\n\n- [Second](b.md)\n- [First](a.md)\n- [Second again](b.md#more)\n",
		"docs/a.md":      "# A `<b>`\n\n[more](b.md#more), [core](../core/x.go), [x](https://example.com)\n\n![P](p.png)\n",
		"docs/b.md":      "# B\n\n## More\n\n| a | |\n| - | -: |\n| 1 | 2 |\n\n| | |\n| - | - |\n| 3 | 4<br>5 |\n\n```html\n<p>\n```\n\n<!-- comment -->\n",
		"docs/p.png":     "PNG",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(project, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(project, name), []byte(text), 0o644))
	}
	require.NoError(t, Build(project, out))
	built := func(name string) string {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		return string(data)
	}
	a, b := built("a.html"), built("b.html")
	assert.Contains(t, a, `<a href="b.html#more">more</a>, core (<code>core/x.go</code>), <a href="https://example.com">x</a>`)
	assert.Contains(t, a, `<img src="p.png" alt="P">`)
	assert.Contains(t, a, "<title>A &lt;b&gt; – retrystream</title>")
	assert.Contains(t, b, `<h2 id="more"><a href="#more">More</a></h2>`)
	assert.Contains(t, b, `<div class="table" role="group" tabindex="0" aria-labelledby="more"><table>`)
	assert.Contains(t, b, "<th>a</th>\n<td class=\"number\"></td>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td class=\"number\">2</td>\n</tr>\n</tbody>")
	assert.Contains(t, b, "<table>\n<tbody>\n<tr>\n<td>3</td>\n<td>4<br>5</td>")
	assert.Contains(t, b, "<pre tabindex=\"0\"><code>&lt;p&gt;\n</code></pre>")
	assert.NotContains(t, b, "style=")
	assert.NotContains(t, b, "comment")
	assert.Less(t, strings.Index(a, ">Second</a>"), strings.Index(a, ">First</a>"), "the menu is in the order of the index")
	assert.Contains(t, a, `<a href="a.html" aria-current="page">First</a>`)
	assert.Contains(t, b, `<li><a href="#more">More</a></li>`)
	assert.Equal(t, "PNG", built("p.png"))
	assert.Equal(t, ":root{}body{}", built("style.css"))

	require.NoError(t, os.Remove(filepath.Join(project, "docs/p.png")))
	require.NoError(t, Build(project, out))
	assert.NoFileExists(t, filepath.Join(out, "p.png"))
	require.NoError(t, os.WriteFile(filepath.Join(project, "docs/c.md"), []byte("# Third"), 0o644))
	require.NoError(t, Build(project, out))
	assert.Contains(t, built("a.html"), `<a href="c.html">Third</a>`)
	for _, text := range []string{"no title", "# C\n\n<b>bold</b>", "# C\n\n<details>\n</details>"} {
		require.NoError(t, os.WriteFile(filepath.Join(project, "docs/c.md"), []byte(text), 0o644))
		assert.ErrorContains(t, Build(project, out), "docs/c.md has ", text)
	}
}

var address = regexp.MustCompile(`(?:href|src)="([^"]*)"`)

// TestServedLinks: the pages as they are served lead only to each other.
func TestServedLinks(t *testing.T) {
	out := t.TempDir()
	require.NoError(t, Build(root, out))
	files, err := filepath.Glob(out + "/*.html")
	require.NoError(t, err)
	for _, file := range files {
		page, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range address.FindAllStringSubmatch(string(page), -1) {
			link := html.UnescapeString(found[1])
			if strings.Contains(link, ":") || link == "../" {
				continue
			}
			name, id, _ := strings.Cut(link, "#")
			if name == "" {
				name = filepath.Base(file)
			}
			target, err := os.ReadFile(filepath.Join(out, strings.Replace(name, "./", "index.html", 1)))
			require.NoError(t, err, "%s: %s", filepath.Base(file), link)
			there := id == "" || strings.Contains(string(target), ` id="`+html.EscapeString(id)+`"`)
			assert.True(t, there, "%s leads to %s, which is not there", filepath.Base(file), link)
		}
	}
}

// TestErrorKinds: the page of troubles has every kind of the package
// failure, and tells truly whether it is retried.
func TestErrorKinds(t *testing.T) {
	page, err := read(root, "docs/troubleshooting.md")
	require.NoError(t, err)
	source, err := os.ReadFile(root + "/core/failure/failure.go")
	require.NoError(t, err)
	var want, got []string
	for _, found := range regexp.MustCompile(`(?m)^\t\w+ +Kind = "(\w+)"$`).FindAllStringSubmatch(string(source), -1) {
		entry := found[1] + ": Not retried."
		if failure.New(failure.Kind(found[1]), 0).Retryable {
			entry = found[1] + ": Retried."
		}
		want = append(want, entry)
	}
	require.Contains(t, want, "rate_limit: Retried.")
	want = append(want, "module: Not retried.") // JavaScript's own
	walk(page.root, func(h *ast.Heading) {
		text, ok := h.NextSibling().(*ast.Paragraph)
		if h.Level == 3 && ok {
			verdict, _, _ := strings.Cut(textOf(text, page.source), ".")
			got = append(got, textOf(h, page.source)+": "+verdict+".")
		}
	})
	assert.ElementsMatch(t, want, got)
}
