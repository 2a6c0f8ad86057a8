package page_test

import (
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/e2e/internal/site"
	"github.com/retrystream/retrystream/web/server/demo"
)

// TestTitle: the title of a chat is made, and retried, in silence. When it
// cannot be had the first words of the message stay.
func TestTitle(t *testing.T) {
	t.Parallel()
	const message = "Why do boats never sink in lighthouse stories?"
	const made, firstWords = "Boats Never Sink Lighthouse", "Why do boats never sink in"
	for _, tt := range []struct {
		name, scenario string
		// fails is how many requests for a title are turned away with a 503.
		fails          int64
		want           string
		titlesAskedFor int
	}{
		{"made", "ok", 0, made, 1},
		{"retried", "ok", 1, made, 2},
		{"refused", "title-fails", 0, firstWords, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			project.Built(t)
			handler := demo.Handler(demo.Options{Root: os.DirFS(project.Root())})
			var asked atomic.Int64
			server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, tt.scenario+"/title-") && asked.Add(1) <= tt.fails {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				handler.ServeHTTP(w, r)
			}))
			tb := openChat(t, server)
			title := browser.Element("#title") + ".textContent"
			assert.Equal(t, "Untitled chat", browser.Eval[string](tb, title))
			ask(tb, "anthropic", tt.scenario, message)
			waitForState(tb, 1, "done")
			server.WaitForRequests(t, "/title-", tt.titlesAskedFor)
			tb.WaitFor(title + ` === "` + tt.want + `"`)
			passTime(tb, 5*time.Second) // longer than another retry would wait, were there one

			assert.Equal(t, tt.want, browser.Eval[string](tb, title))
			assert.Equal(t, tt.want+" – retrystream", browser.Eval[string](tb, `document.title`))
			assert.Len(t, server.Asked(tt.scenario+"/title-"), tt.titlesAskedFor)
			seen := historyOf(tb, 1)
			assert.Empty(t, seen.Counted, "the title's retry showed in a banner")
			assert.Empty(t, seen.Said)
			assert.False(t, browser.Eval[bool](tb, `Array.from(document.querySelectorAll("retry-banner")).some(banner => banner.checkVisibility())`))
			assert.Equal(t, []string{"attempt 1: request sent", "attempt 1: response is streaming"}, logOf(tb, 1)[:2])
			assert.Len(t, logOf(tb, 1), 3)
			assert.Equal(t, 3, browser.Eval[int](tb, `document.querySelectorAll("#log > li").length`))

			// Later messages leave the title alone.
			ask(tb, "anthropic", tt.scenario, "And what about trains?")
			waitForState(tb, 2, "done")
			assert.Equal(t, tt.want, browser.Eval[string](tb, title))
			assert.Len(t, server.Asked(tt.scenario+"/title-"), tt.titlesAskedFor)
		})
	}
}
