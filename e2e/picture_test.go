package e2e

import (
	"net/http/httptest"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/web/server/demo"
)

// TestPicture takes the README's picture: half of a reply, and the banner before
// the third retry. With WRITE in the environment it is docs/banner.png anew.
func TestPicture(t *testing.T) {
	if os.Getenv("WRITE") == "" {
		t.Skip("WRITE is not set")
	}
	t.Setenv("SCREENSHOTS", projectRoot+"/docs")
	server := httptest.NewServer(demo.Handler(demo.Options{Root: os.DirFS(".."), Pace: time.Millisecond, Scenarios: []demo.Scenario{{
		ID: "overloaded-midstream", Label: "Overloaded mid-reply",
		Steps: func(m demo.Message) []chattest.Step {
			half := m.Reply
			half.Fault, half.After = chattest.FaultError, 60
			half.Error = &chattest.Error{Status: 529, Message: "Overloaded"}
			return []chattest.Step{half, half, half}
		},
	}}}))
	defer server.Close()

	tb := newTab(t)
	setViewport(tb, 1000, 640)
	navigate(tb, server.URL)
	waitFor(tb, `document.querySelector('#scenario option[value="overloaded-midstream"]')`, 10*time.Second)
	eval[string](tb, `document.querySelector("#scenario").value = "overloaded-midstream"`)
	eval[string](tb, `document.querySelector("#prompt").value = "How do you keep a reply alive?"`)
	click(tb, "#send")
	waitFor(tb, element("retry-banner >>> [part~=countdown]")+`?.textContent.includes("in 4s")`, 20*time.Second)
	screenshot(tb, "banner")
}

// TestPictureOfFailures shows what a person reads for each final failure.
func TestPictureOfFailures(t *testing.T) {
	if os.Getenv("SCREENSHOTS") == "" {
		t.Skip("SCREENSHOTS is not set")
	}
	server := httptest.NewServer(demo.Handler(demo.Options{Root: os.DirFS("..")}))
	defer server.Close()
	tb := newTab(t)
	setViewport(tb, 1000, 2600)
	navigate(tb, server.URL)
	waitFor(tb, `document.querySelector('#scenario option[value="web-page"]')`, 10*time.Second)
	for i, scenario := range []string{"wrong-key", "quota", "forbidden", "no-model", "too-long", "filtered", "bad-request", "long-wait", "web-page"} {
		eval[string](tb, `document.querySelector("#scenario").value = "`+scenario+`"`)
		eval[string](tb, `document.querySelector("#prompt").value = "`+scenario+`"`)
		click(tb, "#send")
		waitFor(tb, `document.querySelectorAll(".message.assistant[data-state=failed]").length === `+strconv.Itoa(i+1), 20*time.Second)
	}
	screenshot(tb, "failures")
}
