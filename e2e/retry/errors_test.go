package retry_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestErrorFields checks the error of a stream that failed for good.
func TestErrorFields(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct {
		name    string
		options map[string]any
		steps   []chattest.Step
		want    library.Error
	}{
		{
			"refused", nil,
			[]chattest.Step{chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key")},
			library.Error{Kind: failure.Auth, StatusCode: 401, Attempts: 1, Detail: "invalid x-api-key"},
		},
		{
			"refused after a retry", nil,
			[]chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicErrorResponse(400, "invalid_request_error", "max_tokens: required")},
			library.Error{Kind: failure.InvalidRequest, StatusCode: 400, Attempts: 2, Detail: "max_tokens: required"},
		},
		{
			"refused inside the stream", nil,
			[]chattest.Step{chattest.FailInStream(5, chattest.Error{Status: 403, Message: "not yours"})},
			library.Error{Kind: failure.Permission, StatusCode: 403, Attempts: 1, Detail: "not yours"},
		},
		{
			"out of attempts", map[string]any{"maxAttempts": 2},
			[]chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse()},
			library.Error{Kind: failure.Overloaded, StatusCode: 529, Attempts: 2, Retryable: true, Detail: "Overloaded"},
		},
		{
			"delay too long", map[string]any{"maxRetryAfterMs": 10_000},
			[]chattest.Step{chattest.AnthropicRateLimitResponse("11")},
			library.Error{Kind: failure.RateLimit, StatusCode: 429, Attempts: 1, Retryable: true, RetryAfterMs: 11_000},
		},
		{
			"delay too long unless told otherwise", nil,
			[]chattest.Step{chattest.AnthropicRateLimitResponse("301")},
			library.Error{Kind: failure.RateLimit, StatusCode: 429, Attempts: 1, Retryable: true, RetryAfterMs: 301_000},
		},
		{
			"connection lost", map[string]any{"maxAttempts": 1},
			[]chattest.Step{chattest.CutAfterEvents(5, chattest.Pace(50*time.Millisecond))},
			library.Error{Kind: failure.Network, Attempts: 1, Retryable: true, CauseName: "TypeError", CauseMessage: "network error"},
		},
		{
			"silence", map[string]any{"maxAttempts": 1, "silenceTimeoutMs": 300},
			[]chattest.Step{chattest.Stall(5)},
			library.Error{Kind: failure.Stalled, Attempts: 1, Retryable: true},
		},
		{
			"silence before the response", map[string]any{"maxAttempts": 1, "silenceTimeoutMs": 300},
			[]chattest.Step{chattest.Hang()},
			library.Error{Kind: failure.Stalled, Attempts: 1, Retryable: true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			provider := site.NewFakeExposing(t, "Retry-After", chattest.Anthropic, tt.steps...)
			got := library.Read(tb, provider.URL+"/v1/messages", tt.options)
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
				assert.True(t, strings.HasPrefix(e.Message, site.Message(tt.want.Kind, "anthropic")+" It asks to wait "), e.Message)
			case tt.want.Retryable:
				assert.Equal(t, site.FinalMessage(tt.want.Kind, "anthropic"), e.Message)
			default:
				assert.Equal(t, site.Message(tt.want.Kind, "anthropic"), e.Message)
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
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.Fail(401, "{}"), chattest.Fail(401, "{}"))
	tb := library.Open(t)
	assert.True(t, browser.Call[bool](tb, "sameError", provider.URL+site.ChatPath))
	tb.Call("unheard", provider.URL+site.ChatPath)
	provider.WaitForRequests(t, site.ChatPath, 2)
}

// TestErrorKinds checks what a page can act upon, for each provider's words.
func TestErrorKinds(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct {
		name string
		fake func(*chattest.Script) http.Handler
		path string
		err  chattest.Error
		want failure.Kind
	}{
		{"openai quota", chattest.OpenAIChat, site.ChatPath, chattest.Error{Status: 429, Type: "insufficient_quota", Code: "insufficient_quota", Message: "You exceeded your current quota."}, failure.UsageLimit},
		{"openai context", chattest.OpenAIChat, site.ChatPath, chattest.Error{Status: 400, Code: "context_length_exceeded", Message: "Too long."}, failure.ContextExceeded},
		{"openai model", chattest.OpenAIResponses, "/v1/responses", chattest.Error{Status: 404, Code: "model_not_found", Message: "No such model."}, failure.ModelNotFound},
		{"anthropic permission", chattest.Anthropic, "/v1/messages", chattest.Error{Status: 403}, failure.Permission},
		{"anthropic too large", chattest.Anthropic, "/v1/messages", chattest.Error{Status: 413}, failure.ContextExceeded},
		{"gemini key", chattest.Gemini, "/v1/models/m:streamGenerateContent?alt=sse", chattest.Error{Status: 400, Message: "API key not valid. Please pass a valid API key.",
			Details: `[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]`}, failure.Auth},
	} {
		provider := site.NewFake(t, tt.fake, chattest.ErrorResponse(tt.err))
		got := library.Read(tb, provider.URL+tt.path)
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
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.OpenAIServerErrorResponse(), chattest.Fail(401, "{}"))
	got := library.Read(library.Open(t), provider.URL+site.ChatPath, map[string]any{"provider": "groq"})
	require.NotNil(t, got.Error)
	assert.Equal(t, "groq", got.Error.Provider)
	assert.True(t, strings.HasPrefix(got.Error.Message, "Groq "), got.Error.Message)
	require.Len(t, got.Retries, 1)
	assert.Equal(t, "groq", got.Retries[0].Provider)
	for _, status := range got.Statuses {
		assert.Equal(t, "groq", status.Provider)
	}
}
