package page_test

import (
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
	"github.com/retrystream/retrystream/web/server/demo"
)

// TestPicture takes the README's picture: half of a reply, and the banner before
// the third retry. With WRITE in the environment it is docs/banner.png anew.
func TestPicture(t *testing.T) {
	if os.Getenv("WRITE") == "" {
		t.Skip("WRITE is not set")
	}
	t.Setenv("SCREENSHOTS", project.Path("docs"))
	server := httptest.NewServer(demo.Handler(demo.Options{Root: os.DirFS(project.Root()), Pace: time.Millisecond, Scenarios: []demo.Scenario{{
		ID: "overloaded-midstream", Label: "Overloaded mid-reply",
		Steps: func(m demo.Message) []chattest.Step {
			half := m.Reply
			half.Fault, half.After = chattest.FaultError, 60
			half.Error = &chattest.Error{Status: 529, Message: "Overloaded"}
			return []chattest.Step{half, half, half}
		},
	}}}))
	defer server.Close()

	tb := browser.NewTab(t)
	tb.SetViewport(1000, 640)
	tb.Open(server.URL)
	tb.WaitFor(`document.querySelector('#scenario option[value="overloaded-midstream"]')`)
	browser.Eval[string](tb, `document.querySelector("#scenario").value = "overloaded-midstream"`)
	browser.Eval[string](tb, `document.querySelector("#prompt").value = "How do you keep a reply alive?"`)
	tb.Press("#send")
	tb.WaitFor(browser.Element("retry-banner >>> [part~=countdown]") + `?.textContent.includes("in 4s")`)
	tb.Picture("banner")
}

// TestPictureOfFailures shows what a person reads for each final failure.
func TestPictureOfFailures(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS is not set")
	}
	server := httptest.NewServer(demo.Handler(demo.Options{Root: os.DirFS(project.Root())}))
	defer server.Close()
	tb := browser.NewTab(t)
	tb.SetViewport(1000, 2600)
	tb.Open(server.URL)
	tb.WaitFor(`document.querySelector('#scenario option[value="web-page"]')`)
	for i, scenario := range []string{"wrong-key", "quota", "forbidden", "no-model", "too-long", "filtered", "bad-request", "long-wait", "web-page"} {
		browser.Eval[string](tb, `document.querySelector("#scenario").value = "`+scenario+`"`)
		browser.Eval[string](tb, `document.querySelector("#prompt").value = "`+scenario+`"`)
		tb.Press("#send")
		tb.WaitFor(`document.querySelectorAll(".message.assistant[data-state=failed]").length === ` + strconv.Itoa(i+1))
	}
	tb.Picture("failures")
}
