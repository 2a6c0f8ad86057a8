package failure

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestServerText(t *testing.T) {
	for _, tt := range []struct {
		text      string
		status    int
		kind      Kind
		retryable bool
		code      int
	}{
		// A server's own patience, network and address are not this program's.
		{"context deadline exceeded", 0, Timeout, true, 0},
		{"context canceled", 0, Server, true, 0},
		{"dial tcp: lookup x: no such host", 0, Network, true, 0},
		{"TypeError: Failed to fetch", 0, Network, true, 0},
		{"The Internet connection appears to be offline.", 0, Server, true, 0},
		{"Cross-Origin Request Blocked", 0, Server, true, 0},
		// A status decides, as elsewhere.
		{"context canceled", 401, Auth, false, 401},
		{"status 403: context canceled", 0, Permission, false, 403},
		{"[429] later", 0, RateLimit, true, 429},
		{"<404> not here", 0, ModelNotFound, false, 404},
		// Presuming is for whoever knows the place.
		{"boom", 0, Unknown, false, 0},
		{"boom", 200, Unknown, false, 0},
		{"", 0, Unknown, false, 0},
		{"boom", 999, Server, true, 999},
	} {
		kind, retryable, code := ServerText(tt.text, tt.status)
		assert.Equal(t, tt.kind, kind, tt.text)
		assert.Equal(t, tt.retryable, retryable, tt.text)
		assert.Equal(t, tt.code, code, tt.text)
	}
}

func TestUnknownStatus(t *testing.T) {
	for code := -1; code <= 1100; code++ {
		unknown := code >= 512 && code < 520 || code > 530 && code < 598 || code >= 600 && code <= 999
		assert.Equal(t, unknown, UnknownStatus(code), "status %d", code)
		if unknown {
			assert.True(t, StatusCodeRetryable(code), "status %d", code)
			assert.True(t, Text("boom", code).Presumed, "status %d", code)
		}
	}
	assert.False(t, Text("overloaded", 555).Presumed, "the words are known")
	assert.False(t, Text("boom", 500).Presumed)
}

func TestPresumedMessage(t *testing.T) {
	f := New(Server, 0)
	f.Presumed = true
	assert.Equal(t, "OpenAI reported an error that is not known. Trying a few more times.", f.WithProvider("openai", "OpenAI").Message)
	assert.Equal(t, "The AI provider reported an error that is not known. Trying a few more times.", f.WithProvider("", "").Message)
	f.Kind = Truncated
	assert.Equal(t, "The reply from OpenAI may have broken off. Trying a few more times.", f.WithProvider("openai", "OpenAI").Message)
	f.Kind = Unknown
	assert.Equal(t, "The request to the AI provider failed for a reason that is not known. Trying a few more times.", f.WithProvider("", "").Message)
	f.Retryable = false
	assert.Equal(t, Message(Unknown, false, ""), f.WithProvider("", "").Message)
}

// What a complaint quotes is asked only where the rest says nothing.
func TestQuotations(t *testing.T) {
	for text, want := range map[string]Kind{
		`Unknown value: 'the maximum context length is exceeded'`:    InvalidRequest,
		`Unknown value: "the maximum context length is exceeded"`:    InvalidRequest,
		"Unknown value: `the maximum context length is exceeded`":    InvalidRequest,
		`It says 'the maximum context length is exceeded'`:           ContextExceeded,
		`This model's maximum context length isn't the user's limit`: ContextExceeded,
		`{"error": {"message": "the prompt is too long"}}`:           ContextExceeded,
		`{'error': {'message': 'the prompt is too long'}}`:           ContextExceeded,
		`[{\"message\":\"the prompt is too long\"}]`:                 ContextExceeded,
	} {
		assert.Equal(t, want, Text(text, 400).Kind, text)
	}
}

// A text of quotes that end nowhere takes no longer than others.
func BenchmarkQuotes(b *testing.B) {
	text := strings.Repeat("('x ", maxText/4)
	for b.Loop() {
		ServerText(text, 0)
	}
}
