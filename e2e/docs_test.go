package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocs reads every page of the documentation, on both screens and in both
// colour schemes: each is accessible, fits the width, and breaks no rule of its
// strict policy.
func TestDocs(t *testing.T) {
	t.Parallel()
	server := newDemo(t, 0)
	pages, err := filepath.Glob(projectRoot + "/web/dist/docs/*.html")
	require.NoError(t, err)
	require.NotEmpty(t, pages, "run `make web`")
	for i, look := range []struct {
		width  int64
		scheme string
	}{{phoneWidth, "light"}, {desktopWidth, "dark"}, {phoneWidth, "dark"}, {desktopWidth, "light"}} {
		tb := newTab(t)
		setViewport(tb, look.width, 800)
		setMedia(tb, "prefers-color-scheme: "+look.scheme)
		for _, page := range pages {
			name := filepath.Base(page)
			if i > 1 && name != "index.html" {
				continue // Colours and widths have been seen.
			}
			navigate(tb, server.URL+"/docs/"+name)
			waitFor(tb, `document.querySelector("main h1")`, actionTimeout)
			name = fmt.Sprintf("docs-%s-%s-%d", strings.TrimSuffix(name, ".html"), look.scheme, look.width)
			t.Log(name)
			axe(tb)
			assert.LessOrEqualf(t, eval[int](tb, `document.scrollingElement.scrollWidth - innerWidth`), 0, "%s: the page is wider than the screen, by this many pixels", name)
			assert.Zerof(t, eval[int](tb, `Array.from(document.images).filter(image => image.naturalWidth === 0).length`), "%s: pictures that are not there", name)
			screenshot(tb, name)
		}
	}
}

// TestDocsFromTheDemo goes from the chat to a section of a page and back.
func TestDocsFromTheDemo(t *testing.T) {
	t.Parallel()
	tb := newTab(t)
	navigate(tb, newDemo(t, 0).URL)
	at := func(address string) {
		waitFor(tb, `location.href.endsWith("`+address+`") && document.readyState === "complete"`, actionTimeout)
	}
	click(tb, `a[href="/docs/"]`)
	at("/docs/")
	click(tb, `main a[href="javascript.html"]`)
	at("/docs/javascript.html")
	click(tb, `nav a[href="#errors"]`)
	at("/docs/javascript.html#errors")
	assert.Equal(t, "errors", eval[string](tb, `document.querySelector(":target").id`))
	click(tb, `header a[href="../"]`)
	at("/")
	waitFor(tb, `document.querySelector("#composer")`, actionTimeout)
}
