package provider

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/sse"
)

// responses is OpenAI's Responses API. The reply ends with
// response.completed or response.incomplete (a limit was reached; the text so
// far stands). Errors come as response.failed, with the error inside the
// response object, or as an event of type error with flat members.
var responses = dialect{
	path:  func(path string) bool { return strings.HasSuffix(path, "/responses") },
	opens: func(_ sse.Event, keys topLevel) bool { return bytes.HasPrefix(keys.typ, []byte("response.")) },
	read:  readResponses,
}

func readResponses(r *Reader, ev sse.Event, s *Signal) bool {
	if isDone(ev.Data) {
		s.Done = true
		return true
	}
	var typ, delta, response []byte
	var hasError bool
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ = c.String()
		case "delta":
			if c.Peek() == '"' {
				delta = c.Text()
			}
		case "response":
			response = c.Skip()
		case "error":
			hasError = hasError || isPresent(&c)
		}
	})
	switch string(typ) {
	case "response.output_text.delta":
		s.Progress = true
		r.appendText(delta)
	case "response.completed", "response.incomplete":
		r.complete = true
		s.Progress, s.Done = true, true
	case "response.failed":
		body, _ := parseErrorBody(response)
		if s.Failure = r.fail(body); !body.wrapped {
			s.Failure = r.failed(failure.Server)
		}
	case "response.created", "response.queued", "response.in_progress":
		// Openings: the model has not begun.
	case "error":
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
	default:
		if hasError || string(ev.Type) == "error" {
			body, _ := parseErrorBody(ev.Data)
			s.Failure = r.fail(body)
		}
		s.Progress = len(typ) > 0
	}
	return c.End()
}
