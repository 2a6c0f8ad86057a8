package dialect_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/sse"
)

// stated puts what an event states into words, in the order of Fact's members.
func stated(f *dialect.Fact, data string) string {
	var words []string
	say := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	for _, s := range f.Texts {
		say(true, "text=%s", data[s.Start:s.End])
	}
	for _, s := range f.Reasoning {
		say(true, "thought=%s", data[s.Start:s.End])
	}
	kinds := [...]string{"part", "note", "whole", "end", "broken"}
	for _, tool := range f.Tools {
		say(true, "tool %s %d:%s:%s:%s", kinds[tool.Kind], tool.Index, tool.ID, tool.Name, tool.Arguments)
	}
	u := f.Usage
	say(u.Known, "usage=%d,%d,%d,%d", u.Input, u.Cached, u.Output, u.Reasoning)
	say(f.Progress, "progress")
	say(f.Content, "content")
	say(f.Seen != 0, "seen=%b finished=%b active=%b", f.Seen, f.Finished, f.Active)
	say(f.Finish != nil, "finish=%s", f.Finish)
	say(f.Complete, "complete")
	say(f.Reopens, "reopens")
	say(f.Done, "done")
	say(f.Refused, "refused")
	say(f.Canceled, "canceled")
	say(f.Failed, "failed")
	say(f.Error != nil, "error=%s", f.Error)
	say(f.ErrorText != nil, "sentence=%s", f.ErrorText)
	p := f.Place
	say(p.Reply != nil, "reply=%s", p.Reply)
	say(p.Opens, "opens")
	say(p.Stored, "stored")
	say(p.Numbered, "number=%d", p.Number)
	say(p.Token != nil, "token=%s", p.Token)
	say(p.Item != nil, "item=%s", p.Item)
	say(p.NewItem != nil, "new=%s", p.NewItem)
	say(p.Aside, "aside")
	say(p.Status, "status")
	return strings.Join(words, " ")
}

// TestParse has an event of each kind that an API sends, as its documentation shows
// them, and what it states.
func TestParse(t *testing.T) {
	const failed = `{"error":{"message":"no"}}`
	for name, tc := range map[string]struct {
		d                *dialect.Dialect
		typ, data, wants string
	}{
		"chat, opening": {&dialect.Chat, "", `{"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`,
			"text= progress seen=1 finished=0 active=0 reply=c1 opens"},
		"chat, text": {&dialect.Chat, "", `{"id":"c1","choices":[{"index":0,"delta":{"content":"Hi"}}]}`,
			"text=Hi progress content seen=1 finished=0 active=1 reply=c1"},
		"chat, the text of another choice": {&dialect.Chat, "", `{"choices":[{"index":1,"delta":{"content":"Hi"}}]}`,
			"progress content seen=10 finished=0 active=10"},
		"chat, a thought": {&dialect.Chat, "", `{"choices":[{"delta":{"reasoning_content":"Hm"}}]}`,
			"thought=Hm progress content seen=1 finished=0 active=0"},
		"chat, a tool call": {&dialect.Chat, "", `{"choices":[{"delta":{"tool_calls":[{"index":1,"id":"t","function":{"name":"f","arguments":"{"}}]}}]}`,
			"tool part 1:t:f:{ progress content seen=1 finished=0 active=1"},
		"chat, finish": {&dialect.Chat, "", `{"choices":[{"delta":{},"finish_reason":"stop"}]}`,
			"tool end 0::: progress seen=1 finished=1 active=0 finish=stop"},
		"chat, finish at a limit": {&dialect.Chat, "", `{"choices":[{"delta":{},"finish_reason":"length"}]}`,
			"tool broken 0::: progress seen=1 finished=1 active=0 finish=length"},
		"chat, no reason": {&dialect.Chat, "", `{"choices":[{"delta":{},"finish_reason":"null"}]}`,
			"progress seen=1 finished=0 active=0"},
		"chat, usage": {&dialect.Chat, "", `{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}`,
			"usage=9,4,5,3"},
		"chat, error":           {&dialect.Chat, "", failed, "error=" + failed + " aside"},
		"chat, an error's name": {&dialect.Chat, "error", `{}`, "error={} aside"},
		"chat, no error":        {&dialect.Chat, "", `{"error":null,"choices":[]}`, ""},
		"chat, a flat error":    {&dialect.Chat, "", `{"code":"x","message":"no"}`, `error={"code":"x","message":"no"} aside`},
		"chat, end":             {&dialect.Chat, "", " [DONE]", "done"},
		"messages, opening": {&dialect.Messages, "message_start", `{"type":"message_start","message":{"id":"m1","usage":{"input_tokens":9}}}`,
			"usage=9,0,0,0 reply=m1 opens"},
		"messages, ping": {&dialect.Messages, "ping", `{"type":"ping"}`, "status"},
		"messages, text": {&dialect.Messages, "content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}`,
			"text=Hi progress content"},
		"messages, a tool call": {&dialect.Messages, "content_block_start", `{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}`,
			"tool part 0::: tool note 1:t:f: progress"},
		"messages, reason": {&dialect.Messages, "message_delta", `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`,
			"progress finish=end_turn"},
		"messages, end": {&dialect.Messages, "message_stop", `{"type":"message_stop"}`, "progress complete done"},
		"gemini, text": {&dialect.GenerateContent, "", `{"responseId":"r","candidates":[{"content":{"parts":[{"text":"Hi"}]}}]}`,
			"text=Hi progress content seen=1 finished=0 active=1 reply=r"},
		"gemini, a thought and the end": {&dialect.GenerateContent, "", `{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}]},"finishReason":"STOP"}]}`,
			"thought=Hm progress content seen=1 finished=1 active=0 finish=STOP"},
		"gemini, a call": {&dialect.GenerateContent, "", `{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}}}]}}]}`,
			`tool whole 0::f:{"a":1} progress content seen=1 finished=0 active=1`},
		"gemini, refused": {&dialect.GenerateContent, "", `{"promptFeedback":{"blockReason":"SAFETY"}}`, "refused"},
		"gemini, usage": {&dialect.GenerateContent, "", `{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"thoughtsTokenCount":3}}`,
			"usage=9,0,8,3"},
		"responses, opening": {&dialect.Responses, "", `{"type":"response.created","response":{"id":"resp_1","background":true},"sequence_number":0}`,
			"reply=resp_1 opens stored number=0"},
		"responses, not kept": {&dialect.Responses, "", `{"type":"response.created","response":{"background":true,"store":false}}`, "opens"},
		"responses, a part": {&dialect.Responses, "", `{"type":"response.output_item.added","item":{"type":"function_call","id":"i","call_id":"t","name":"f"},"output_index":1}`,
			"tool note 1:t:f: progress new=i"},
		"responses, text": {&dialect.Responses, "", `{"type":"response.output_text.delta","delta":"Hi","item_id":"i","sequence_number":4}`,
			"text=Hi progress content number=4 item=i"},
		"responses, end":    {&dialect.Responses, "", `{"type":"response.completed","response":{}}`, "progress finish=completed complete done"},
		"responses, failed": {&dialect.Responses, "", `{"type":"response.failed","response":` + failed + `}`, "progress failed error=" + failed + " aside"},
		"interactions, text": {&dialect.Interactions, "", `{"event_type":"step.delta","event_id":"e4","delta":{"type":"text","text":"Hi"}}`,
			"text=Hi progress content token=e4"},
		"interactions, status": {&dialect.Interactions, "", `{"event_type":"interaction.status_update","interaction_id":"v","status":"in_progress"}`,
			"reply=v status"},
		"interactions, canceled": {&dialect.Interactions, "", `{"event_type":"interaction.completed","interaction":{"status":"cancelled"}}`,
			"progress finish=cancelled complete done canceled"},
		"cohere, text": {&dialect.Cohere, "", `{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}`,
			"text=Hi progress content"},
		"cohere, failed": {&dialect.Cohere, "", `{"type":"message-end","delta":{"error":"no","finish_reason":"COMPLETE"}}`,
			"progress finish=ERROR complete done"},
		"ollama, text":    {&dialect.Ollama, "", `{"message":{"role":"assistant","content":"Hi"},"done":false}`, "text=Hi progress content"},
		"ollama, end":     {&dialect.Ollama, "", `{"response":"","done":true,"done_reason":"stop","eval_count":5}`, "text= usage=0,0,5,0 progress finish=stop complete done"},
		"ai sdk, opening": {&dialect.AISDK, "", `{"type":"start"}`, "opens"},
		"ai sdk, text":    {&dialect.AISDK, "", `{"type":"text-delta","id":"0","delta":"Hi"}`, "text=Hi progress content reopens"},
		"ai sdk, a call of the server's own": {&dialect.AISDK, "", `{"type":"tool-input-available","toolCallId":"t","toolName":"f","input":{},"providerExecuted":true}`,
			"progress content reopens"},
		"ai sdk, error":   {&dialect.AISDK, "", `{"type":"error","errorText":"no"}`, `error={"type":"error","errorText":"no"} sentence=no aside`},
		"ai sdk, stopped": {&dialect.AISDK, "", `{"type":"abort"}`, "progress finish=abort aside"},
	} {
		t.Run(name, func(t *testing.T) {
			// What the event before stated is forgotten.
			f := dialect.Fact{All: true, WithPlace: true}
			before := `{"id":"before","choices":[{"delta":{"content":"x","tool_calls":[{"id":"t"}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}`
			assert.True(t, dialect.Chat.Parse(sse.Event{Data: []byte(before)}, &f))
			ev := sse.Event{Type: []byte(tc.typ), Data: []byte(tc.data)}
			assert.True(t, tc.d.Parse(ev, &f))
			assert.Equal(t, tc.wants, stated(&f, tc.data))
		})
	}
}

// TestParseText: who wants the text alone is told of nothing that takes time to read.
func TestParseText(t *testing.T) {
	for data, wants := range map[string]string{
		`{"choices":[{"delta":{"content":"Hi","reasoning":"Hm"}}],"usage":{"prompt_tokens":9}}`: "text=Hi progress content seen=1 finished=0 active=1",
		`{"id":"c1","choices":[{"delta":{"reasoning":"Hm"}}]}`:                                  "progress seen=1 finished=0 active=0",
	} {
		var f dialect.Fact
		assert.True(t, dialect.Chat.Parse(sse.Event{Data: []byte(data)}, &f))
		assert.Equal(t, wants, stated(&f, data))
	}
}

// TestParseDamaged: what stands before the damage is stated.
func TestParseDamaged(t *testing.T) {
	for _, d := range []*dialect.Dialect{
		&dialect.Chat, &dialect.Messages, &dialect.GenerateContent, &dialect.Responses, &dialect.Interactions,
		&dialect.Cohere, &dialect.Ollama, &dialect.AISDK,
	} {
		var f dialect.Fact
		assert.False(t, d.Parse(sse.Event{Data: []byte(`{"error":{"message":"no"},"choi`)}, &f))
		assert.NotNil(t, f.Error)
		assert.False(t, d.Parse(sse.Event{Data: []byte("no JSON at all")}, &f))
		assert.Nil(t, f.Error)
	}
}
