package stream_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// TestFacts: who asks is told of tool calls, reasoning, usage and the reason to
// finish, for each event, however alike they are; and the text is the same.
func TestFacts(t *testing.T) {
	var body strings.Builder
	chunk := func(rest string) { fmt.Fprintf(&body, "data: {\"choices\":[{\"index\":0,%s}]}\n\n", rest) }
	for i := range 9 {
		chunk(fmt.Sprintf(`"delta":{"reasoning":"hm%d "}`, i))
	}
	chunk(`"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":""}}]}`)
	for i := range 9 {
		chunk(fmt.Sprintf(`"delta":{"tool_calls":[{"index":0,"function":{"arguments":"%d"}}]}`, i))
	}
	for range 9 {
		chunk(`"delta":{"content":"word "},"finish_reason":null`)
	}
	chunk(`"delta":{},"finish_reason":"stop"`)
	body.WriteString("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":5}}\n\ndata: [DONE]\n\n")

	for _, wanted := range []bool{true, false} {
		for _, size := range []int{body.Len(), 7} {
			var text, reasoning, arguments string
			var last provider.Facts
			s := mustNew(stream.Options{URL: chatURL, MaxAttempts: 1, Facts: wanted, OnEvent: func(ev *stream.Event) {
				text += string(ev.Text)
				if ev.Facts == nil {
					assert.False(t, wanted && string(ev.Data) != "[DONE]", "%s", ev.Data)
					return
				}
				last = *ev.Facts
				reasoning += string(ev.Facts.Reasoning)
				for _, p := range ev.Facts.Tools {
					arguments += string(p.Arguments)
				}
			}})
			err := s.Run(t.Context(), func(_ context.Context, a *stream.Attempt) error {
				return feed([]byte(body.String()), func(rest int) int { return min(rest, size) })(t.Context(), a)
			})
			require.NoError(t, err)
			assert.Equal(t, strings.Repeat("word ", 9), text)
			if !wanted {
				assert.Empty(t, reasoning+arguments)
				continue
			}
			assert.Equal(t, "hm0 hm1 hm2 hm3 hm4 hm5 hm6 hm7 hm8 ", reasoning)
			assert.Equal(t, "012345678", arguments)
			assert.Equal(t, "stop", last.Finish)
			assert.Equal(t, provider.Usage{Input: 7, Output: 5}, last.Usage)
		}
	}
}
