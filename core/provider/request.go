package provider

import (
	"strings"

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
	var last []byte
	c.Object(func(key []byte) {
		switch string(key) {
		case "messages", "input", "contents":
			c.Array(func(int) { last = c.Skip() })
		}
	})
	if !c.End() {
		return false
	}
	role := ""
	c = jsonscan.New(last)
	c.Object(func(key []byte) {
		if string(key) == "role" {
			role = text(&c)
		}
	})
	switch role {
	case "tool", "function", "assistant", "model":
		return false
	}
	c = jsonscan.New(last) // of "user", "system" ...
	return !hasResult(&c)
}

// hasResult reads a message, or a part of one, and reports whether there is the result
// of a tool in it.
func hasResult(c *jsonscan.Cursor) (has bool) {
	if c.Peek() == '[' {
		c.Array(func(int) { has = hasResult(c) || has })
		return has
	}
	c.Object(func(key []byte) {
		switch string(key) {
		case "functionResponse", "function_response":
			has = true
		case "type":
			kind := text(c)
			has = has || strings.HasSuffix(kind, "_result") || strings.HasSuffix(kind, "_call_output")
		default:
			has = hasResult(c) || has
		}
	})
	return has
}
