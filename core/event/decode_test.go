//go:build !js

package event_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
)

// TestDecode: what was written is what is read.
func TestDecode(t *testing.T) {
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			want := event.ChatStreamEvent{Seq: 12, Body: body}
			var got event.ChatStreamEvent
			require.NoError(t, json.Unmarshal(want.AppendJSON(nil), &got))
			assert.Equal(t, want, got)
		})
	}
}

func TestDecodeOther(t *testing.T) {
	was := event.ChatStreamEvent{Seq: 1, Body: event.ChatStreamReset{Attempt: 2}}
	for text, want := range map[string]string{
		`{"type":"reset","seq":0,"attempt":2}`:    "seq is 0, and counts from 1",
		`{"type":"reset","attempt":2}`:            "seq is 0, and counts from 1",
		`{"type":"reset","seq":-1,"attempt":2}`:   "seq is -1, and counts from 1",
		`{"type":"reset","seq":1.5,"attempt":2}`:  "cannot unmarshal number 1.5",
		`{"type":"reset","seq":"1","attempt":2}`:  "cannot unmarshal string",
		`{"type":"reset","seq":1,"attempt":"2"}`:  "cannot unmarshal string",
		`{"type":1,"seq":1}`:                      "cannot unmarshal number",
		`[]`:                                      "cannot unmarshal array",
		`{"type":"reset","seq":1,"attempt":2`:     "unexpected end of JSON input",
		`{"type":"reset","seq":1,"attempt":2} {}`: "invalid character",
	} {
		got := was
		assert.ErrorContains(t, json.Unmarshal([]byte(text), &got), want, text)
		assert.Equal(t, was, got, text)
	}
	for _, unknown := range []string{`{"type":"later","seq":3,"attempt":2}`, `{"seq":3}`} {
		var got event.ChatStreamEvent
		require.ErrorIs(t, json.Unmarshal([]byte(unknown), &got), event.ErrUnknownType)
		assert.Equal(t, event.ChatStreamEvent{Seq: 3}, got)
	}
	var got event.ChatStreamEvent
	require.NoError(t, json.Unmarshal([]byte(`{"type":"reset","seq":3,"attempt":2,"later":[]}`), &got), "a newer server may say more")
	assert.Equal(t, event.ChatStreamEvent{Seq: 3, Body: event.ChatStreamReset{Attempt: 2}}, got)
}

func ExampleChatStreamEvent() {
	line := event.ChatStreamEvent{Seq: 1, Body: event.ChatStreamMessage{Event: "message", Data: "{}", Text: "Hi"}}.AppendJSON(nil)
	fmt.Println(string(line))

	var e event.ChatStreamEvent
	if err := json.Unmarshal(line, &e); err != nil {
		fmt.Println(err)
	}
	switch body := e.Body.(type) {
	case event.ChatStreamMessage:
		fmt.Println(e.Seq, body.Text)
	case event.ChatStreamReset:
		fmt.Println(e.Seq, "all before it is void")
	}
	// Output:
	// {"type":"message","seq":1,"event":"message","data":"{}","id":"","text":"Hi"}
	// 1 Hi
}
