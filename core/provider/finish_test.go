package provider

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/sse"
)

// TestFinish: a reason to finish is judged by the kind of word that it is. What is
// not known to be a failure, but looks like one, is only presumed to be.
func TestFinish(t *testing.T) {
	for _, tc := range []struct {
		reason string
		// said and silent are the failures after content and without any.
		said, silent failure.Kind
		presumed     bool
	}{
		{reason: "stop"}, {reason: "length"}, {reason: "tool_calls"}, {reason: "function_call"}, {reason: "end_turn"},
		{reason: "max_tokens"}, {reason: "stop_sequence"}, {reason: "tool_use"}, {reason: "pause_turn"}, {reason: "model_length"},
		{reason: "eos"}, {reason: "STOP"}, {reason: "MAX_TOKENS"}, {reason: "COMPLETE"}, {reason: "whatever"},
		{reason: "model_context_window_exceeded"},

		{reason: "refusal", silent: failure.ContentFilter}, {reason: "sensitive", silent: failure.ContentFilter},
		{reason: "content_filter", silent: failure.ContentFilter}, {reason: "IMAGE_SAFETY", silent: failure.ContentFilter},
		{reason: "PROHIBITED_CONTENT", silent: failure.ContentFilter}, {reason: "guardrail_intervened", silent: failure.ContentFilter},

		{reason: "error", said: failure.Server, silent: failure.Server},
		{reason: "abort", said: failure.Server, silent: failure.Server},
		{reason: "network_error", said: failure.Network, silent: failure.Network},
		{reason: "MALFORMED_FUNCTION_CALL", said: failure.Server, silent: failure.Server},
		{reason: "UNEXPECTED_TOOL_CALL", said: failure.Server, silent: failure.Server},

		{reason: "worker_crashed", said: failure.Server, silent: failure.Server, presumed: true},
		{reason: "cancelled", said: failure.Server, silent: failure.Server, presumed: true},
		{reason: "UpstreamDisconnect", said: failure.Server, silent: failure.Server, presumed: true},
		{reason: "engine_overloaded", said: failure.Overloaded, silent: failure.Overloaded, presumed: true},
		{reason: "request_timeout", said: failure.Timeout, silent: failure.Timeout, presumed: true},
		{reason: "OTHER", silent: failure.Server, presumed: true},
	} {
		for text, kind := range map[string]failure.Kind{"Hi": tc.said, "": tc.silent} {
			r := Find(chatURL, "").NewReader()
			r.Read(sse.Event{Data: []byte(`{"choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":null}]}`)})
			s := r.Read(sse.Event{Data: []byte(`{"choices":[{"index":0,"delta":{},"finish_reason":"` + tc.reason + `"}]}`)})
			if kind == "" {
				assert.Nil(t, s.Failure, tc.reason)
				assert.True(t, r.Complete(), tc.reason)
				continue
			}
			if assert.NotNil(t, s.Failure, "%s after %q", tc.reason, text) {
				assert.Equal(t, kind, s.Failure.Kind, tc.reason)
				assert.Equal(t, kind != failure.ContentFilter, s.Failure.Retryable, tc.reason)
				assert.Equal(t, tc.presumed, s.Failure.Presumed, tc.reason)
				assert.False(t, r.Complete(), tc.reason)
			}
		}
	}
}

// TestCut_presumed: what ends without an end, at a server that nobody knows, may be
// whole after all; no verdict on it is certain.
func TestCut_presumed(t *testing.T) {
	keyed := `{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}`
	for name, tc := range map[string]struct {
		url, option, event string
		presumed           bool
	}{
		"a server of one's own":  {chatURL, "", keyed, true},
		"one that is named":      {chatURL, "vllm", keyed, true},
		"a host that is known":   {"https://api.openai.com/v1/chat/completions", "", keyed, false},
		"a provider by its name": {chatURL, "openai", keyed, false},
		"before any content":     {chatURL, "", `{"choices":[{"index":0,"delta":{},"finish_reason":null}]}`, false},
	} {
		r := Find(tc.url, tc.option).NewReader()
		r.Read(sse.Event{Data: []byte(tc.event)})
		assert.False(t, r.Cut().Presumed, "%s: without [DONE]", name)
		assert.True(t, r.Read(sse.Event{Data: []byte("[DONE]")}).Done)
		assert.False(t, r.MayEnd(), name)
		assert.Equal(t, failure.Truncated, r.Cut().Kind)
		assert.Equal(t, tc.presumed, r.Cut().Presumed, name)
	}
}
