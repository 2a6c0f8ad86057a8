package provider

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAsks(t *testing.T) {
	for body, want := range map[string]bool{
		`{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true}`:                                       true,
		`{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}`: true,
		`{"messages":[{"role":"tool","tool_call_id":"c","content":"21"},{"role":"user","content":"So?"}]}`:              true,
		`{"input":"Hi"}`:     true,
		`{"question":"Hi"}`:  true, // of a page's own server
		`{"prompt":["Hi"]}`:  true,
		`{"messages":[]}`:    true,
		`{"messages":"odd"}`: true,
		`{"contents":[{"role":"user","parts":[{"text":"a \"functionResponse\" of mine"}]}]}`: true,
		// What only looks like a role or a result.
		`{"messages":[{"role":"mod","content":"a"}]}`:                                              true,
		`{"messages":[{"role":"tool function","content":"a"}]}`:                                    true,
		`{"messages":[{"role":"user","content":"what is my_result"}]}`:                             true,
		`{"messages":[{"role":"user","name":"last_call_output","content":[{"type":"text"}]}]}`:     true,
		`{"contents":[{"role":"user","parts":[{"text":"functionResponse"}]}]}`:                     true,
		`{"messages":[{"role":"\u0061ssistant","content":"b"}]}`:                                   false,
		`{"messages":[{"role":"user","content":[{"type":"\u0074ool_result","tool_use_id":"c"}]}]}`: false,

		// The result of a tool, in each API.
		`{"messages":[{"role":"user","content":"a"},{"role":"tool","tool_call_id":"c","content":"21"}]}`:                              false,
		`{"messages":[{"content":"21","role":"function","name":"f"}],"stream":true}`:                                                  false,
		`{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":[{"type":"text","text":"21"}]}]}]}`: false,
		`{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"c"},{"type":"text","text":"Go on."}]}]}`:         false,
		`{"input":[{"role":"user","content":"a"},{"type":"function_call_output","call_id":"c","output":"21"}]}`:                       false,
		`{"input":[{"type":"computer_call_output","call_id":"c","output":{}}]}`:                                                       false,
		`{"input":[{"type":"function_result","name":"f","call_id":"c","result":{}}]}`:                                                 false,
		`{"contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}]}`:                                    false,
		`{"contents":[{"parts":[{"text":"a"},{"function_response":{"name":"f"}}]}]}`:                                                  false,
		// Of the AI SDK: the tool's result is a part of what the model said.
		`{"id":"x","messages":[{"role":"user","parts":[]},{"role":"assistant","parts":[{"type":"tool-weather","state":"output-available"}]}]}`: false,
		// What the model said.
		`{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}`: false,
		`{"contents":[{"role":"model","parts":[{"text":"b"}]}]}`:                          false,

		// What is not known.
		"": false, "Hi": false, "[]": false, `"Hi"`: false, "null": false, "--x\r\n": false, "a=b": false,
		`{"messages":[{"role":"user","content":"Hi"}`:                 false, // half of it
		`{"messages":[{"role":"user","content":"Hi"}]} and something`: false,
	} {
		assert.Equal(t, want, Asks([]byte(body)), body)
	}
	deep := `{"messages":[` + strings.Repeat(`{"content":[`, 10000) + strings.Repeat(`]}`, 10000) + `]}`
	assert.True(t, Asks([]byte(deep)))
}

func FuzzAsks(f *testing.F) {
	f.Add(`{"messages":[{"role":"user","content":[{"type":"tool_result"}]}]}`)
	f.Add(`{"contents":[{"parts":[{"functionResponse":{}}]}]}`)
	f.Fuzz(func(_ *testing.T, body string) { Asks([]byte(body)) })
}
