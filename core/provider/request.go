package provider

import (
	"bytes"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// Asks tells that a request's body is known to ask for a reply: it is JSON, in any of
// the APIs, and its conversation ends neither with the result of a tool nor with the
// model's own words. After these a model may have nothing to add, which Anthropic
// documents: https://docs.anthropic.com/en/api/handling-stop-reasons.
func Asks(body []byte) bool {
	c := jsonscan.New(body)
	if c.Peek() != '{' {
		return false
	}
	answers := false
	c.Object(func(key []byte) {
		switch string(key) {
		case "messages", "input", "contents":
			c.Array(func(int) { answers = isAnswer(&c, 3) }) // the last one counts
		}
	})
	return c.End() && !answers
}

// isAnswer tells whether the message at the cursor, or a part of it, that many levels
// deep, is the result of a tool or what the model said.
func isAnswer(c *jsonscan.Cursor, depth int) (is bool) {
	c.Object(func(key []byte) {
		switch string(key) {
		case "role":
			role, _ := c.String()
			switch string(role) {
			case "tool", "function", "assistant", "model":
				is = true
			}
		case "type":
			typ, _ := c.String()
			is = is || string(typ) == "tool_result" || string(typ) == "function_result" || bytes.HasSuffix(typ, []byte("_call_output"))
		case "functionResponse", "function_response":
			is = true
		case "content", "parts":
			if depth > 0 {
				c.Array(func(int) { is = isAnswer(c, depth-1) || is })
			}
		}
	})
	return is
}
