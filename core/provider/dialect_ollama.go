package provider

import (
	"github.com/retrystream/retrystream/core/sse"
)

// ollamaLines is Ollama's own API: not an event stream but one JSON object a
// line. Text is in message.content (chat) or response (generate); the reply
// ends with "done":true; an error is {"error":"a sentence"}.
var ollamaLines = dialect{
	lines: true,
	// Pages call their own proxies /api/chat too.
	path:    func(string) bool { return false },
	opens:   func(_ sse.Event, keys topLevel) bool { return keys.done && keys.model },
	read:    readOllama,
	failing: `{"error":"$m","code":"$c"}` + "\n",
}

func readOllama(r *Reader, ev sse.Event, s *Signal) bool {
	var text []byte
	var hasError, done bool
	c := r.scan()
	c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			hasError = hasError || isPresent(&c)
		case "done":
			done = c.Peek() == 't'
		case "response":
			text = c.Text()
		case "thinking":
			r.shows(&c)
		case "message":
			c.Object(func(key []byte) {
				switch string(key) {
				case "content":
					text = c.Text()
				case "tool_calls":
					c.Array(func(int) { r.tools.called, r.content = true, true })
				case "role":
				default:
					r.shows(&c)
				}
			})
		}
	})
	if hasError {
		body, _ := parseErrorBody(ev.Data)
		s.Failure = r.fail(body)
		return true
	}
	s.Progress = true
	r.content = r.content || len(text) > 0
	r.appendText(text)
	if done {
		r.complete, s.Done = true, true
	}
	return c.End()
}
