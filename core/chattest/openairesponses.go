package chattest

import (
	"net/http"
	"strconv"
)

// OpenAIResponses is a fake of the OpenAI Responses API: POST on every path
// that ends in /responses, and for a reply in background mode GET on
// /responses/ID with stream=true for the rest of it.
func OpenAIResponses(s *Script) http.Handler { return s.handler(openAIResponses{}) }

type openAIResponses struct{}

func (openAIResponses) read(r *http.Request, body []byte) (request, *Error) {
	return readJSON(r, body, "/responses", "gpt-4o-mini-2024-07-18")
}

func (openAIResponses) contentType(streamed bool) string { return openAIChat{}.contentType(streamed) }

func (openAIResponses) header(h http.Header, c call) { openAIChat{}.header(h, c) }

// responsesEvent names the event twice, as the provider does. The provider
// sorts fields by name after the type; later holds those behind the number.
func responsesEvent(name, fields string, sequence int, later string) []byte {
	return []byte("event: " + name + "\ndata: {\"type\":\"" + name + "\"," + fields +
		",\"sequence_number\":" + strconv.Itoa(sequence) + later + "}\n\n")
}

// object is the response object that the first and the last events carry.
func (openAIResponses) object(c call, status, failure, incomplete, output, usage string) string {
	completed := "null"
	if status == "completed" {
		completed = created
	}
	return `{"id":"` + openAIResponses{}.replyID(c) + `","object":"response","created_at":` + created +
		`,"status":"` + status + `","background":` + strconv.FormatBool(c.step.Background) + `,"completed_at":` + completed + `,"error":` + failure +
		`,"frequency_penalty":0.0,"incomplete_details":` + incomplete +
		`,"instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":` + quote(c.model) +
		`,"output":[` + output + `],"parallel_tool_calls":true,"presence_penalty":0.0,"previous_response_id":null` +
		`,"prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null` +
		`,"service_tier":"default","store":true,"temperature":1.0` +
		`,"text":{"format":{"type":"text"},"verbosity":"medium"},"tool_choice":"auto","tools":[]` +
		`,"top_logprobs":0,"top_p":1.0,"truncation":"disabled","usage":` + usage + `,"user":null,"metadata":{}}`
}

func (o openAIResponses) inProgress(c call) string {
	return o.object(c, "in_progress", "null", "null", "", "null")
}

// finished is the response object at the end of a reply.
func (o openAIResponses) finished(c call) string {
	n := len(c.pieces)
	usage := `{"input_tokens":25,"input_tokens_details":{"cached_tokens":0},"output_tokens":` + strconv.Itoa(n) +
		`,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":` + strconv.Itoa(n+25) + `}`
	status := o.status(c)
	incomplete := "null"
	if status == "incomplete" {
		incomplete = `{"reason":` + quote(c.step.FinishReason) + `}`
	}
	return o.object(c, status, "null", incomplete, o.item(c, status, o.part(c.step.Text)), usage)
}

func (openAIResponses) status(c call) string {
	if c.step.FinishReason != "" {
		return "incomplete"
	}
	return "completed"
}

func (openAIResponses) part(text string) string {
	return `{"type":"output_text","annotations":[],"logprobs":[],"text":` + quote(text) + `}`
}

func (openAIResponses) itemID(c call) string { return "msg_" + fakeID(c.number+1, 50) }

func (o openAIResponses) item(c call, status, content string) string {
	return `{"id":"` + o.itemID(c) + `","type":"message","status":"` + status + `","content":[` + content +
		`],"role":"assistant"}`
}

func (o openAIResponses) stream(c call) []frame {
	var frames []frame
	add := func(name, fields string) {
		frames = append(frames, frame{data: responsesEvent(name, fields, len(frames), "")})
	}
	add("response.created", `"response":`+o.inProgress(c))
	if c.step.Background {
		add("response.queued", `"response":`+o.object(c, "queued", "null", "null", "", "null"))
	}
	add("response.in_progress", `"response":`+o.inProgress(c))
	for range c.step.Pings {
		frames = append(frames, frame{data: o.ping(len(frames)), wait: c.step.PingEvery})
	}
	place := `"content_index":0,"item_id":"` + o.itemID(c) + `"`
	add("response.output_item.added", `"item":`+o.item(c, "in_progress", "")+`,"output_index":0`)
	add("response.content_part.added", place+`,"output_index":0,"part":`+o.part(""))
	for i, piece := range c.pieces {
		add("response.output_text.delta", `"content_index":0,"delta":`+quote(piece)+`,"item_id":"`+o.itemID(c)+
			`","logprobs":[]`+obfuscation(c, i)+`,"output_index":0`)
		frames[len(frames)-1].wait = c.step.Pace
	}
	status := o.status(c)
	frames = append(frames, frame{data: responsesEvent("response.output_text.done",
		place+`,"logprobs":[],"output_index":0`, len(frames), `,"text":`+quote(c.step.Text))})
	add("response.content_part.done", place+`,"output_index":0,"part":`+o.part(c.step.Text))
	add("response.output_item.done", `"item":`+o.item(c, status, o.part(c.step.Text))+`,"output_index":0`)
	add("response."+status, `"response":`+o.finished(c))
	return frames
}

func (o openAIResponses) whole(c call) []byte { return pretty(o.finished(c)) }

// ping is the event that OpenAI sends during long thinking.
func (openAIResponses) ping(sequence int) []byte {
	return []byte("event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":" +
		strconv.Itoa(sequence) + "}\n\n")
}

func (openAIResponses) errorBody(e Error) []byte { return openAIErrorBody(e) }

// errorEvent has three forms. On the wire comes an error event with an error
// object and then response.failed; the reference documents an error event with
// the same fields at the top level, and response.failed may come alone.
func (o openAIResponses) errorEvent(c call, sent int) []byte {
	e := c.step.Error.withDefaults(openAIType)
	code := e.Code
	if code == "" {
		code = e.Type
	}
	sequence := `"sequence_number":` + strconv.Itoa(sent)
	if c.step.Fault == FaultErrorFlat {
		return []byte("event: error\ndata: {\"type\":\"error\",\"code\":" + quoteOrNull(code) +
			`,"message":` + quote(e.Message) + `,"param":null,` + sequence + "}\n\n")
	}
	var event []byte
	if c.step.Fault != FaultErrorFailed {
		event = []byte("event: error\ndata: {\"type\":\"error\"," + sequence + `,"error":{"type":` + quoteOrNull(e.Type) +
			`,"code":` + quoteOrNull(code) + `,"message":` + quote(e.Message) + `,"param":null}}` + "\n\n")
		sent++
	}
	failure := `{"code":` + quoteOrNull(code) + `,"message":` + quote(e.Message) + `}`
	return append(event, responsesEvent("response.failed",
		`"response":`+o.object(c, "failed", failure, "null", "", "null"), sent, "")...)
}
