package docs

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/yuin/goldmark/ast"
)

const (
	folder = "docs"
	// index is the page that lists the others, in the order of their menu.
	index = "docs/README.md"
)

// styles are put together into the pages' style sheet: the demo's colours, and
// what is their own.
var styles = []string{"web/demo/colors.css", "web/demo/docs.css"}

// site is all pages that are made together.
type site struct {
	pages []*Page
	menu  []entry
}

// entry is one line of the menu.
type entry struct {
	Page  *Page
	Label string
}

// Build makes a folder of pages out of the project's docs/: an .html for each
// .md, and a copy of everything else. The folder needs nothing but itself.
func Build(root, out string) error {
	s, others, err := load(root)
	if err != nil {
		return err
	}
	// A page whose source is gone must not stay.
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, p := range s.pages {
		html, err := s.render(p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Path, err)
		}
		if err := os.WriteFile(filepath.Join(out, p.file()), html, 0o644); err != nil {
			return err
		}
	}
	for _, name := range others {
		data, err := os.ReadFile(filepath.Join(root, folder, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return err
		}
	}
	var style []byte
	for _, name := range styles {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		style = append(style, data...)
	}
	return os.WriteFile(filepath.Join(out, "style.css"), style, 0o644)
}

// load reads all pages of docs/, and lists what else is there.
func load(root string) (s site, others []string, err error) {
	entries, err := os.ReadDir(filepath.Join(root, folder))
	if err != nil {
		return s, nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case entry.IsDir():
			return s, nil, fmt.Errorf("%s/%s is a folder: pages and pictures lie side by side", folder, name)
		case path.Ext(name) != ".md":
			others = append(others, name)
		default:
			p, err := read(root, folder+"/"+name)
			if err != nil {
				return s, nil, err
			}
			s.pages = append(s.pages, p)
		}
	}
	return s, others, s.readMenu()
}

// readMenu makes the menu out of the index: the first link to each page, then
// what has none.
func (s *site) readMenu() error {
	start := s.page(index)
	if start == nil {
		return fmt.Errorf("%s is missing", index)
	}
	s.menu = []entry{{start, "Overview"}}
	listed := map[*Page]bool{start: true}
	walk(start.root, func(link *ast.Link) {
		file, _, ok := start.target(string(link.Destination))
		if p := s.page(file); ok && p != nil && !listed[p] {
			listed[p] = true
			s.menu = append(s.menu, entry{p, textOf(link, start.source)})
		}
	})
	for _, p := range s.pages {
		if !listed[p] {
			s.menu = append(s.menu, entry{p, p.Title})
		}
	}
	return nil
}

// page returns the page of a file, nil if there is none.
func (s *site) page(file string) *Page {
	for _, p := range s.pages {
		if p.Path == file {
			return p
		}
	}
	return nil
}

// file is the name of what is made of a page.
func (p *Page) file() string {
	if p.Path == index {
		return "index.html"
	}
	return strings.TrimSuffix(path.Base(p.Path), ".md") + ".html"
}
