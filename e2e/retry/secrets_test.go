package retry_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestSecrets sends a key in a header and in the URL's query to providers that
// fail in every way, and that repeat the key. It must appear in nothing that
// the page can see, whatever its form.
func TestSecrets(t *testing.T) {
	t.Parallel()
	keys := map[string]string{
		"openai":    "sk-proj-Zx9vQ2mT7bLw4KpR8sYd",
		"anthropic": "sk-ant-api03-Zx9vQ2mT7bLw4KpR8sYd-AA",
		"google":    "AIzaSyZx9vQ2mT7bLw4KpR8sYdZx9vQ2mT7bLw4",
		"hex":       "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c",
		"jwt":       "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
	}
	tb := library.Open(t)
	for form, key := range keys {
		t.Run(form, func(t *testing.T) {
			says := chattest.Error{Status: 401, Code: "invalid_api_key", Message: "Incorrect API key provided: " + key + ". You can find your key in the settings."}
			busy := chattest.Error{Status: 429, Message: "Too many requests with the key " + key + "."}
			failing := []chattest.Step{chattest.ErrorResponse(busy), chattest.CutAfterEvents(4), chattest.FailInStream(4, busy)}
			for name, last := range map[string]chattest.Step{
				"response":    chattest.ErrorResponse(says),
				"in stream":   chattest.FailInStream(4, says),
				"plain text":  chattest.RawResponse(403, http.Header{"Content-Type": {"text/plain"}}, "Forbidden: Authorization: Bearer "+key),
				"web page":    chattest.RawResponse(200, http.Header{"Content-Type": {"text/html"}}, "<p>No route for /?key="+key+"</p>"),
				"other shape": chattest.Fail(400, map[string]any{"detail": "unknown parameter api_key=" + key}),
			} {
				provider := site.NewFake(t, chattest.OpenAIChat, append(failing, last)...)
				got := library.Read(tb, provider.URL+site.ChatPath+"?key="+key, map[string]any{
					"headers": map[string]any{"authorization": "Bearer " + key, "x-api-key": key, "content-type": "application/json"},
				})
				require.NotNil(t, got.Error, name)
				assert.Len(t, got.Retries, len(failing), name)
				require.Len(t, provider.Requests(), len(failing)+1, name)
				assert.Equal(t, "Bearer "+key, provider.Requests()[len(failing)].Header.Get("Authorization"))
				all := browser.Call[string](tb, "allOf", []any{got.Retries, got.Statuses, got.Error})
				assert.NotContains(t, all, key, name)
				// Not even a good part of it.
				assert.NotContains(t, all, key[len(key)/2:], name)
			}
		})
	}
}

// TestSecretsOfDeadProviders: nor when nobody answers, or the browser says no.
func TestSecretsOfDeadProviders(t *testing.T) {
	t.Parallel()
	const key = "sk-proj-Zx9vQ2mT7bLw4KpR8sYd"
	tb := library.Open(t)
	tb.Allow("CORS policy")
	noCORS := chattest.NewOpenAIChat(t)
	for _, url := range []string{site.DeadURL(t), noCORS.URL} {
		got := library.Read(tb, url+site.ChatPath+"?key="+key, map[string]any{"maxAttempts": 2, "headers": map[string]any{"authorization": "Bearer " + key}})
		require.NotNil(t, got.Error)
		all := browser.Call[string](tb, "allOf", []any{got.Retries, got.Statuses, got.Error})
		assert.NotContains(t, all, key)
	}
}
