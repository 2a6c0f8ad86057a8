package chattest

import (
	"net/http"
	"strconv"
	"strings"
)

// OpenAIResponses returns a fake of the OpenAI Responses API: POST on every path
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

// object returns the response object that the first and the last events carry.
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

// finished returns the response object at the end of a reply.
func (o openAIResponses) finished(c call) string {
	n := c.tokens()
	usage := `{"input_tokens":25,"input_tokens_details":{"cached_tokens":0},"output_tokens":` + strconv.Itoa(n) +
		`,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":` + strconv.Itoa(n+25) + `}`
	status := o.status(c)
	incomplete := "null"
	if status == "incomplete" {
		incomplete = `{"reason":` + quote(c.step.FinishReason) + `}`
	}
	var output []string
	if c.hasText() {
		output = append(output, o.item(c, status, o.part(c.step.Text)))
	}
	if c.step.ToolCall != nil {
		output = append(output, o.toolCall(c, status, c.step.ToolCall.Arguments))
	}
	return o.object(c, status, "null", incomplete, strings.Join(output, ","), usage)
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

func (openAIResponses) toolCallID(c call) string { return "fc_" + fakeID(c.number+1, 50) }

func (o openAIResponses) toolCall(c call, status, arguments string) string {
	return `{"id":"` + o.toolCallID(c) + `","type":"function_call","status":"` + status + `","arguments":` + quote(arguments) +
		`,"call_id":"call_` + fakeID(c.number, 24) + `","name":` + quote(c.step.ToolCall.Name) + `}`
}

func (o openAIResponses) stream(c call) []frame {
	var frames []frame
	addLater := func(name, fields, later string) {
		frames = append(frames, frame{data: responsesEvent(name, fields, len(frames), later)})
	}
	add := func(name, fields string) { addLater(name, fields, "") }
	add("response.created", `"response":`+o.inProgress(c))
	if c.step.Background {
		add("response.queued", `"response":`+o.object(c, "queued", "null", "null", "", "null"))
	}
	add("response.in_progress", `"response":`+o.inProgress(c))
	for range c.step.Pings {
		frames = append(frames, frame{data: o.ping(len(frames)), wait: c.step.PingEvery})
	}
	status := o.status(c)
	index := `,"output_index":0`
	if c.hasText() {
		place := `"content_index":0,"item_id":"` + o.itemID(c) + `"`
		add("response.output_item.added", `"item":`+o.item(c, "in_progress", "")+index)
		add("response.content_part.added", place+index+`,"part":`+o.part(""))
		for i, piece := range c.pieces {
			add("response.output_text.delta", `"content_index":0,"delta":`+quote(piece)+`,"item_id":"`+o.itemID(c)+
				`","logprobs":[]`+obfuscation(c, i)+index)
			frames[len(frames)-1].wait = c.step.Pace
		}
		addLater("response.output_text.done", place+`,"logprobs":[]`+index, `,"text":`+quote(c.step.Text))
		add("response.content_part.done", place+index+`,"part":`+o.part(c.step.Text))
		add("response.output_item.done", `"item":`+o.item(c, status, o.part(c.step.Text))+index)
		index = `,"output_index":1`
	}
	if c.step.ToolCall != nil {
		arguments, place := quote(c.step.ToolCall.Arguments), `,"item_id":"`+o.toolCallID(c)+`"`
		add("response.output_item.added", `"item":`+o.toolCall(c, "in_progress", "")+index)
		for i, piece := range c.arguments() {
			add("response.function_call_arguments.delta", `"delta":`+quote(piece)+place+obfuscation(c, i)+index)
			frames[len(frames)-1].wait = c.step.Pace
		}
		add("response.function_call_arguments.done", `"arguments":`+arguments+place+index)
		add("response.output_item.done", `"item":`+o.toolCall(c, status, c.step.ToolCall.Arguments)+index)
	}
	add("response."+status, `"response":`+o.finished(c))
	return frames
}

func (o openAIResponses) whole(c call) []byte { return pretty(o.finished(c)) }

// ping returns the event that OpenAI sends during long thinking.
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
