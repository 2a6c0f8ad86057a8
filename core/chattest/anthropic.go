package chattest

import (
	"net/http"
	"strconv"
	"strings"
)

// Anthropic returns a fake of the Anthropic Messages API: POST on every path that
// ends in /messages.
func Anthropic(s *Script) http.Handler { return s.handler(anthropic{}) }

type anthropic struct{}

func (anthropic) read(r *http.Request, body []byte) (request, *Error) {
	return readJSON(r, body, "/messages", "claude-sonnet-4-20250514")
}

func (anthropic) contentType(streamed bool) string {
	if streamed {
		return "text/event-stream; charset=utf-8"
	}
	return "application/json"
}

func (anthropic) header(h http.Header, c call) { h.Set("Request-Id", anthropicRequestID(c.number)) }

func anthropicRequestID(n int) string { return "req_011C" + fakeID(n, 20) }

func anthropicEvent(name, data string) []byte {
	return []byte("event: " + name + "\ndata: " + data + "\n\n")
}

// pad returns the blanks that Anthropic puts before the last brace of an event
// to hide its length.
func pad(n int) string { return strings.Repeat(" ", n*7%16) }

func (anthropic) stopReason(c call) string { return c.finish("tool_use", "end_turn") }

// block returns a content block: its start, its deltas, its end.
func (a anthropic) block(c call, index int, block string, deltas []string) []frame {
	at := `"index":` + strconv.Itoa(index)
	frames := []frame{{data: anthropicEvent("content_block_start",
		`{"type":"content_block_start",`+at+`,"content_block":{`+block+`}`+pad(1)+`}`)}}
	if index == 0 {
		frames = append(frames, frame{data: a.ping(0)})
		frames = append(frames, c.pings(a)...)
	}
	for i, delta := range deltas {
		frames = append(frames, frame{wait: c.step.Pace, data: anthropicEvent("content_block_delta",
			`{"type":"content_block_delta",`+at+`,"delta":{`+delta+`}`+pad(i)+`}`)})
	}
	return append(frames, frame{data: anthropicEvent("content_block_stop",
		`{"type":"content_block_stop",`+at+pad(len(deltas))+`}`)})
}

func (a anthropic) stream(c call) []frame {
	usage := `"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0`
	frames := []frame{{data: anthropicEvent("message_start", `{"type":"message_start","message":{"model":`+quote(c.model)+
		`,"id":"msg_01`+fakeID(c.number, 22)+`","type":"message","role":"assistant","content":[]`+
		`,"stop_reason":null,"stop_sequence":null,"usage":{`+usage+
		`,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}`+
		`,"output_tokens":1,"service_tier":"standard"}}`+pad(c.number)+`}`)}}
	index := 0
	if c.hasText() {
		var deltas []string
		for _, piece := range c.pieces {
			deltas = append(deltas, `"type":"text_delta","text":`+quote(piece))
		}
		frames = append(frames, a.block(c, index, `"type":"text","text":""`, deltas)...)
		index++
	}
	if c.step.ToolCall != nil {
		// The first piece is always empty.
		deltas := []string{`"type":"input_json_delta","partial_json":""`}
		for _, piece := range c.arguments() {
			deltas = append(deltas, `"type":"input_json_delta","partial_json":`+quote(piece))
		}
		frames = append(frames, a.block(c, index, a.toolUse(c, "{}"), deltas)...)
	}
	n := c.tokens()
	return append(frames,
		frame{data: anthropicEvent("message_delta", `{"type":"message_delta","delta":{"stop_reason":`+
			quote(a.stopReason(c))+`,"stop_sequence":null},"usage":{`+usage+
			`,"output_tokens":`+strconv.Itoa(n)+`}`+pad(n+1)+`}`)},
		frame{data: anthropicEvent("message_stop", `{"type":"message_stop"`+pad(n+2)+`}`)},
	)
}

func (anthropic) toolUse(c call, input string) string {
	return `"type":"tool_use","id":"toolu_01` + fakeID(c.number, 22) + `","name":` + quote(c.step.ToolCall.Name) +
		`,"input":` + input + `,"caller":{"type":"direct"}`
}

func (a anthropic) whole(c call) []byte {
	var blocks []string
	if c.hasText() {
		blocks = append(blocks, `{"type":"text","text":`+quote(c.step.Text)+`}`)
	}
	if c.step.ToolCall != nil {
		blocks = append(blocks, `{`+a.toolUse(c, c.step.ToolCall.Arguments)+`}`)
	}
	return []byte(`{"model":` + quote(c.model) + `,"id":"msg_01` + fakeID(c.number, 22) +
		`","type":"message","role":"assistant","content":[` + strings.Join(blocks, ",") +
		`],"stop_reason":` + quote(a.stopReason(c)) + `,"stop_sequence":null,"usage":{"input_tokens":25` +
		`,"cache_creation_input_tokens":0,"cache_read_input_tokens":0` +
		`,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0}` +
		`,"output_tokens":` + strconv.Itoa(c.tokens()) + `,"service_tier":"standard"}}`)
}

func (anthropic) ping(int) []byte { return anthropicEvent("ping", `{"type": "ping"}`) }

func anthropicType(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error"
	case http.StatusPaymentRequired:
		return "billing_error"
	case http.StatusForbidden:
		return "permission_error"
	case http.StatusNotFound:
		return "not_found_error"
	case http.StatusConflict:
		return "conflict_error"
	case http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case http.StatusTooManyRequests:
		return "rate_limit_error"
	case http.StatusGatewayTimeout:
		return "timeout_error"
	case statusOverloaded:
		return "overloaded_error"
	}
	if status < 500 {
		return "invalid_request_error"
	}
	return "api_error"
}

func (anthropic) errorBody(e Error) []byte {
	e = e.withDefaults(anthropicType)
	details := ""
	if e.Details != "" {
		details = `,"details":` + e.Details
	}
	return []byte(`{"type":"error","error":{"type":` + quote(e.Type) + `,"message":` + quote(e.Message) + details +
		`},"request_id":"` + anthropicRequestID(e.Status) + `"}`)
}

func (anthropic) errorEvent(c call, _ int) []byte {
	e := c.step.Error.withDefaults(anthropicType)
	details := e.Details
	if details == "" {
		details = "null"
	}
	return anthropicEvent("error", `{"type":"error","error":{"details":`+details+`,"type":`+quote(e.Type)+
		`,"message":`+quote(e.Message)+`},"request_id":"`+anthropicRequestID(c.number)+`"`+pad(2)+`}`)
}
