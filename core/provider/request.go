package provider

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// Asks reports whether a request's body is known to ask for a reply: it is JSON, in any of
// the APIs, and its conversation ends neither with the result of a tool nor with the
// model's own words. After these a model may have nothing to add, which Anthropic
// documents: https://docs.anthropic.com/en/api/handling-stop-reasons.
func Asks(body []byte) bool {
	c := jsonscan.New(body)
	if c.Peek() != '{' {
		return false
	}
	var last, role []byte
	c.Object(func(key []byte) {
		switch string(key) {
		case "messages", "input", "contents":
			c.Array(func(int) { last = c.Skip() })
		}
	})
	if !c.End() {
		return false
	}
	c = jsonscan.New(last)
	c.Object(func(key []byte) {
		if string(key) == "role" {
			role, _ = c.String()
		}
	})
	// Within a string of JSON, quotes are escaped.
	for _, sign := range [...]string{`_result"`, `_call_output"`, `"functionResponse"`, `"function_response"`} {
		if bytes.Contains(last, []byte(sign)) {
			return false
		}
	}
	return len(role) == 0 || !bytes.Contains([]byte("tool function assistant model"), role) // "user", "system" ...
}
