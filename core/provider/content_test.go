package provider_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/sse"
)

// TestContent: what opens a reply is told from what a reader shows of it.
func TestContent(t *testing.T) {
	const (
		gemini = "https://generativelanguage.googleapis.com/v1/models/m:streamGenerateContent"
		steps  = "https://generativelanguage.googleapis.com/v1beta/interactions"
	)
	chat := func(delta string) string { return `{"choices":[{"index":0,"delta":` + delta + `}]}` }
	part := func(part string) string {
		return `{"candidates":[{"index":0,"content":{"role":"model","parts":[` + part + `]}}]}`
	}
	for name, tc := range map[string]struct {
		url string
		// open are events that only open the reply, first is the first to show.
		open  []string
		first string
	}{
		"messages": {"https://api.anthropic.com/v1/messages", []string{
			`{"type":"message_start","message":{}}`, `{"type":"ping"}`, `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}`,
		}, `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}`},
		"messages, without any": {"https://api.anthropic.com/v1/messages", []string{
			`{"type":"message_start","message":{}}`, `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`,
		}, `{"type":"message_stop"}`},
		"chat":              {"/chat/completions", []string{chat(`{"role":"assistant","content":"","refusal":null,"annotations":[]}`)}, chat(`{"content":"H"}`)},
		"chat, reasoning":   {"/chat/completions", []string{chat(`{"content":null,"reasoning_content":""}`)}, chat(`{"reasoning_content":"H"}`)},
		"chat, reasoning 2": {"/chat/completions", []string{chat(`{"role":"assistant"}`)}, chat(`{"content":"","reasoning":"H"}`)},
		"chat, a tool":      {"/chat/completions", []string{chat(`{"tool_calls":[]}`), chat(`{"tool_calls":null}`)}, chat(`{"tool_calls":[{"index":0,"id":"a"}]}`)},
		"chat, a function":  {"/chat/completions", []string{chat(`{"function_call":null}`)}, chat(`{"function_call":{"name":"f"}}`)},
		"chat, a refusal":   {"/chat/completions", []string{chat(`{"refusal":""}`)}, chat(`{"refusal":"No"}`)},
		"chat, parts":       {"/chat/completions", []string{chat(`{"content":[]}`)}, chat(`{"content":[{"type":"thinking"}]}`)},
		"chat, audio":       {"/chat/completions", []string{chat(`{"audio":{}}`)}, chat(`{"audio":{"id":"a"}}`)},
		"chat, the end":     {"/chat/completions", []string{chat(`{}`), `{"choices":[],"usage":{"total_tokens":1}}`}, `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`},
		"completions":       {"/completions", []string{`{"choices":[{"index":0,"text":""}]}`}, `{"choices":[{"index":0,"text":"H"}]}`},
		"responses": {"/responses", []string{
			`{"type":"response.created"}`, `{"type":"response.in_progress"}`, `{"type":"keepalive"}`,
			`{"type":"response.output_item.added","item":{"type":"reasoning"}}`, `{"type":"response.content_part.added"}`,
		}, `{"type":"response.reasoning_summary_text.delta","delta":"H"}`},
		"responses, a tool":   {"/responses", []string{`{"type":"response.output_item.added","item":{"type":"function_call"}}`}, `{"type":"response.function_call_arguments.delta","delta":"{"}`},
		"responses, a sketch": {"/responses", []string{`{"type":"response.image_generation_call.generating"}`}, `{"type":"response.image_generation_call.partial_image"}`},
		"gemini":              {gemini, []string{`{"usageMetadata":{}}`, part(`{"text":""}`), part("")}, part(`{"text":"H"}`)},
		"gemini, a thought":   {gemini, []string{part(`{"text":"","thought":true}`)}, part(`{"thought":true,"text":"H"}`)},
		"gemini, a tool":      {gemini, []string{part(`{"text":""}`)}, part(`{"functionCall":{"name":"f"}}`)},
		"gemini, a picture":   {gemini, []string{part(`{"text":""}`)}, part(`{"inlineData":{"data":"AA"}}`)},
		"interactions":        {steps, []string{`{"event_type":"interaction.created"}`, `{"event_type":"step.start","step":{"type":"thought"}}`}, `{"event_type":"step.delta","delta":{"type":"thought_summary"}}`},
		"interactions, older": {steps, []string{`{"event_type":"content.start"}`}, `{"event_type":"content.delta","delta":{"type":"text","text":"H"}}`},
		"cohere":              {"https://api.cohere.com/v2/chat", []string{`{"type":"message-start"}`, `{"type":"content-start"}`}, `{"type":"content-delta"}`},
		"cohere, a tool":      {"https://api.cohere.com/v2/chat", []string{`{"type":"tool-call-start"}`}, `{"type":"tool-call-delta"}`},
		"aisdk":               {"/ui", []string{`{"type":"start-step"}`, `{"type":"text-start","id":"t"}`, `{"type":"text-delta","id":"t","delta":""}`}, `{"type":"text-delta","id":"t","delta":"H"}`},
		"aisdk, a tool":       {"/ui", []string{`{"type":"start-step"}`}, `{"type":"tool-input-start","toolCallId":"c","toolName":"f"}`},
		"unknown":             {"https://example.test/", nil, `hello`},
		"unknown, [DONE]":     {"https://example.test/", []string{`[DONE]`}, `hello`},
	} {
		t.Run(name, func(t *testing.T) {
			r := provider.Find(tc.url, "").NewReader()
			for _, data := range tc.open {
				assert.False(t, r.Read(sse.Event{Data: []byte(data)}).Content, data)
			}
			assert.True(t, r.Read(sse.Event{Data: []byte(tc.first)}).Content)
			assert.True(t, r.Read(sse.Event{}).Content, "from then on")
		})
	}
}

func TestContent_lines(t *testing.T) {
	line := func(message string) []byte {
		return []byte(`{"model":"m","message":{"role":"assistant",` + message + `},"done":false}`)
	}
	for _, first := range []string{`"content":"H"`, `"content":"","thinking":"H"`, `"content":"","tool_calls":[{}]`} {
		r := provider.Find("http://localhost:11434/api/chat", "").NewReader()
		assert.True(t, r.OpensLines(line(`"content":""`)))
		assert.False(t, r.Read(sse.Event{Data: line(`"content":""`)}).Content)
		assert.False(t, r.Read(sse.Event{Data: line(`"content":"","thinking":""`)}).Content)
		assert.True(t, r.Read(sse.Event{Data: line(first)}).Content, first)
	}
	r := provider.Find("http://localhost:11434/api/generate", "").NewReader()
	assert.True(t, r.OpensLines([]byte(`{"model":"m","response":"","done":false}`)))
	assert.False(t, r.Read(sse.Event{Data: []byte(`{"model":"m","response":"","done":false}`)}).Content)
	assert.True(t, r.Read(sse.Event{Data: []byte(`{"model":"m","response":"","thinking":"H","done":false}`)}).Content)
}
