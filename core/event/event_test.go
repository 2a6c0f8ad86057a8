package event_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
)

var at = time.Date(2026, 11, 22, 14, 5, 0, 250e6, time.UTC)

func TestChatStreamRetryJSON(t *testing.T) {
	got, err := json.Marshal(event.ChatStreamEvent{Seq: 5, Body: event.ChatStreamRetry{
		Attempt: 3, DelayMs: 4000, Error: "Anthropic is temporarily overloaded.", RetryingAt: at,
		Kind: failure.Overloaded, Provider: "anthropic", StatusCode: 529,
	}})
	require.NoError(t, err)
	assert.JSONEq(t, `{"type":"retry","seq":5,"attempt":3,"delay_ms":4000,
		"error":"Anthropic is temporarily overloaded.","retrying_at":"2026-11-22T14:05:00.25Z",
		"kind":"overloaded","provider":"anthropic","status_code":529}`, string(got))
}

const awkward = "\x00 \x1f \t\n \" \\ </script> é 你 🚀 \u2028"

// bodies are bodies of each type. The literals have no field names, so that a new
// field does not compile until it is given here.
var bodies = map[string]event.Body{
	"message":       event.ChatStreamMessage{"delta", `{"a":1}`, "7", "Hello"},
	"empty message": event.ChatStreamMessage{},
	"awkward":       event.ChatStreamMessage{awkward, awkward, awkward, awkward},
	"reset":         event.ChatStreamReset{2},
	"empty reset":   event.ChatStreamReset{},
	"retry":         event.ChatStreamRetry{2, 2000, "why", at, failure.RateLimit, "openai", 429},
	"empty retry":   event.ChatStreamRetry{},
	"status":        event.ChatStreamStatus{event.PhaseRetrying, 2, "why", failure.RateLimit, "openai", 429, "detail", 2000, &at, &at, &at},
	"empty status":  event.ChatStreamStatus{},
	"awkward error": event.ChatStreamError{Message: awkward, Detail: awkward, Attempts: -1},
	"error":         event.ChatStreamError{"why", failure.Auth, "openai", true, 401, "detail", 2, 1500},
	"empty error":   event.ChatStreamError{},
}

// TestAppendJSON holds the hand-written objects to the json tags.
func TestAppendJSON(t *testing.T) {
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			want, err := json.Marshal(body)
			require.NoError(t, err)
			assert.JSONEq(t, string(want), string(body.AppendJSON(nil)))
			assert.Equal(t, "kept", string(body.AppendJSON([]byte("kept"))[:4]))
		})
	}
}

// TestEventJSON: an event is its body's members beside its own.
func TestEventJSON(t *testing.T) {
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			tagged, err := json.Marshal(body)
			require.NoError(t, err)
			var want map[string]any
			require.NoError(t, json.Unmarshal(tagged, &want))
			require.NotContains(t, want, "type", "the event's own")
			require.NotContains(t, want, "seq", "the event's own")
			want["type"], want["seq"] = string(body.Type()), 12.0

			e := event.ChatStreamEvent{Seq: 12, Body: body}
			var got map[string]any
			require.NoError(t, json.Unmarshal(e.AppendJSON(nil), &got))
			assert.Equal(t, want, got)
			assert.Equal(t, "kept", string(e.AppendJSON([]byte("kept"))[:4]))
			marshaled, err := json.Marshal(e)
			require.NoError(t, err)
			assert.JSONEq(t, string(e.AppendJSON(nil)), string(marshaled))
		})
	}
	_, err := json.Marshal(event.ChatStreamEvent{Seq: 1})
	assert.ErrorContains(t, err, "without a body")
}

// TestBodies: each type has one body, and is tested above.
func TestBodies(t *testing.T) {
	want := map[event.ChatStreamEventType]event.Body{}
	for _, body := range bodies {
		want[body.Type()] = reflect.Zero(reflect.TypeOf(body)).Interface().(event.Body)
	}
	got := map[event.ChatStreamEventType]event.Body{}
	for _, body := range event.Bodies() {
		got[body.Type()] = body
	}
	assert.Equal(t, want, got)
	assert.Len(t, event.Bodies(), len(got))
}

func BenchmarkAppendJSON(b *testing.B) {
	e := event.ChatStreamEvent{Seq: 12, Body: bodies["message"]}
	line := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		line = e.AppendJSON(line[:0])
	}
}
