package retry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestPolicies: what is only presumed, what repeats, and what comes back empty, in a
// real page.
func TestPolicies(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	const question = `{"stream":true,"model":"m","messages":[{"role":"user","content":"Hi"}]}`
	const answered = `{"stream":true,"model":"m","messages":[{"role":"user","content":"Hi"},{"role":"tool","tool_call_id":"c","content":"21"}]}`
	empty, good := library.ChatBody("stop", ""), library.ChatBody("stop", "Good")
	unsaid := library.ChatBody("", "Half")
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
			provider := site.NewFake(t, chattest.OpenAIChat, tt.steps...)
			got := library.Read(tb, provider.URL+"/v1/chat/completions", tt.init)
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
