package retryhttp_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// TestEmpty: an empty reply is replaced unseen, unless its request ends with the result
// of a tool, which its body tells.
func TestEmpty(t *testing.T) {
	const (
		open = `data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}` + "\n\n"
		hi   = `data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}` + "\n\n"
		end  = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"

		question = `{"messages":[{"role":"user","content":"Hi"}]}`
		answered = `{"messages":[{"role":"user","content":"Hi"},{"role":"tool","content":"21"}]}`
	)
	for name, tc := range map[string]struct {
		transport *retryhttp.Transport
		body      io.Reader
		requests  int
		want      string
	}{
		"a question":                  {&retryhttp.Transport{}, strings.NewReader(question), 2, open + hi + end},
		"a question without GetBody":  {&retryhttp.Transport{}, io.MultiReader(strings.NewReader(question)), 2, open + hi + end},
		"a tool's result":             {&retryhttp.Transport{}, strings.NewReader(answered), 1, open + end},
		"a body that is sent once":    {&retryhttp.Transport{MaxBody: 5}, io.MultiReader(strings.NewReader(question)), 1, open + end},
		"no body":                     {&retryhttp.Transport{}, nil, 1, open + end},
		"switched off":                {&retryhttp.Transport{Options: stream.Options{EmptyAttempts: -1}}, strings.NewReader(question), 1, open + end},
		"no further attempt is to be": {&retryhttp.Transport{Options: stream.Options{BeforeRetry: refuse}}, strings.NewReader(question), 1, open + end},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := retrying(tc.transport, replies(says("text/event-stream", open+end), says("text/event-stream", open+hi+end)))
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://example.test/v1/chat/completions", tc.body)
			require.NoError(t, err)
			res, err := client.Do(req)
			require.NoError(t, err)
			assert.Equal(t, tc.want, read(t, res))
			assert.Len(t, p.Requests(), tc.requests)
		})
	}
}
