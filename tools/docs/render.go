package docs

import (
	"bytes"
	"fmt"
	"html/template"
	"path"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// layout is a whole page. It has no script, no style of its own, and works from
// any folder.
var layout = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{.Page.Title}} – retrystream</title>
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='9' fill='%234257c9'/%3E%3Cpath d='M22.5 12.5A7.5 7.5 0 1 0 23.5 17M23 7.5v5h-5' fill='none' stroke='%23fff' stroke-width='2.6' stroke-linecap='round' stroke-linejoin='round'/%3E%3C/svg%3E">
<link rel="stylesheet" href="style.css">
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="brand" href="./"><svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="9"/><path d="M22.5 12.5A7.5 7.5 0 1 0 23.5 17M23 7.5v5h-5"/></svg>retrystream</a>
<a class="quiet" id="to-menu" href="#menu">Pages</a>
<a class="quiet" href="../">Demo</a>
</header>
<main id="content">
{{.Body}}</main>
<nav id="menu" aria-label="Pages">
<ul>
{{range .Menu}}<li><a href="{{.File}}"{{if .Current}} aria-current="page"{{end}}>{{.Label}}</a>{{if .Sections}}
<ul>
{{range .Sections}}<li><a href="#{{.ID}}">{{.Text}}</a></li>
{{end}}</ul>
{{end}}</li>
{{end}}</ul>
</nav>
</body>
</html>
`))

// item is one line of the menu on a page.
type item struct {
	File, Label string
	Current     bool
	// Sections are the headings of the page itself.
	Sections []Heading
}

// render makes a page's HTML.
func (s *site) render(p *Page) ([]byte, error) {
	md := markdown()
	md.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(&nodes{site: s, page: p}, 1)))
	var body bytes.Buffer
	if err := md.Renderer().Render(&body, p.source, p.root); err != nil {
		return nil, err
	}
	menu := make([]item, len(s.menu))
	for i, e := range s.menu {
		menu[i] = item{File: e.Page.file(), Label: e.Label, Current: e.Page == p}
		for _, h := range p.Headings {
			if e.Page == p && h.Level == 2 {
				menu[i].Sections = append(menu[i].Sections, h)
			}
		}
	}
	var out bytes.Buffer
	err := layout.Execute(&out, struct {
		Page *Page
		// What goldmark makes is safe: it passes no HTML of the source on.
		Body template.HTML
		Menu []item
	}{p, template.HTML(body.String()), menu})
	return out.Bytes(), err
}

// nodes renders what a page wants otherwise than goldmark does.
type nodes struct {
	site *site
	page *Page
}

func (n *nodes) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, n.heading)
	r.Register(ast.KindLink, n.link)
	r.Register(ast.KindHTMLBlock, nothing)
	r.Register(ast.KindRawHTML, n.inlineHTML)
	r.Register(ast.KindFencedCodeBlock, n.code)
	r.Register(extast.KindTable, n.table)
	r.Register(extast.KindTableHeader, n.tableHeader)
	r.Register(extast.KindTableCell, n.tableCell)
}

// nothing leaves comments out.
func nothing(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkSkipChildren, nil
}

// inlineHTML leaves out all but line breaks.
func (n *nodes) inlineHTML(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering && string(node.(*ast.RawHTML).Segments.Value(source)) == lineBreak {
		_, _ = w.WriteString(lineBreak)
	}
	return ast.WalkSkipChildren, nil
}

// heading makes a heading that is a link to itself, for whoever wants its address.
func (n *nodes) heading(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	h := node.(*ast.Heading)
	if !entering {
		fmt.Fprintf(w, "</a></h%d>\n", h.Level)
		return ast.WalkContinue, nil
	}
	id := idOf(h)
	fmt.Fprintf(w, `<h%d id="%s"><a href="#%s">`, h.Level, id, id)
	return ast.WalkContinue, nil
}

// link points to the pages that were made; what is not served is named instead.
func (n *nodes) link(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	destination := string(node.(*ast.Link).Destination)
	href, served := n.href(destination)
	switch {
	case served && entering:
		fmt.Fprintf(w, `<a href="%s">`, util.EscapeHTML(util.URLEscape([]byte(href), true)))
	case served:
		_, _ = w.WriteString("</a>")
	case !entering:
		if file, _, _ := n.page.target(destination); file != textOf(node, source) {
			fmt.Fprintf(w, " (<code>%s</code>)", util.EscapeHTML([]byte(file)))
		}
	}
	return ast.WalkContinue, nil
}

// href returns what a link of the page is in the folder of pages; false for a
// file of the project that is not there.
func (n *nodes) href(destination string) (string, bool) {
	file, id, ok := n.page.target(destination)
	if !ok || strings.HasPrefix(destination, "#") {
		return destination, true
	}
	if p := n.site.page(file); p != nil {
		if file = p.file(); id != "" {
			file += "#" + id
		}
		return file, true
	}
	return path.Base(file), path.Dir(file) == folder
}

// code makes a block that a keyboard can scroll.
func (n *nodes) code(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.WriteString(`<pre tabindex="0"><code>`)
		_, _ = w.Write(util.EscapeHTML(node.Lines().Value(source)))
		_, _ = w.WriteString("</code></pre>\n")
	}
	return ast.WalkSkipChildren, nil
}

// table lets a table that is too wide scroll by itself.
func (n *nodes) table(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, _ = w.WriteString("</table></div>\n")
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<div class="table" role="group" tabindex="0"`)
	for before := node.PreviousSibling(); before != nil; before = before.PreviousSibling() {
		if h, ok := before.(*ast.Heading); ok {
			fmt.Fprintf(w, ` aria-labelledby="%s"`, idOf(h))
			break
		}
	}
	_, _ = w.WriteString("><table>\n")
	return ast.WalkContinue, nil
}

// tableHeader leaves out the header that Markdown demands, where it is empty.
func (n *nodes) tableHeader(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	switch empty := textOf(node, source) == ""; {
	case entering && empty:
		return ast.WalkSkipChildren, nil
	case entering:
		_, _ = w.WriteString("<thead>\n<tr>\n")
	case empty:
		_, _ = w.WriteString("<tbody>\n")
	default:
		_, _ = w.WriteString("</tr>\n</thead>\n<tbody>\n")
	}
	return ast.WalkContinue, nil
}

// tableCell makes no header of a corner that says nothing. A style attribute is
// what the policy of the pages forbids.
func (n *nodes) tableCell(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	cell, tag := node.(*extast.TableCell), "td"
	if cell.Parent().Kind() == extast.KindTableHeader && cell.HasChildren() {
		tag = "th"
	}
	switch {
	case !entering:
		fmt.Fprintf(w, "</%s>\n", tag)
	case cell.Alignment == extast.AlignRight:
		fmt.Fprintf(w, `<%s class="number">`, tag)
	default:
		fmt.Fprintf(w, "<%s>", tag)
	}
	return ast.WalkContinue, nil
}

func idOf(h *ast.Heading) []byte {
	id, _ := h.AttributeString("id")
	return util.EscapeHTML(id.([]byte))
}
