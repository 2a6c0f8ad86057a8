package provider

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// maxBody is how much of an error body is looked at, in bytes.
const maxBody = 64 << 10

// errorBody is what an error object says, whatever its shape.
type errorBody struct {
	// message is the provider's sentence.
	message string
	// words are its machine-readable types, codes and statuses, the most telling
	// first.
	words []string
	// status is an HTTP status named inside the body, 0 for none.
	status int
	// retryDelay is the delay of a google.rpc.RetryInfo, such as "46s".
	retryDelay string
	// quotas are the ids of the quotas that Google says are used up.
	quotas []string
	// upstream are the codes of a provider behind a gateway; they count last.
	upstream []string
	// wrapped tells that the error stood in an error member, rather than in flat
	// members that other objects have too.
	wrapped bool
}

// parseErrorBody reads the error shapes that providers send:
//
//	{"error":{"message","type","code","status","param","details","metadata"}}  most
//	{"type":"error","error":{"type","message","details":{"error_code"}}}        Anthropic
//	{"error":"text"}, {"code":"text","error":"text"}                            Ollama, xAI
//	{"object":"error","message","type","code"}, {"message"}                     Mistral, vLLM, Cohere
//	{"type":"error","code","message"}                                           OpenAI Responses
//	{"detail":"text"}, {"detail":[{"msg"}]}                                     FastAPI servers
//	[{"error":{...}}]                                                           Google, not streaming
//
// An error that is null is none. ok is false when nothing was found. A body cut
// short gives what stands before the cut.
func parseErrorBody(data []byte) (e errorBody, ok bool) {
	c := jsonscan.New(data)
	if c.Peek() == '[' {
		c.Array(func(index int) {
			if index == 0 {
				e.readTop(&c)
			}
		})
	} else {
		e.readTop(&c)
	}
	e.words = append(e.words, e.upstream...)
	return e, e.message != "" || len(e.words) > 0 || e.status != 0
}

func (e *errorBody) readTop(c *jsonscan.Cursor) {
	var outer []string
	var canonical string
	c.Object(func(key []byte) {
		switch string(key) {
		case "error":
			switch c.Peek() {
			case 'n', 'f':
			case '"':
				e.wrapped = true
				e.message = text(c)
			default:
				e.wrapped = true
				c.Object(func(key []byte) { e.readMember(c, string(key)) })
			}
		case "message", "msg":
			if e.message == "" {
				e.readMessage(c)
			}
		case "detail":
			e.readDetail(c)
		case "error_type":
			canonical = e.word(c)
		case "type", "code", "status":
			if word := e.word(c); word != "" && word != "error" {
				outer = append(outer, word)
			}
		}
	})
	e.words = append(e.words, outer...)
	if canonical != "" {
		e.first(canonical)
	}
}

// readMessage reads the sentence; Mistral has put a whole validation error in
// its place.
func (e *errorBody) readMessage(c *jsonscan.Cursor) {
	if c.Peek() != '{' {
		e.message = text(c)
		return
	}
	c.Object(func(key []byte) {
		if string(key) == "detail" {
			e.readDetail(c)
		}
	})
}

func (e *errorBody) readMember(c *jsonscan.Cursor, key string) {
	switch key {
	case "message":
		e.readMessage(c)
	case "error_type":
		if word := e.word(c); word != "" {
			e.first(word)
		}
	case "type", "code", "status":
		if word := e.word(c); word != "" {
			e.words = append(e.words, word)
		}
	case "details":
		if c.Peek() == '{' {
			c.Object(func(key []byte) { e.readInner(c, string(key)) })
			return
		}
		c.Array(func(int) {
			c.Object(func(key []byte) { e.readInner(c, string(key)) })
		})
	case "metadata", "innererror":
		c.Object(func(key []byte) { e.readInner(c, string(key)) })
	}
}

// readInner reads what stands inside details and metadata. It says more than
// the error's own type, so it goes first.
func (e *errorBody) readInner(c *jsonscan.Cursor, key string) {
	switch key {
	case "error_code", "error_type", "code", "reason", "limit_source":
		if word := e.word(c); word != "" {
			e.first(word)
		}
	case "provider_code":
		if word := e.word(c); word != "" {
			e.upstream = append(e.upstream, word)
		}
	case "retryDelay":
		e.retryDelay = text(c)
	case "violations":
		c.Array(func(int) {
			c.Object(func(key []byte) {
				if string(key) == "quotaId" {
					e.quotas = append(e.quotas, text(c))
				}
			})
		})
	}
}

func (e *errorBody) readDetail(c *jsonscan.Cursor) {
	if c.Peek() == '"' {
		e.message = text(c)
		return
	}
	c.Array(func(int) {
		c.Object(func(key []byte) {
			if string(key) == "msg" && e.message == "" {
				e.message = text(c)
			}
		})
	})
}

// first puts a word before all others.
func (e *errorBody) first(word string) { e.words = append([]string{word}, e.words...) }

// word reads a code: a string, or a number, which is an HTTP status.
func (e *errorBody) word(c *jsonscan.Cursor) string {
	if c.Peek() != '"' {
		e.setStatus(c.Int())
		return ""
	}
	word := text(c)
	if word != "" && word[0] >= '0' && word[0] <= '9' {
		n := jsonscan.New([]byte(word))
		if code, ok := n.Int(); ok {
			e.setStatus(code, true)
			return ""
		}
	}
	return word
}

func (e *errorBody) setStatus(code int64, ok bool) {
	if ok && code >= 400 && code < 600 {
		e.status = int(code)
	}
}

// text reads a string; anything else gives the empty string.
func text(c *jsonscan.Cursor) string {
	raw, ok := c.String()
	if !ok {
		return ""
	}
	if bytes.IndexByte(raw, '\\') >= 0 {
		raw = jsonscan.Unquote(nil, raw)
	}
	return strings.TrimSpace(string(raw))
}

// clip bounds how much of a body is looked at.
func clip(b []byte) []byte { return bytes.TrimSpace(b[:min(len(b), maxBody)]) }
