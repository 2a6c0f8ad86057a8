package provider

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/sse"
)

func TestToolCall(t *testing.T) {
	chat := func(delta, finish string) string {
		return `{"choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}`
	}
	call := func(index, id, arguments string) string {
		return chat(`{"tool_calls":[{"index":`+index+id+`,"function":{"arguments":"`+arguments+`"}}]}`, "null")
	}
	const (
		messages = "https://api.anthropic.com/v1/messages"
		gemini   = "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent"
		cohere   = "https://api.cohere.com/v2/chat"
	)
	start := func(typ string) string {
		return `{"type":"content_block_start","index":1,"content_block":{"type":"` + typ + `","id":"t","input":{}}}`
	}
	const args, stop = `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}`, `{"type":"content_block_stop","index":1}`
	for name, tc := range map[string]struct {
		url string
		// events: the call is complete with the last one and not before, if at all.
		events []string
		called bool
	}{
		"chat, finished":                  {chatURL, []string{call("0", `,"id":"a"`, ""), call("0", "", "{}"), call("0", "", "{}"), chat("{}", `"tool_calls"`)}, true},
		"chat, the next one":              {chatURL, []string{call("0", `,"id":"a"`, "{}"), call("1", `,"id":"b"`, "")}, true},
		"chat, the next one at one index": {chatURL, []string{call("0", `,"id":"a"`, "{}"), call("0", `,"id":"a"`, "{}"), call("0", `,"id":"b"`, "{}")}, true},
		"chat, two in one event":          {chatURL, []string{chat(`{"tool_calls":[{"index":0},{"index":1}]}`, "null")}, true},
		"chat, whole in the last event":   {chatURL, []string{chat(`{"tool_calls":[{"index":0,"function":{}}]}`, `"stop"`)}, true},
		"chat, a function_call":           {chatURL, []string{chat(`{"function_call":{"name":"f"}}`, "null"), chat("{}", `"function_call"`)}, true},
		"chat, broken off":                {chatURL, []string{call("0", `,"id":"a"`, ""), call("0", "", "{")}, false},
		"chat, a limit":                   {chatURL, []string{call("0", `,"id":"a"`, ""), chat("{}", `"length"`)}, false},
		"chat, none":                      {chatURL, []string{chat(`{"content":"x","tool_calls":null,"function_call":null}`, "null"), chat(`{"tool_calls":[]}`, `"stop"`)}, false},
		"responses, arguments":            {responsesURL, []string{`{"type":"response.function_call_arguments.delta","delta":"{"}`, `{"type":"response.function_call_arguments.done","arguments":"{}"}`}, true},
		"responses, item":                 {responsesURL, []string{`{"type":"response.output_item.added","item":{"type":"function_call"}}`, `{"type":"response.output_item.done","item":{"type":"function_call"}}`}, true},
		"responses, a server's tool":      {responsesURL, []string{`{"type":"response.output_item.done","item":{"type":"mcp_call"}}`}, true},
		"responses, a message":            {responsesURL, []string{`{"type":"response.output_item.done","item":{"type":"message"}}`}, false},
		"responses, a search":             {responsesURL, []string{`{"type":"response.output_item.done","item":{"type":"web_search_call"}}`}, false},
		"anthropic":                       {messages, []string{start("tool_use"), args, args, stop}, true},
		"anthropic, broken off":           {messages, []string{start("tool_use"), args}, false},
		"anthropic, text":                 {messages, []string{start("text"), stop}, false},
		"anthropic, a search":             {messages, []string{start("server_tool_use"), stop}, false},
		"gemini":                          {gemini, []string{`{"candidates":[{"content":{"parts":[{"text":"x"}]}}]}`, `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}}}]}}]}`}, true},
		"gemini, in parts":                {gemini, []string{`{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","willContinue":true}}]}}]}`, `{"candidates":[{"content":{"parts":[{"functionCall":{}}]}}]}`}, true},
		"gemini, none":                    {gemini, []string{`{"candidates":[{"content":{"parts":[{"functionCall":null,"text":"x"}]}}]}`}, false},
		"cohere":                          {cohere, []string{`{"type":"tool-call-start"}`, `{"type":"tool-call-delta"}`, `{"type":"tool-call-end"}`}, true},
		"interactions":                    {interactionsURL, []string{`{"event_type":"step.start","step":{"type":"function_call","name":"f"}}`, `{"event_type":"step.delta","delta":{"type":"arguments_delta"}}`, `{"event_type":"step.stop"}`}, true},
		"interactions, older":             {interactionsURL, []string{`{"event_type":"content.start","content":{"type":"function_call"}}`, `{"event_type":"content.delta","delta":{"type":"function_call","name":"f"}}`, `{"event_type":"content.stop"}`}, true},
		"interactions, text":              {interactionsURL, []string{`{"event_type":"step.start","step":{"type":"model_output"}}`, `{"event_type":"step.stop"}`}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tracks := range []bool{false, true} {
				r := Find(tc.url, "").NewReader()
				if tracks {
					r.TrackResume()
				}
				for n, data := range tc.events {
					assert.False(t, r.ToolCall(), "before event %d", n)
					throughTemplate(r, "data: "+data+"\n\n")
				}
				assert.Equal(t, tc.called, r.ToolCall())
			}
		})
	}

	r := Find("http://localhost/api/chat", "").NewReader()
	line := `{"model":"m","message":{"content":"x"},"done":false}`
	assert.True(t, r.OpensLines([]byte(line)))
	r.Read(sse.Event{Data: []byte(line)})
	assert.False(t, r.ToolCall())
	r.Read(sse.Event{Data: []byte(strings.Replace(line, `"content"`, `"tool_calls":[{"function":{"name":"f"}}],"content"`, 1))})
	assert.True(t, r.ToolCall())
}

func TestToolCallOutlivesItsAttempt(t *testing.T) {
	events := responsesReply("resp_1", "a", "b")
	events[4] = `data: {"type":"response.output_item.done","item":{"type":"function_call"},"sequence_number":4}` + "\n\n"
	r := tracked(responsesURL)
	read(r, strings.Join(events[:5], ""), 1)
	_, ok := r.Resume()
	assert.True(t, ok)
	assert.True(t, r.NewResumed().ToolCall())
}

// throughTemplate reads one event as the package stream does: by comparison with
// the last one where that is enough.
func throughTemplate(r *Reader, raw string) {
	var ev sse.Event
	if n, _ := r.Again([]byte(raw), &ev); n > 0 {
		return
	}
	var d sse.Decoder
	_ = d.Feed([]byte(raw), func(ev sse.Event) {
		r.Read(ev)
		r.Learn([]byte(raw), ev)
	})
}

// TestAgain_padding: an object that is padded at its end, more or less or not at all,
// is like the one before.
func TestAgain_padding(t *testing.T) {
	r := Find("https://api.anthropic.com/v1/messages", "").NewReader()
	padded := func(spaces int) []byte {
		return []byte("event: content_block_delta\ndata: " + `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}` +
			strings.Repeat(" ", spaces) + "}\n\n")
	}
	throughTemplate(r, string(padded(0)))
	throughTemplate(r, string(padded(0)))
	throughTemplate(r, string(padded(3)))
	for _, spaces := range []int{0, 1, 13, 0} {
		var ev sse.Event
		n, text := r.Again(padded(spaces), &ev)
		assert.Equal(t, len(padded(spaces)), n, "%d spaces", spaces)
		assert.Equal(t, " word", string(text))
	}
}
