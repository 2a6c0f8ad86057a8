// Package docs turns the project's documentation, Markdown in docs/, into pages
// that `make demo` serves. Its tests hold the documentation to what is there:
// links and their anchors, the examples, the kinds of failures.
package docs

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Page is one Markdown file.
type Page struct {
	// Path is where it is, from the project's root, with slashes.
	Path string
	// Title is its first heading.
	Title string
	// Headings are all of its headings, in order.
	Headings []Heading

	source []byte
	root   ast.Node
}

// Heading is one heading of a page, and what a link to it names.
type Heading struct {
	Level    int
	Text, ID string
}

// Block is a fenced block of code.
type Block struct {
	// Lang is the first word of the block's info string, such as "go".
	Lang string
	// Line is the number of its first line in the page, counted from 1.
	Line int
	Text string
}

// read reads the page at a path from the project's root.
func read(root, file string) (*Page, error) {
	source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		return nil, err
	}
	p := parse(file, source)
	if p.Title == "" {
		return nil, fmt.Errorf("%s has no title: begin it with # and a few words", file)
	}
	if tag := p.html(); tag != "" {
		return nil, fmt.Errorf("%s has HTML other than comments and <br>, which the pages leave out: %s", file, tag)
	}
	return p, nil
}

// markdown knows what GitHub knows of Markdown, as far as the pages use it.
func markdown() goldmark.Markdown {
	return goldmark.New(goldmark.WithExtensions(extension.Table))
}

func parse(file string, source []byte) *Page {
	p := &Page{Path: file, source: source, root: markdown().Parser().Parse(text.NewReader(source))}
	seen := map[string]int{}
	walk(p.root, func(n *ast.Heading) {
		h := Heading{Level: n.Level, Text: textOf(n, source)}
		h.ID = anchor(h.Text)
		if seen[h.ID]++; seen[h.ID] > 1 {
			h.ID += fmt.Sprintf("-%d", seen[h.ID]-1)
		}
		n.SetAttributeString("id", []byte(h.ID))
		if p.Title == "" && h.Level == 1 {
			p.Title = h.Text
		}
		p.Headings = append(p.Headings, h)
	})
	return p
}

// anchor returns a heading's name in links, as GitHub makes it.
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// links returns the destinations of all links and pictures of a page.
func (p *Page) links() (list []string) {
	walk(p.root, func(n *ast.Link) { list = append(list, string(n.Destination)) })
	walk(p.root, func(n *ast.Image) { list = append(list, string(n.Destination)) })
	return list
}

// blocks returns all fenced blocks of a page.
func (p *Page) blocks() (list []Block) {
	walk(p.root, func(n *ast.FencedCodeBlock) {
		if n.Lines().Len() == 0 {
			return
		}
		list = append(list, Block{
			Lang: string(n.Language(p.source)),
			Line: 1 + bytes.Count(p.source[:n.Lines().At(0).Start], []byte("\n")),
			Text: string(n.Lines().Value(p.source)),
		})
	})
	return list
}

// lineBreak is the one tag that pages have: tables cannot do without.
const lineBreak = "<br>"

// html returns the first piece of HTML that is not for pages.
func (p *Page) html() (first string) {
	note := func(part string) {
		if first == "" && part != lineBreak && !strings.HasPrefix(part, "<!--") {
			first = part
		}
	}
	walk(p.root, func(n *ast.RawHTML) { note(string(n.Segments.Value(p.source))) })
	walk(p.root, func(n *ast.HTMLBlock) { note(string(n.Lines().Value(p.source))) })
	return first
}

// target splits a link of a page into a path from the project's root and an
// anchor; ok is false for a link that leaves the project.
func (p *Page) target(destination string) (file, id string, ok bool) {
	if strings.Contains(destination, "://") || strings.HasPrefix(destination, "mailto:") {
		return "", "", false
	}
	file, id, _ = strings.Cut(destination, "#")
	if file == "" {
		return p.Path, id, true
	}
	return path.Join(path.Dir(p.Path), file), id, true
}

// walk calls visit for each node of a type, in order.
func walk[N ast.Node](root ast.Node, visit func(N)) {
	// The walker fails only where its callback does.
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n, ok := n.(N); ok && entering {
			visit(n)
		}
		return ast.WalkContinue, nil
	})
}

// textOf returns what a node says, without its markup.
func textOf(n ast.Node, source []byte) string {
	var b strings.Builder
	walk(n, func(t *ast.Text) {
		b.Write(t.Value(source))
		if t.SoftLineBreak() {
			b.WriteByte(' ')
		}
	})
	return b.String()
}
