package chattest

import (
	"net/http"
	"strconv"
	"strings"
)

// Gemini returns a fake of the Gemini API: POST on every path that ends in
// /models/MODEL:streamGenerateContent (with alt=sse) or
// /models/MODEL:generateContent.
func Gemini(s *Script) http.Handler { return s.handler(gemini{}) }

type gemini struct{}

func (gemini) read(r *http.Request, body []byte) (request, *Error) {
	// The model and the kind of reply are in the path; the body only has to be
	// JSON.
	name := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	model, method, _ := strings.Cut(name, ":")
	streamed := method == "streamGenerateContent"
	if !streamed && method != "generateContent" {
		return request{}, &Error{Status: http.StatusNotFound}
	}
	if _, err := readJSON(r, body, name, model); err != nil {
		return request{}, err
	}
	if streamed && r.URL.Query().Get("alt") != "sse" {
		return request{}, &Error{Status: http.StatusBadRequest, Message: "This fake streams with alt=sse only."}
	}
	return request{streamed: streamed, model: model}, nil
}

func (gemini) contentType(streamed bool) string {
	if streamed {
		return "text/event-stream"
	}
	return "application/json; charset=UTF-8"
}

func (gemini) header(http.Header, call) {}

// object returns one response: all of it or one event's share. The odd blanks are
// the provider's.
func (gemini) object(c call, parts, finish string, tokens int) string {
	n := strconv.Itoa(tokens)
	if finish != "" {
		finish = `"finishReason": ` + quote(finish) + `,`
	}
	return `{"candidates": [{"content": {"parts": [` + parts + `],"role": "model"},` + finish +
		`"index": 0}],"usageMetadata": {"promptTokenCount": 25,"candidatesTokenCount": ` + n +
		`,"totalTokenCount": ` + strconv.Itoa(tokens+25) +
		`,"promptTokensDetails": [{"modality": "TEXT","tokenCount": 25}]},"modelVersion": ` + quote(c.model) +
		`,"responseId": "` + fakeID(c.number, 23) + `"}`
}

func (gemini) text(text string) string { return `{"text": ` + quote(text) + `}` }

func (gemini) functionCall(c call) string {
	return `{"functionCall": {"name": ` + quote(c.step.ToolCall.Name) + `,"args": ` + c.step.ToolCall.Arguments + `}}`
}

// finishReason is the same for a tool's call.
func (gemini) finishReason(c call) string { return c.finish("STOP", "STOP") }

func geminiEvent(data string) []byte { return []byte("data: " + data + "\r\n\r\n") }

func (g gemini) stream(c call) []frame {
	frames := c.pings(g)
	var parts []string
	for _, piece := range c.pieces {
		parts = append(parts, g.text(piece))
	}
	if c.step.ToolCall != nil {
		parts = append(parts, g.functionCall(c))
	}
	if len(parts) == 0 {
		parts = []string{g.text("")}
	}
	for i, part := range parts {
		finish := ""
		if i == len(parts)-1 {
			finish = g.finishReason(c)
		}
		frames = append(frames, frame{wait: c.step.Pace, data: geminiEvent(g.object(c, part, finish, i+1))})
	}
	return frames
}

func (g gemini) whole(c call) []byte {
	var parts []string
	if c.hasText() {
		parts = append(parts, g.text(c.step.Text))
	}
	if c.step.ToolCall != nil {
		parts = append(parts, g.functionCall(c))
	}
	return pretty(g.object(c, strings.Join(parts, ","), g.finishReason(c), c.tokens()))
}

// ping returns a comment: Gemini itself sends none, but proxies do.
func (gemini) ping(int) []byte { return []byte(": keep-alive\r\n\r\n") }

func geminiStatus(status int) string {
	switch status {
	case http.StatusUnauthorized:
		return "UNAUTHENTICATED"
	case http.StatusForbidden:
		return "PERMISSION_DENIED"
	case http.StatusNotFound:
		return "NOT_FOUND"
	case http.StatusTooManyRequests:
		return "RESOURCE_EXHAUSTED"
	case http.StatusServiceUnavailable:
		return "UNAVAILABLE"
	case http.StatusGatewayTimeout:
		return "DEADLINE_EXCEEDED"
	}
	if status < 500 {
		return "INVALID_ARGUMENT"
	}
	return "INTERNAL"
}

func (gemini) errorJSON(e Error) string {
	e = e.withDefaults(geminiStatus)
	details := ""
	if e.Details != "" {
		details = `,"details": ` + e.Details
	}
	return `{"error": {"code": ` + strconv.Itoa(e.Status) + `,"message": ` + quote(e.Message) +
		`,"status": ` + quote(e.Type) + details + `}}`
}

func (g gemini) errorBody(e Error) []byte { return pretty(g.errorJSON(e)) }

func (g gemini) errorEvent(c call, _ int) []byte { return geminiEvent(g.errorJSON(*c.step.Error)) }
