package provider

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
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
	// Flat as documented, and with an error member as on the wire: SDKs read either.
	failing: "event: error\n" +
		`data: {"type":"error","code":"$o","message":"$m","param":null,"sequence_number":0,` +
		`"error":{"type":"$t","code":"$o","message":"$m","param":null}}` + "\n\n",

	// A response in background mode goes on without its reader, and GET
	// /responses/{id}?stream=true&starting_after=N gives its events after number
	// N. Any other is cancelled with its connection.
	place: placeResponses, way: byNumber, collection: "/responses",
}

func placeResponses(ev sse.Event, p *place) {
	var background, kept, failed bool
	var typ []byte
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ = c.String()
		case "sequence_number":
			p.number, p.numbered = c.Int()
			p.numbered = p.numbered && p.number >= 0
		case "item_id":
			p.item = readString(&c)
		case "item":
			p.newItem = readID(&c)
		case "error":
			failed = failed || isPresent(&c)
		case "response":
			kept = true
			c.Object(func(key []byte) {
				switch string(key) {
				case "id":
					p.reply = readString(&c)
				case "background":
					background = c.Peek() == 't'
				case "store":
					kept = c.Peek() != 'f'
				}
			})
		}
	})
	switch string(typ) {
	case "response.created":
		p.opens = true
		p.stored = background && kept
	case "response.failed", "error":
		p.aside = true
	case "keepalive":
		p.status = true
	}
	p.aside = p.aside || failed
	if string(typ) != "response.output_item.added" {
		p.newItem = nil
	}
}

func readResponses(r *Reader, ev sse.Event, s *Signal) bool {
	if isDone(ev.Data) {
		s.Done = true
		return true
	}
	var typ, delta, response, item []byte
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
		case "item":
			item, _ = readTyped(&c)
		case "error":
			hasError = hasError || isPresent(&c)
		}
	})
	switch string(typ) {
	case "response.output_text.delta":
		s.Progress, r.content = true, true
		r.appendText(delta)
	case "response.completed", "response.incomplete":
		r.complete = true
		s.Progress, s.Done = true, true
	case "response.failed":
		body, _ := parseErrorBody(response)
		if s.Failure = r.fail(body); !body.wrapped {
			s.Failure = r.failed(failure.Server)
		}
	case "response.created", "response.queued", "response.in_progress", "keepalive":
		// Openings, when the model has not begun, and what keeps alive.
	case "response.function_call_arguments.done", "response.custom_tool_call_input.done":
		r.tools.called = true
		s.Progress = true
	case "response.output_item.done":
		r.tools.called = r.tools.called || isToolItem(item)
		s.Progress = true
	case "error":
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
	default:
		if hasError || string(ev.Type) == "error" {
			body, _ := parseErrorBody(ev.Data)
			s.Failure = r.fail(body)
		}
		s.Progress = len(typ) > 0
		r.content = r.content || bytes.HasSuffix(typ, []byte(".delta")) || bytes.HasSuffix(typ, []byte(".partial_image"))
	}
	return c.End()
}
