package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestErrorFields checks the error of a stream that failed for good.
func TestErrorFields(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
	for _, tt := range []struct {
		name    string
		options map[string]any
		steps   []chattest.Step
		want    streamError
	}{
		{
			"refused", nil,
			[]chattest.Step{chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key")},
			streamError{Kind: failure.Auth, StatusCode: 401, Attempts: 1, Detail: "invalid x-api-key"},
		},
		{
			"refused after a retry", nil,
			[]chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicErrorResponse(400, "invalid_request_error", "max_tokens: required")},
			streamError{Kind: failure.InvalidRequest, StatusCode: 400, Attempts: 2, Detail: "max_tokens: required"},
		},
		{
			"refused inside the stream", nil,
			[]chattest.Step{chattest.FailInStream(5, chattest.Error{Status: 403, Message: "not yours"})},
			streamError{Kind: failure.Permission, StatusCode: 403, Attempts: 1, Detail: "not yours"},
		},
		{
			"out of attempts", map[string]any{"maxAttempts": 2},
			[]chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse()},
			streamError{Kind: failure.Overloaded, StatusCode: 529, Attempts: 2, Retryable: true, Detail: "Overloaded"},
		},
		{
			"delay too long", map[string]any{"maxRetryAfterMs": 10_000},
			[]chattest.Step{chattest.AnthropicRateLimitResponse("11")},
			streamError{Kind: failure.RateLimit, StatusCode: 429, Attempts: 1, Retryable: true, RetryAfterMs: 11_000},
		},
		{
			"delay too long unless told otherwise", nil,
			[]chattest.Step{chattest.AnthropicRateLimitResponse("301")},
			streamError{Kind: failure.RateLimit, StatusCode: 429, Attempts: 1, Retryable: true, RetryAfterMs: 301_000},
		},
		{
			"connection lost", map[string]any{"maxAttempts": 1},
			[]chattest.Step{chattest.CutAfterEvents(5, chattest.Pace(50*time.Millisecond))},
			streamError{Kind: failure.Network, Attempts: 1, Retryable: true, CauseName: "TypeError", CauseMessage: "network error"},
		},
		{
			"silence", map[string]any{"maxAttempts": 1, "silenceTimeoutMs": 300},
			[]chattest.Step{chattest.Stall(5)},
			streamError{Kind: failure.Stalled, Attempts: 1, Retryable: true},
		},
		{
			"silence before the response", map[string]any{"maxAttempts": 1, "silenceTimeoutMs": 300},
			[]chattest.Step{chattest.Hang()},
			streamError{Kind: failure.Stalled, Attempts: 1, Retryable: true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			provider := newFakeExposing(t, "Retry-After", chattest.Anthropic, tt.steps...)
			got := read(tb, provider.URL+"/v1/messages", tt.options)
			require.NotNil(t, got.Error)
			e := *got.Error
			assert.True(t, e.IsError && e.IsRetryStreamError)
			assert.Equal(t, "RetryStreamError", e.Name)
			assert.Equal(t, "anthropic", e.Provider)
			assert.Equal(t, tt.want.Kind, e.Kind)
			assert.Equal(t, tt.want.StatusCode, e.StatusCode)
			assert.Equal(t, tt.want.Attempts, e.Attempts)
			assert.Equal(t, tt.want.Retryable, e.Retryable)
			assert.Equal(t, tt.want.RetryAfterMs, e.RetryAfterMs)
			if tt.want.Detail != "" {
				assert.Equal(t, tt.want.Detail, e.Detail)
			}
			switch {
			case tt.want.RetryAfterMs > 0:
				assert.True(t, strings.HasPrefix(e.Message, message(tt.want.Kind, "anthropic")+" It asks to wait "), e.Message)
			case tt.want.Retryable:
				assert.Equal(t, finalMessage(tt.want.Kind, "anthropic"), e.Message)
			default:
				assert.Equal(t, message(tt.want.Kind, "anthropic"), e.Message)
			}
			if tt.want.CauseName != "" {
				assert.Equal(t, tt.want.CauseName, e.CauseName)
				assert.Equal(t, tt.want.CauseMessage, e.CauseMessage)
			}
			assert.Len(t, provider.Requests(), tt.want.Attempts)
			assert.Len(t, got.Retries, tt.want.Attempts-1)

			last := got.Statuses[len(got.Statuses)-1]
			assert.Equal(t, event.PhaseFailed, last.Phase)
			assert.Equal(t, e.Message, last.Message)
			assert.Equal(t, e.Kind, last.Kind)
			assert.Equal(t, e.Detail, last.Detail)
			assert.Equal(t, tt.want.Attempts, last.Attempt)
		})
	}
}

// TestSameErrorEverywhere: text(), the iteration and its later calls fail with
// the same error, and a text nobody asks for fails nowhere.
func TestSameErrorEverywhere(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat, chattest.Fail(401, "{}"), chattest.Fail(401, "{}"))
	tb := openAPI(t)
	assert.True(t, call[bool](tb, `async (url) => {
		const stream = ask(url), errors = [];
		const iterator = stream[Symbol.asyncIterator]();
		for (let i = 0; i < 2; i++) await iterator.next().catch(error => errors.push(error));
		await stream.text().catch(error => errors.push(error));
		return errors.length === 3 && errors.every(error => error === errors[0]);
	}`, provider.URL+chatPath))
	call[bool](tb, `async (url) => { ask(url); await new Promise(done => setTimeout(done, 300)); return true; }`, provider.URL+chatPath)
	provider.waitForRequests(t, chatPath, 2)
}

// TestErrorKinds checks what a page can act upon, for each provider's words.
func TestErrorKinds(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
	for _, tt := range []struct {
		name string
		fake func(*chattest.Script) http.Handler
		path string
		err  chattest.Error
		want failure.Kind
	}{
		{"openai quota", chattest.OpenAIChat, chatPath, chattest.Error{Status: 429, Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota."}, failure.UsageLimit},
		{"openai context", chattest.OpenAIChat, chatPath, chattest.Error{Status: 400, Code: "context_length_exceeded", Message: "Too long."}, failure.ContextExceeded},
		{"openai model", chattest.OpenAIResponses, "/v1/responses", chattest.Error{Status: 404, Code: "model_not_found", Message: "No such model."}, failure.ModelNotFound},
		{"anthropic permission", chattest.Anthropic, "/v1/messages", chattest.Error{Status: 403}, failure.Permission},
		{"anthropic too large", chattest.Anthropic, "/v1/messages", chattest.Error{Status: 413}, failure.ContextExceeded},
		{"gemini key", chattest.Gemini, "/v1/models/m:streamGenerateContent?alt=sse", chattest.Error{Status: 400, Message: "API key not valid. Please pass a valid API key.",
			Details: `[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]`}, failure.Auth},
	} {
		provider := newFake(t, tt.fake, chattest.ErrorResponse(tt.err))
		got := read(tb, provider.URL+tt.path)
		require.NotNil(t, got.Error, tt.name)
		assert.Equal(t, tt.want, got.Error.Kind, tt.name)
		assert.False(t, got.Error.Retryable, tt.name)
		assert.Empty(t, got.Retries, tt.name)
	}
}

// TestProviderOption: the name of the option goes before what the URL says, and
// into every message.
func TestProviderOption(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.Fail(401, "{}"))
	got := read(openAPI(t), provider.URL+chatPath, map[string]any{"provider": "groq"})
	require.NotNil(t, got.Error)
	assert.Equal(t, "groq", got.Error.Provider)
	assert.True(t, strings.HasPrefix(got.Error.Message, "Groq "), got.Error.Message)
	require.Len(t, got.Retries, 1)
	assert.Equal(t, "groq", got.Retries[0].Provider)
	for _, status := range got.Statuses {
		assert.Equal(t, "groq", status.Provider)
	}
}
