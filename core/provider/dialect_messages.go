package provider

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// messages is Anthropic's Messages API, also as Vertex AI serves it
// (:streamRawPredict). The reply ends with message_stop; ping only keeps alive;
// errors come as an event named error with the body of an error response.
var messages = dialect{
	path: func(path string) bool {
		return strings.HasSuffix(path, "/v1/messages") || strings.HasSuffix(path, ":streamRawPredict")
	},
	opens: func(_ sse.Event, keys topLevel) bool {
		return string(keys.typ) == "message_start" || string(keys.typ) == "ping"
	},
	read: readMessages,
	failing: "event: error\n" +
		`data: {"type":"error","error":{"type":"$a","message":"$m","details":{"error_code":"$c"}}}` + "\n\n",
	place: placeMessages,
}

func placeMessages(ev sse.Event, p *place) {
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ := c.String()
			p.opens = string(typ) == "message_start"
			p.aside = string(typ) == "error"
			p.status = string(typ) == "ping"
		case "message":
			p.reply = readID(&c)
		}
	})
}

func readMessages(r *Reader, ev sse.Event, s *Signal) bool {
	var typ, deltaType, text, block []byte
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ = c.String()
		case "delta":
			deltaType, text = readTyped(&c)
		case "content_block":
			block, _ = readTyped(&c)
		}
	})
	if string(typ) == "error" || string(ev.Type) == "error" {
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
		return true
	}
	switch string(typ) {
	case "content_block_start":
		if string(block) == "tool_use" || string(block) == "mcp_tool_use" {
			r.tools.begin(0, nil)
		}
	case "content_block_stop":
		r.tools.end(true)
	}
	switch {
	case string(typ) == "content_block_delta":
		s.Progress, r.content = true, true
		if string(deltaType) == "text_delta" {
			r.appendText(text)
		}
	case string(typ) == "message_delta" || bytes.HasPrefix(typ, []byte("content_block_")):
		s.Progress = true
	case string(typ) == "message_stop":
		r.complete = true
		s.Progress, s.Done = true, true
	}
	return c.End()
}
