package library

import (
	"net/http"
	"strings"

	"github.com/retrystream/retrystream/core/chattest"
)

// ChatBody returns the body of a chat reply whose chunks have these deltas, with a
// reason to finish or none.
func ChatBody(finish string, deltas ...string) chattest.Step {
	var b strings.Builder
	for _, delta := range deltas {
		b.WriteString(`data: {"choices":[{"index":0,"delta":{"content":"` + delta + `"},"finish_reason":null}]}` + "\n\n")
	}
	if finish != "" {
		b.WriteString(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"` + finish + `"}]}` + "\n\n")
	}
	b.WriteString("data: [DONE]\n\n")
	return chattest.RawResponse(200, http.Header{"Content-Type": {"text/event-stream"}}, b.String())
}
