package provider

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/sse"
)

// told is what the facts of a reply come to.
type told struct {
	text, reasoning, finish string
	// calls are the tool calls by their index, "name(arguments) id", with a ! once
	// nothing more comes of them.
	calls map[int]string
	usage Usage
}

func TestFacts(t *testing.T) {
	chat := func(choice string) string { return `{"choices":[{"index":0,` + choice + `}]}` }
	part := func(part, more string) string {
		return `{"candidates":[{"content":{"parts":[` + part + `]}` + more + `}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":5,"thoughtsTokenCount":3,"cachedContentTokenCount":2}}`
	}
	weather := map[int]string{0: `weather({"city":"Oslo"}) c1!`}
	for name, tc := range map[string]struct {
		url    string
		events []string
		want   told
	}{
		"chat": {chatURL, []string{
			chat(`"delta":{"role":"assistant","content":""},"finish_reason":null`),
			chat(`"delta":{"reasoning_content":"Let me "}`), chat(`"delta":{"reasoning":"think\n"}`),
			chat(`"delta":{"content":"Hi"}`),
			chat(`"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":""}}]}`),
			chat(`"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}`),
			chat(`"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}}]}`),
			chat(`"delta":{},"finish_reason":"tool_calls"`),
			`{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":3}}}`,
		}, told{"Hi", "Let me think\n", "tool_calls", weather, Usage{7, 2, 5, 3}}},
		"chat, calls in turns": {chatURL, []string{
			chat(`"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"weather","arguments":"{\"city\":"}}]}`),
			chat(`"delta":{"tool_calls":[{"index":1,"id":"c2","function":{"name":"time","arguments":"{"}}]}`),
			chat(`"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"Oslo\"}"}},{"index":1,"function":{"arguments":"}"}}]}`),
			chat(`"delta":{},"finish_reason":"tool_calls"`),
		}, told{finish: "tool_calls", calls: map[int]string{0: weather[0], 1: `time({}) c2!`}}},
		"chat, calls cut short": {chatURL, []string{
			chat(`"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"weather","arguments":"{"}}]},"finish_reason":"length"`),
		}, told{finish: "length", calls: map[int]string{0: `weather({) c1`}}},
		"chat, parts": {chatURL, []string{
			chat(`"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}]}`),
			chat(`"delta":{"content":[{"type":"text","text":"Hi"}]},"finish_reason":"stop"`),
		}, told{text: "Hi", reasoning: "Hm", finish: "stop"}},
		"messages": {"https://api.anthropic.com/v1/messages", []string{
			`{"type":"message_start","message":{"id":"m","usage":{"input_tokens":7,"cache_read_input_tokens":2,"output_tokens":1}}}`,
			`{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}`,
			`{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}}`,
			`{"type":"content_block_stop","index":0}`,
			`{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}`,
			`{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}}`,
			`{"type":"content_block_stop","index":1}`,
			`{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"weather","input":{}}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"city\":"}}`,
			`{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"\"Oslo\"}"}}`,
			`{"type":"content_block_stop","index":2}`,
			`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":5}}`,
			`{"type":"message_stop"}`,
		}, told{"Hi", "Hm", "tool_use", map[int]string{2: weather[0]}, Usage{7, 2, 5, 0}}},
		"responses": {responsesURL, []string{
			`{"type":"response.created","response":{"id":"r"}}`,
			`{"type":"response.reasoning_summary_text.delta","delta":"Hm"}`,
			`{"type":"response.output_text.delta","delta":"Hi"}`,
			`{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c1","name":"weather","arguments":""}}`,
			`{"type":"response.function_call_arguments.delta","output_index":1,"item_id":"fc","delta":"{\"city\":"}`,
			`{"type":"response.function_call_arguments.delta","output_index":1,"item_id":"fc","delta":"\"Oslo\"}"}`,
			`{"type":"response.function_call_arguments.done","output_index":1,"item_id":"fc","arguments":"{\"city\":\"Oslo\"}"}`,
			`{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c1","name":"weather","arguments":"{\"city\":\"Oslo\"}"}}`,
			`{"type":"response.completed","response":{"usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":2},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":3}}}}`,
		}, told{"Hi", "Hm", "completed", map[int]string{1: weather[0]}, Usage{7, 2, 5, 3}}},
		"gemini": {"/m:streamGenerateContent", []string{
			part(`{"thought":true,"text":"Hm"},{"text":"Hi"}`, ""),
			part(`{"functionCall":{"name":"weather","id":"c1","args":{"city":"Oslo"}}}`, `,"finishReason":"STOP"`),
		}, told{"Hi", "Hm", "STOP", weather, Usage{7, 2, 8, 3}}},
		"interactions": {interactionsURL, []string{
			`{"event_type":"step.start","index":0,"step":{"type":"thought"}}`,
			`{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"type":"text","text":"Hm"}}}`,
			`{"event_type":"step.stop","index":0}`,
			`{"event_type":"step.start","index":1,"step":{"type":"function_call","id":"c1","name":"weather","arguments":{}}}`,
			`{"event_type":"step.delta","index":1,"delta":{"type":"arguments_delta","arguments":"{\"city\":\"Oslo\"}"}}`,
			`{"event_type":"step.stop","index":1}`,
			`{"event_type":"step.delta","index":2,"delta":{"type":"text","text":"Hi"}}`,
			`{"event_type":"interaction.completed","interaction":{"status":"completed","usage":{"total_input_tokens":7,"total_output_tokens":5}}}`,
		}, told{"Hi", "Hm", "completed", map[int]string{1: weather[0]}, Usage{7, 0, 5, 0}}},
		"cohere": {"https://api.cohere.com/v2/chat", []string{
			`{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"Hm"}}}}`,
			`{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"Hi"}}}}`,
			`{"type":"tool-call-start","index":3,"delta":{"message":{"tool_calls":{"id":"c1","type":"function","function":{"name":"weather","arguments":""}}}}}`,
			`{"type":"tool-call-delta","index":3,"delta":{"message":{"tool_calls":{"function":{"arguments":"{\"city\":\"Oslo\"}"}}}}}`,
			`{"type":"tool-call-end","index":3}`,
			`{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":1,"output_tokens":1},"tokens":{"input_tokens":7,"output_tokens":5}}}}`,
		}, told{"Hi", "Hm", "TOOL_CALL", map[int]string{3: weather[0]}, Usage{7, 0, 5, 0}}},
		"aisdk": {"/ui", []string{
			`{"type":"start-step"}`,
			`{"type":"reasoning-delta","id":"r","delta":"Hm"}`,
			`{"type":"tool-input-start","toolCallId":"c1","toolName":"weather"}`,
			`{"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"city\":\"Oslo\"}"}`,
			`{"type":"tool-input-available","toolCallId":"c1","toolName":"weather","input":{"city":"Oslo"}}`,
			`{"type":"text-delta","id":"t","delta":"Hi"}`,
			`{"type":"finish","finishReason":"stop"}`,
		}, told{"Hi", "Hm", "stop", weather, Usage{}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := Find(tc.url, "").NewReader()
			r.WantFacts()
			var got told
			ids := map[int]ToolPart{}
			arguments := map[int]string{}
			for _, data := range tc.events {
				s := r.Read(sse.Event{Data: []byte(data)})
				r.Learn([]byte("data: "+data+"\n\n"), sse.Event{Data: []byte(data)})
				if !assert.Nil(t, s.Failure, data) || !assert.NotNil(t, s.Facts, data) {
					return
				}
				got.text += string(s.Text)
				got.reasoning += string(s.Facts.Reasoning)
				got.finish, got.usage = s.Facts.Finish, s.Facts.Usage
				for _, p := range s.Facts.Tools {
					call := ids[p.Index]
					call.ID, call.Name = call.ID+strings.TrimPrefix(p.ID, call.ID), call.Name+strings.TrimPrefix(p.Name, call.Name)
					call.Whole = call.Whole || p.Whole
					ids[p.Index] = call
					arguments[p.Index] += string(p.Arguments)
				}
			}
			for i, call := range ids {
				if got.calls == nil {
					got.calls = map[int]string{}
				}
				got.calls[i] = call.Name + "(" + arguments[i] + ") " + call.ID + map[bool]string{true: "!"}[call.Whole]
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// TestFacts_oneNumber: there are servers that number each call 0.
func TestFacts_oneNumber(t *testing.T) {
	r := Find(chatURL, "").NewReader()
	r.WantFacts()
	var got []string
	for _, data := range []string{
		`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{}"}}]}}]}`,
		`{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c2","function":{"name":"g","arguments":"{}"}}]}}]}`,
		`{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
	} {
		for _, p := range r.Read(sse.Event{Data: []byte(data)}).Facts.Tools {
			got = append(got, p.ID+p.Name+string(p.Arguments)+map[bool]string{true: "!"}[p.Whole])
		}
	}
	assert.Equal(t, []string{"c1f{}", "!", "c2g{}", "!"}, got)
}

// TestFacts_resumed: what was told before the break counts after it.
func TestFacts_resumed(t *testing.T) {
	events := responsesReply("resp_1", "a", "b")
	r := tracked(responsesURL)
	r.WantFacts()
	read(r, strings.Join(events[:4], ""), 1)
	r.facts.Usage.Input = 7
	next := r.NewResumed()
	s := next.Read(sse.Event{Data: []byte(strings.TrimPrefix(strings.TrimSpace(events[4]), "data: "))})
	assert.Equal(t, "b", string(s.Text))
	assert.EqualValues(t, 7, s.Facts.Usage.Input)
}

// TestFacts_unasked: whoever does not ask is told nothing.
func TestFacts_unasked(t *testing.T) {
	r := Find(chatURL, "").NewReader()
	s := r.Read(sse.Event{Data: []byte(`{"choices":[{"index":0,"delta":{"reasoning":"Hm"}}]}`)})
	assert.True(t, s.Content)
	assert.Nil(t, s.Facts)
}
