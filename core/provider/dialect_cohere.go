package provider

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// cohereChat is Cohere's v2 chat API. Text comes in content-delta; the reply
// ends with message-end, which may bring an error or a finish_reason that is
// one.
var cohereChat = dialect{
	path: func(path string) bool { return strings.HasSuffix(path, "/v2/chat") },
	opens: func(_ sse.Event, keys topLevel) bool {
		return string(keys.typ) == "message-start" || string(keys.typ) == "content-start"
	},
	read: readCohere,
	failing: "event: message-end\n" +
		`data: {"type":"message-end","delta":{"finish_reason":"ERROR","error":"$m"},"error":{"code":"$c","message":"$m"}}` + "\n\n",
	place: placeCohere,
}

func placeCohere(ev sse.Event, p *place) {
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ := c.String()
			p.opens = string(typ) == "message-start"
			p.aside = string(typ) == "error"
		case "id":
			p.reply = readString(&c)
		}
	})
}

func readCohere(r *Reader, ev sse.Event, s *Signal) bool {
	if isDone(ev.Data) {
		s.Done = true
		return true
	}
	var typ, text, finish []byte
	var hasError, deltaError bool
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "type":
			typ, _ = c.String()
		case "error":
			hasError = hasError || isPresent(&c)
		case "delta":
			c.Object(func(key []byte) {
				switch string(key) {
				case "error":
					deltaError = isPresent(&c)
				case "finish_reason":
					finish, _ = c.String()
				case "message":
					c.Object(func(key []byte) {
						if string(key) == "content" {
							c.Object(func(key []byte) {
								if string(key) == "text" {
									text = c.Text()
								}
							})
						}
					})
				}
			})
		}
	})
	switch {
	case hasError || string(typ) == "error":
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
	case string(typ) == "content-delta":
		s.Progress, r.content = true, true
		r.appendText(text)
	case string(typ) == "message-end":
		if s.Failure = r.finishedWith(finish); s.Failure == nil && deltaError {
			s.Failure = r.finishedWith([]byte("error"))
		}
		r.complete = s.Failure == nil
		s.Progress, s.Done = r.complete, r.complete
	default:
		r.tools.called = r.tools.called || string(typ) == "tool-call-end"
		s.Progress = string(typ) != "message-start"
		r.content = r.content || bytes.HasSuffix(typ, []byte("-delta"))
	}
	return c.End()
}
