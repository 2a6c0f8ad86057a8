package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// generateContent is Google's generateContent API with alt=sse, at the Gemini API and at
// Vertex AI. The reply ends with a finishReason for every candidate and then
// the end of the body; there is no [DONE]. Thoughts are parts marked as such
// and not reply text.
var generateContent = dialect{
	path:  func(path string) bool { return strings.HasSuffix(path, ":streamGenerateContent") },
	opens: func(_ sse.Event, keys topLevel) bool { return keys.candidates || keys.usageMD },
	read:  readGenerateContent,
	// Google's SDK looks for an error in a chunk that is nothing but JSON; readers of
	// events take that for a field that they do not know.
	alone: googleError + "\n\n", failing: "data: " + googleError + "\r\n\r\n",
	place: placeGenerateContent,
}

const googleError = `{"error":{"code":$s,"message":"$m","status":"$g",` +
	`"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"$c"}]}}`

func placeGenerateContent(ev sse.Event, p *place) {
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "responseId":
			p.reply = readString(&c)
		case "error":
			p.aside = p.aside || isPresent(&c)
		}
	})
}

func readGenerateContent(r *Reader, ev sse.Event, s *Signal) bool {
	var hasError, blocked bool
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			hasError = hasError || isPresent(&c)
		case "candidates":
			c.Array(func(int) { r.readCandidate(&c, s) })
		case "promptFeedback":
			c.Object(func(key []byte) {
				if string(key) == "blockReason" {
					blocked = true
				}
			})
		}
	})
	switch {
	case hasError:
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
	case blocked && r.seen == 0:
		s.Failure = r.failed(failure.ContentFilter)
	}
	return c.End()
}

func (r *Reader) readCandidate(c *jsonscan.Cursor, s *Signal) {
	var index int64
	var finished bool
	mark := len(r.text)
	c.Object(func(key []byte) {
		switch string(key) {
		case "index":
			index, _ = c.Int()
		case "finishReason":
			reason, _ := c.String()
			finished = len(reason) > 0 && string(reason) != "FINISH_REASON_UNSPECIFIED"
		case "content":
			c.Object(func(key []byte) {
				if string(key) == "parts" {
					c.Array(func(int) { r.readPart(c) })
				}
			})
		}
	})
	if index != 0 {
		r.text = r.text[:mark]
		r.texts += 2 // see openings
	}
	s.Progress = true
	r.choice(index, finished)
}

func (r *Reader) readPart(c *jsonscan.Cursor) {
	var text []byte
	var thought bool
	c.Object(func(key []byte) {
		switch string(key) {
		case "functionCall":
			r.content = true
			// A call is whole unless it says that more of it follows.
			whole := c.Peek() == '{'
			c.Object(func(key []byte) {
				if string(key) == "willContinue" {
					whole = c.Peek() != 't'
				}
			})
			r.tools.called = r.tools.called || whole
		case "text":
			text = c.Text()
			r.content = r.content || len(text) > 0
		case "thought":
			thought = c.Peek() == 't'
		default:
			r.shows(c)
		}
	})
	if !thought {
		r.appendText(text)
	}
}
