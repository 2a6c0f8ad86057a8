package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

// chatBody gives the body of a chat reply whose chunks have these deltas, with a
// reason to finish or none.
func chatBody(finish string, deltas ...string) chattest.Step {
	var b strings.Builder
	for _, delta := range deltas {
		b.WriteString(`data: {"choices":[{"index":0,"delta":{"content":"` + delta + `"},"finish_reason":null}]}` + "\n\n")
	}
	if finish != "" {
		b.WriteString(`data: {"choices":[{"index":0,"delta":{},"finish_reason":"` + finish + `"}]}` + "\n\n")
	}
	b.WriteString("data: [DONE]\n\n")
	return chattest.RawResponse(200, http.Header{"Content-Type": {"text/event-stream"}}, b.String())
}

// TestPolicies: what is only presumed, what repeats, and what comes back empty, in a
// real page.
func TestPolicies(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
	const question = `{"stream":true,"model":"m","messages":[{"role":"user","content":"Hi"}]}`
	const answered = `{"stream":true,"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"tool","tool_call_id":"c","content":"21"}]}`
	empty, good := chatBody("stop", ""), chatBody("stop", "Good")
	unsaid := chatBody("", "Half")
	cut := chattest.EndEarly(3)
	post := func(body string, options map[string]any) map[string]any {
		init := map[string]any{"method": "POST", "body": body}
		for name, value := range options {
			init[name] = value
		}
		return init
	}
	for name, tt := range map[string]struct {
		init     map[string]any
		steps    []chattest.Step
		requests int
		text     string
		message  string // of the error, "" for none
	}{
		"empty, then good":      {post(question, nil), []chattest.Step{empty, good}, 2, "Good", ""},
		"empty again and again": {post(question, nil), []chattest.Step{empty, empty, empty, good}, 3, "", ""},
		"emptyAttempts: 0":      {post(question, map[string]any{"emptyAttempts": 0}), []chattest.Step{empty, good}, 1, "", ""},
		"a tool's result":       {post(answered, nil), []chattest.Step{empty, good}, 1, "", ""},
		"no reason to finish":   {post(question, nil), []chattest.Step{unsaid, unsaid, unsaid, good}, 3, "Half", ""},
		"alike":                 {post(question, map[string]any{"maxAlike": 3}), []chattest.Step{cut, cut, cut, good}, 3, "", "Attempt after attempt broke off after the same "},
		"maxAlike: 0":           {post(question, map[string]any{"maxAlike": 0}), []chattest.Step{cut, cut, cut, cut, cut, cut, good}, 7, "Good", ""},
	} {
		t.Run(name, func(t *testing.T) {
			provider := newFake(t, chattest.OpenAIChat, tt.steps...)
			got := read(tb, provider.URL+"/v1/chat/completions", tt.init)
			assert.Len(t, provider.Requests(), tt.requests)
			if tt.message != "" {
				require.NotNil(t, got.Error)
				assert.Contains(t, got.Error.Message, tt.message)
				return
			}
			require.Nil(t, got.Error)
			assert.Equal(t, tt.text, got.Text)
		})
	}
}

// TestPolicies_relayed: an SDK sees neither an empty reply that is replaced, nor an error
// after what its server ended.
func TestPolicies_relayed(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for name, tt := range map[string]struct {
		steps    []chattest.Step
		requests int
		want     string
	}{
		"empty, then good":      {[]chattest.Step{chatBody("stop", ""), chatBody("stop", "Good")}, 2, string(chatBody("stop", "Good").Body)},
		"empty again and again": {[]chattest.Step{chatBody("stop", ""), chatBody("stop", ""), chatBody("stop", "")}, 3, string(chatBody("stop", "").Body)},
		"no reason to finish":   {[]chattest.Step{chatBody("", "Half"), chatBody("stop", "Good")}, 1, string(chatBody("", "Half").Body)},
	} {
		t.Run(name, func(t *testing.T) {
			provider := newFake(t, chattest.OpenAIChat, tt.steps...)
			got := relay(tb, provider.URL+"/v1/chat/completions")
			assert.Nil(t, got.Error)
			assert.Equal(t, tt.want, got.Text)
			assert.Len(t, provider.Requests(), tt.requests)
		})
	}
}
