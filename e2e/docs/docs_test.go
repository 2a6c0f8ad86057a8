package docs_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestDocs reads every page of the documentation, on both screens and in both
// colour schemes: each is accessible, fits the width, and breaks no rule of its
// strict policy.
func TestDocs(t *testing.T) {
	t.Parallel()
	server := site.NewDemo(t, 0)
	pages, err := filepath.Glob(project.Root() + "/web/dist/docs/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, pages, "run `make web`")
	for i, look := range []struct {
		width  int64
		scheme string
	}{{browser.PhoneWidth, "light"}, {browser.DesktopWidth, "dark"}, {browser.PhoneWidth, "dark"}, {browser.DesktopWidth, "light"}} {
		tb := browser.NewTab(t)
		tb.SetViewport(look.width, 800)
		tb.SetMedia("prefers-color-scheme: " + look.scheme)
		for _, page := range pages {
			name := filepath.Base(page)
			if i > 1 && name != "index.html" {
				continue // Colours and widths have been seen.
			}
			tb.Open(server.URL + "/docs/" + name)
			tb.WaitFor(`document.querySelector("main h1")`)
			name = fmt.Sprintf("docs-%s-%s-%d", strings.TrimSuffix(name, ".html"), look.scheme, look.width)
			t.Log(name)
			tb.Axe()
			assert.LessOrEqualf(t, browser.Eval[int](tb, `document.scrollingElement.scrollWidth - innerWidth`), 0, "%s: the page is wider than the screen, by this many pixels", name)
			assert.Zerof(t, browser.Eval[int](tb, `Array.from(document.images).filter(image => image.naturalWidth === 0).length`), "%s: pictures that are not there", name)
			tb.Picture(name)
		}
	}
}

// TestDocsFromTheDemo goes from the chat to a section of a page and back.
func TestDocsFromTheDemo(t *testing.T) {
	t.Parallel()
	tb := browser.NewTab(t)
	tb.Open(site.NewDemo(t, 0).URL)
	at := func(address string) {
		tb.WaitFor(`location.href.endsWith("` + address + `") && document.readyState === "complete"`)
	}
	tb.Press(`a[href="/docs/"]`)
	at("/docs/")
	tb.Press(`main a[href="javascript.html"]`)
	at("/docs/javascript.html")
	tb.Press(`nav a[href="#errors"]`)
	at("/docs/javascript.html#errors")
	assert.Equal(t, "errors", browser.Eval[string](tb, `document.querySelector(":target").id`))
	tb.Press(`header a[href="../"]`)
	at("/")
	tb.WaitFor(`document.querySelector("#composer")`)
}
