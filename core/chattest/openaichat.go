package chattest

import (
	"net/http"
	"strconv"
	"time"
)

// OpenAIChat returns a fake of the OpenAI Chat Completions API: POST on every path
// that ends in /chat/completions.
func OpenAIChat(s *Script) http.Handler { return s.handler(openAIChat{}) }

type openAIChat struct{}

func (openAIChat) read(r *http.Request, body []byte) (request, *Error) {
	return readJSON(r, body, "/chat/completions", "gpt-4o-mini-2024-07-18")
}

func (openAIChat) contentType(streamed bool) string {
	if streamed {
		return "text/event-stream; charset=utf-8"
	}
	return "application/json"
}

func (openAIChat) header(h http.Header, c call) { h.Set("X-Request-Id", "req_"+fakeID(c.number, 32)) }

func dataEvent(data string) []byte { return []byte("data: " + data + "\n\n") }

// head returns how every chunk of a reply begins.
func (openAIChat) head(c call, object string) string {
	return `{"id":"chatcmpl-` + fakeID(c.number, 28) + `","object":"` + object + `","created":` + created +
		`,"model":` + quote(c.model)
}

const openAITier = `"service_tier":"default","system_fingerprint":"fp_1a2b3c4d5e"`

func (o openAIChat) stream(c call) []frame {
	// A client that asks for the usage gets it in a chunk of its own at the end
	// and as null in all others.
	usage := ""
	if c.usage {
		usage = `,"usage":null`
	}
	chunk := func(n int, delta, reason, usage string) []byte {
		return dataEvent(o.head(c, "chat.completion.chunk") + `,` + openAITier +
			`,"choices":[{"index":0,"delta":{` + delta + `},"logprobs":null,"finish_reason":` + reason + `}]` +
			usage + obfuscation(c, n) + `}`)
	}
	frames := c.pings(o)
	n := 0
	add := func(delta, reason string, wait time.Duration) {
		frames = append(frames, frame{wait: wait, data: chunk(n, delta, reason, usage)})
		n++
	}
	opening := `"role":"assistant","content":""`
	if !c.hasText() {
		opening = `"role":"assistant","content":null,` + o.toolCalls(c, `"index":0,`, "")
	}
	add(opening+`,"refusal":null`, "null", 0)
	for _, piece := range c.pieces {
		add(`"content":`+quote(piece), "null", c.step.Pace)
	}
	if c.hasText() && c.step.ToolCall != nil {
		add(o.toolCalls(c, `"index":0,`, ""), "null", 0)
	}
	for _, piece := range c.arguments() {
		add(`"tool_calls":[{"index":0,"function":{"arguments":`+quote(piece)+`}}]`, "null", c.step.Pace)
	}
	add("", quote(o.finishReason(c)), 0)
	if c.usage {
		frames = append(frames, frame{data: dataEvent(o.head(c, "chat.completion.chunk") + `,` + openAITier +
			`,"choices":[],"usage":` + chatUsage(c) + obfuscation(c, n) + `}`)})
	}
	return append(frames, frame{data: dataEvent("[DONE]")})
}

// toolCalls returns the member that calls a tool.
func (openAIChat) toolCalls(c call, index, arguments string) string {
	return `"tool_calls":[{` + index + `"id":"call_` + fakeID(c.number, 24) + `","type":"function","function":{"name":` +
		quote(c.step.ToolCall.Name) + `,"arguments":` + quote(arguments) + `}}]`
}

// obfuscation returns the field of random length that OpenAI adds to hide the
// length of an event.
func obfuscation(c call, n int) string {
	return `,"obfuscation":"` + fakeID(c.number*1000+n, 4+n*5%12) + `"`
}

func (openAIChat) finishReason(c call) string { return c.finish("tool_calls", "stop") }

func chatUsage(c call) string {
	n := c.tokens()
	return `{"prompt_tokens":25,"completion_tokens":` + strconv.Itoa(n) + `,"total_tokens":` + strconv.Itoa(n+25) +
		`,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}` +
		`,"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0` +
		`,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`
}

func (o openAIChat) whole(c call) []byte {
	content := "null"
	if c.hasText() {
		content = quote(c.step.Text)
	}
	if c.step.ToolCall != nil {
		content += `,` + o.toolCalls(c, "", c.step.ToolCall.Arguments)
	}
	return pretty(o.head(c, "chat.completion") +
		`,"choices":[{"index":0,"message":{"role":"assistant","content":` + content +
		`,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":` + quote(o.finishReason(c)) +
		`}],"usage":` + chatUsage(c) + `,` + openAITier + `}`)
}

// ping returns a comment: OpenAI itself sends none, but gateways and compatible
// servers do while a request is queued.
func (openAIChat) ping(int) []byte { return []byte(": keep-alive\n\n") }

func openAIType(status int) string {
	switch {
	case status == http.StatusTooManyRequests:
		return "requests"
	case status < 500:
		return "invalid_request_error"
	}
	return "server_error"
}

// openAIError returns the error member that all OpenAI errors share.
func openAIError(e Error) string {
	e = e.withDefaults(openAIType)
	return `{"message":` + quote(e.Message) + `,"type":` + quoteOrNull(e.Type) +
		`,"param":null,"code":` + quoteOrNull(e.Code) + `}`
}

func openAIErrorBody(e Error) []byte { return pretty(`{"error":` + openAIError(e) + `}`) }

func (openAIChat) errorBody(e Error) []byte { return openAIErrorBody(e) }

func (openAIChat) errorEvent(c call, _ int) []byte {
	event := dataEvent(`{"error":` + openAIError(*c.step.Error) + `}`)
	if c.step.Fault == FaultErrorDone {
		event = append(event, dataEvent("[DONE]")...)
	}
	return event
}
