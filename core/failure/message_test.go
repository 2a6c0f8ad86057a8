package failure

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNew(t *testing.T) {
	for _, kind := range allKinds {
		f := New(kind, 418).WithProvider("openai", "OpenAI")
		assert.Equal(t, kind, f.Kind)
		assert.Equal(t, "openai", f.Provider)
		assert.Equal(t, 418, f.StatusCode)
		assert.Equal(t, Message(kind, f.Retryable, "OpenAI"), f.Message)
		assert.Empty(t, f.Detail)
	}
	retryable := map[Kind]bool{RateLimit: true, Overloaded: true, Server: true, Timeout: true,
		Network: true, Truncated: true, Stalled: true, Offline: true}
	for _, kind := range allKinds {
		assert.Equal(t, retryable[kind], New(kind, 0).Retryable, kind)
	}
	assert.Equal(t, New(Unknown, 0), New("", 0))
}

func TestMessage(t *testing.T) {
	messages := map[string]Kind{}
	for _, kind := range allKinds {
		now, final := Message(kind, true, "OpenAI"), Message(kind, false, "OpenAI")
		require.True(t, strings.HasPrefix(final, now), "%s: %q does not go on as %q", kind, now, final)
		if kind != Canceled {
			assert.Greater(t, len(final), len(now), "%s does not say what to do", kind)
		}
		for _, m := range []string{now, final} {
			assert.LessOrEqual(t, len(m), 160, m)
			assert.True(t, strings.HasSuffix(m, "."), m)
			assert.NotContains(t, m, "{}")
			assert.NotContains(t, m, "!")
		}
		assert.Equal(t, 1, strings.Count(now, "."), "%q is not one sentence", now)
		if kind != Offline && kind != Canceled {
			assert.Contains(t, now, "OpenAI")
		}
		other, taken := messages[now]
		assert.False(t, taken, "%s and %s have the same message", kind, other)
		messages[now] = kind
	}
	assert.Equal(t, Message(Unknown, true, "X"), Message("no such kind", true, "X"))
}

func TestMessageNameInSentence(t *testing.T) {
	assert.Equal(t, "The AI provider is temporarily overloaded.", Message(Overloaded, true, ""))
	assert.Equal(t, "The connection to the AI provider failed.", Message(Network, true, ""))
	assert.Equal(t, "The connection to OpenAI failed.", Message(Network, true, "OpenAI"))
	assert.Equal(t, "OpenAI did not accept the API key. Check that it is complete and still active.",
		Message(Auth, false, "OpenAI"))
}

func TestWithProvider(t *testing.T) {
	f := Text("status 429, please wait", 0)
	f.RetryAfter = 30
	require.Empty(t, f.Provider)

	openai := f.WithProvider("openai", "OpenAI")
	assert.Equal(t, "openai", openai.Provider)
	assert.Equal(t, "OpenAI is limiting requests for the moment.", openai.Message)
	assert.Empty(t, f.Provider, "the original changed")

	azure := openai.WithProvider("azure", "Azure OpenAI")
	assert.Equal(t, "Azure OpenAI is limiting requests for the moment.", azure.Message)
	openai.Provider, openai.Message = azure.Provider, azure.Message
	assert.Equal(t, openai, azure, "something else changed")

	own := f.WithProvider("my-gateway", "")
	assert.Equal(t, "my-gateway", own.Provider)
	assert.Equal(t, "The AI provider is limiting requests for the moment.", own.Message)
	assert.Equal(t, f, azure.WithProvider("", ""))
}

func TestBlockedMessage(t *testing.T) {
	for cause, want := range map[string]string{"lost": "it broke, or this page is not allowed there (CORS)", "cors": "CORS", "csp": "connect-src", "mixed-content": "https"} {
		assert.Contains(t, BlockedMessage("BlockedError: "+cause, "OpenAI"), want)
		assert.Contains(t, BlockedMessage("BlockedError: "+cause, "OpenAI"), "OpenAI")
		assert.Contains(t, BlockedMessage("BlockedError: "+cause, ""), "the AI provider")
	}
	for _, other := range []string{"", "cors", "BlockedError: what", "TypeError: Failed to fetch"} {
		assert.Empty(t, BlockedMessage(other, "OpenAI"), other)
	}
}
