package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
	"github.com/retrystream/retrystream/core/sse"
)

// chat is OpenAI's Chat Completions API, spoken by most other providers
// too. The reply ends with a finish_reason for every choice, then [DONE].
// Errors come as an error member, and from some providers as a finish_reason.
//
// [DONE] alone ends a reply only where the provider was not recognised by its
// host: servers exist that send no finish_reason. An error before it has failed
// the attempt already, so a [DONE] after an error is never reached.
var chat = dialect{
	path:    func(path string) bool { return strings.HasSuffix(path, "/chat/completions") },
	opens:   func(_ sse.Event, keys topLevel) bool { return keys.choices },
	read:    readChat,
	failing: `data: {"error":{"message":"$m","type":"$t","param":null,"code":"$o"}}` + "\n\n",
	place:   placeChat,
}

func placeChat(ev sse.Event, p *place) {
	c := jsonscan.New(ev.Data)
	c.Object(func(key []byte) {
		switch string(key) {
		case "id":
			p.reply = readString(&c)
		case "error":
			p.aside = p.aside || isPresent(&c)
		case "choices":
			c.Array(func(int) {
				c.Object(func(key []byte) {
					if string(key) == "delta" {
						c.Object(func(key []byte) { p.opens = p.opens || string(key) == "role" })
					}
				})
			})
		}
	})
}

func readChat(r *Reader, ev sse.Event, s *Signal) bool {
	if isDone(ev.Data) {
		if !r.provider.strict() && r.seen != 0 {
			r.complete = true
		}
		s.Done = true
		return true
	}
	var hasError bool
	var finish []byte
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			hasError = hasError || isPresent(&c)
		case "object":
			object, _ := c.String()
			hasError = hasError || string(object) == "error"
		case "choices":
			c.Array(func(int) { finish = r.readChoice(&c, s, finish) })
		}
	})
	switch {
	case hasError || len(ev.Type) > 0 && string(ev.Type) == "error":
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
	case len(finish) > 0:
		// The error member, where there is one, says more.
		s.Failure = r.finishedWith(finish)
	}
	r.complete = r.complete && s.Failure == nil
	return c.End()
}

// readChoice reads one choice and gives its finish_reason, or the one given
// when it has none.
func (r *Reader) readChoice(c *jsonscan.Cursor, s *Signal, finish []byte) []byte {
	var index int64
	var content, parts, reason []byte
	c.Object(func(key []byte) {
		switch string(key) {
		case "index":
			index, _ = c.Int()
		case "finish_reason":
			reason, _ = c.String()
		case "text": // the API before this one
			r.shows(c)
		case "delta":
			c.Object(func(key []byte) {
				switch string(key) {
				case "content":
					if c.Peek() == '[' {
						parts = c.Skip()
					} else {
						content = c.Text()
					}
				case "tool_calls":
					c.Array(func(int) { r.readToolCall(c) })
				case "function_call":
					if c.Peek() == '{' {
						r.tools.begin(0, nil)
						r.content = true
					}
				case "role":
				default:
					r.shows(c)
				}
			})
		}
	})
	if len(reason) > 0 {
		// A call that ran into a limit is not whole.
		r.tools.end(string(reason) != "length" && string(reason) != "content_filter")
	}
	s.Progress = true
	r.content = r.content || len(content) > 0 || len(parts) > len("[]")
	r.choice(index, len(reason) > 0)
	if index == 0 {
		r.appendText(content)
		r.appendParts(parts)
	}
	if len(reason) > 0 {
		return reason
	}
	return finish
}

// readToolCall reads one event's share of a tool call.
func (r *Reader) readToolCall(c *jsonscan.Cursor) {
	var index int64
	var id []byte
	c.Object(func(key []byte) {
		switch string(key) {
		case "index":
			index, _ = c.Int()
		case "id":
			id, _ = c.String()
		}
	})
	r.tools.begin(max(index, 0), id)
	r.content = true
}

// appendParts adds the text among a content's parts; Mistral's models that think
// send them.
func (r *Reader) appendParts(parts []byte) {
	c := jsonscan.New(parts)
	c.Array(func(int) {
		if typ, text := readTyped(&c); string(typ) == "text" {
			r.appendText(text)
		}
	})
}
