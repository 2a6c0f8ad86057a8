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
	path:  func(path string) bool { return strings.HasSuffix(path, "/chat/completions") },
	opens: func(_ sse.Event, keys topLevel) bool { return keys.choices },
	read:  readChat,
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
		case "delta":
			c.Object(func(key []byte) {
				switch {
				case string(key) != "content":
				case c.Peek() == '[':
					parts = c.Skip()
				default:
					content = c.Text()
				}
			})
		}
	})
	s.Progress = true
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
