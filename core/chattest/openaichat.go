package chattest

import (
	"net/http"
	"strconv"
)

// OpenAIChat is a fake of the OpenAI Chat Completions API: POST on every path
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

// head is how every chunk of a reply begins.
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
	frames = append(frames, frame{data: chunk(0, `"role":"assistant","content":"","refusal":null`, "null", usage)})
	for i, piece := range c.pieces {
		frames = append(frames, frame{wait: c.step.Pace, data: chunk(i+1, `"content":`+quote(piece), "null", usage)})
	}
	n := len(c.pieces)
	frames = append(frames, frame{data: chunk(n+1, "", quote(o.finishReason(c)), usage)})
	if c.usage {
		frames = append(frames, frame{data: dataEvent(o.head(c, "chat.completion.chunk") + `,` + openAITier +
			`,"choices":[],"usage":` + chatUsage(c) + obfuscation(c, n+2) + `}`)})
	}
	return append(frames, frame{data: dataEvent("[DONE]")})
}

// obfuscation gives the field of random length that OpenAI adds to hide the
// length of an event.
func obfuscation(c call, n int) string {
	return `,"obfuscation":"` + fakeID(c.number*1000+n, 4+n*5%12) + `"`
}

func (openAIChat) finishReason(c call) string {
	if c.step.FinishReason != "" {
		return c.step.FinishReason
	}
	return "stop"
}

func chatUsage(c call) string {
	n := len(c.pieces)
	return `{"prompt_tokens":25,"completion_tokens":` + strconv.Itoa(n) + `,"total_tokens":` + strconv.Itoa(n+25) +
		`,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0}` +
		`,"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0` +
		`,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`
}

func (o openAIChat) whole(c call) []byte {
	return pretty(o.head(c, "chat.completion") +
		`,"choices":[{"index":0,"message":{"role":"assistant","content":` + quote(c.step.Text) +
		`,"refusal":null,"annotations":[]},"logprobs":null,"finish_reason":` + quote(o.finishReason(c)) +
		`}],"usage":` + chatUsage(c) + `,` + openAITier + `}`)
}

// ping is a comment: OpenAI itself sends none, but gateways and compatible
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

// openAIError is the error member that all OpenAI errors share.
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
