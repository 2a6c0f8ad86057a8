package provider

import (
	"bytes"
	"strings"

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
}

func readMessages(r *Reader, ev sse.Event, s *Signal) bool {
	var typ, deltaType, text []byte
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ = c.String()
		case "delta":
			deltaType, text = readTyped(&c)
		}
	})
	if string(typ) == "error" || string(ev.Type) == "error" {
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
		return true
	}
	switch {
	case string(typ) == "content_block_delta":
		s.Progress = true
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
