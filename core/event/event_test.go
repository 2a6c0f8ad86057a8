package event_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

var at = time.Date(2026, 11, 22, 14, 5, 0, 250e6, time.UTC)

func TestChatStreamRetryJSON(t *testing.T) {
	got, err := json.Marshal(event.ChatStreamEvent{Type: event.TypeRetry, Retry: &event.ChatStreamRetry{
		Attempt: 3, DelayMs: 4000, Error: "Anthropic is temporarily overloaded.", RetryingAt: at,
		Kind: failure.Overloaded, Provider: "anthropic", StatusCode: 529,
	}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"retry","retry":{"attempt":3,"delay_ms":4000,
		"error":"Anthropic is temporarily overloaded.","retrying_at":"2026-11-22T14:05:00.25Z",
		"kind":"overloaded","provider":"anthropic","status_code":529}}`, string(got))
}

// TestAppendJSON holds the hand-written objects to the json tags.
func TestAppendJSON(t *testing.T) {
	type wire interface{ AppendJSON(b []byte) []byte }
	const awkward = "\x00 \x1f \t\n \" \\ </script> é 你 🚀 \u2028"
	for name, v := range map[string]wire{
		"retry":        event.ChatStreamRetry{2, 2000, "why", at, failure.RateLimit, "openai", 429},
		"empty retry":  event.ChatStreamRetry{},
		"status":       event.ChatStreamStatus{event.PhaseRetrying, 2, "why", failure.RateLimit, "openai", 429, "detail", 2000, &at, &at, &at},
		"empty status": event.ChatStreamStatus{},
		"awkward":      event.ChatStreamError{Message: awkward, Detail: awkward, Attempts: -1},
		"error":        event.ChatStreamError{"why", failure.Auth, "openai", true, 401, "detail", 2, 1500},
		"empty error":  event.ChatStreamError{},
	} {
		t.Run(name, func(t *testing.T) {
			// The literals above have no field names, so that a new field does not
			// compile until it is given here.
			want, err := json.Marshal(v)
			require.NoError(t, err)
			assert.JSONEq(t, string(want), string(v.AppendJSON(nil)))
			assert.Equal(t, "kept", string(v.AppendJSON([]byte("kept"))[:4]))
		})
	}
}
