package demo

import (
	"net/http"

	"github.com/retrystream/retrystream/core/chattest"
)

// fakeProvider is one provider the page can choose.
type fakeProvider struct {
	fake   func(*chattest.Script) http.Handler
	errors providerErrors
}

// providerErrors are the failures of the scenarios in one provider's words.
type providerErrors struct {
	rateLimit, rateLimitDelay, overloaded, internal, unavailable, wrongKey, quota chattest.Error
}

// retryAfter is the pause that rate-limit-delay asks for, in seconds.
const retryAfter = "5"

// providers maps the ids in URLs.
func providers() map[string]fakeProvider {
	return map[string]fakeProvider{
		"anthropic":        {chattest.Anthropic, anthropicErrors()},
		"openai":           {chattest.OpenAIChat, openAIErrors()},
		"openai-responses": {chattest.OpenAIResponses, openAIErrors()},
		"gemini":           {chattest.Gemini, geminiErrors()},
	}
}

func anthropicErrors() providerErrors {
	limited := chattest.Error{
		Status:  http.StatusTooManyRequests,
		Message: "This request would exceed your organization's rate limit of 50 requests per minute.",
	}
	return providerErrors{
		rateLimit:      limited,
		rateLimitDelay: limited,
		overloaded:     chattest.Error{Status: 529, Message: "Overloaded"},
		internal:       chattest.Error{Status: http.StatusInternalServerError},
		unavailable:    chattest.Error{Status: http.StatusServiceUnavailable},
		wrongKey:       chattest.Error{Status: http.StatusUnauthorized, Message: "invalid x-api-key"},
		quota: chattest.Error{
			Status:  http.StatusTooManyRequests,
			Message: "You have reached the spend limit of your workspace.",
			Details: `{"error_code":"enforced_spend_limit_reached"}`,
		},
	}
}

func openAIErrors() providerErrors {
	limited := chattest.Error{
		Status: http.StatusTooManyRequests, Code: "rate_limit_exceeded",
		Message: "Rate limit reached for gpt-5-mini on requests per min (RPM): Limit 3, Used 3, Requested 1.",
	}
	delayed := limited
	delayed.Message += " Please try again in " + retryAfter + "s."
	return providerErrors{
		rateLimit:      limited,
		rateLimitDelay: delayed,
		overloaded: chattest.Error{
			Status: http.StatusServiceUnavailable, Code: "server_is_overloaded",
			Message: "Our servers are currently overloaded. Please try again later.",
		},
		internal: chattest.Error{
			Status:  http.StatusInternalServerError,
			Message: "The server had an error while processing your request. Sorry about that!",
		},
		unavailable: chattest.Error{Status: http.StatusServiceUnavailable},
		wrongKey: chattest.Error{
			Status: http.StatusUnauthorized, Code: "invalid_api_key",
			Message: "Incorrect API key provided.",
		},
		quota: chattest.Error{
			Status: http.StatusTooManyRequests, Type: "insufficient_quota", Code: "insufficient_quota",
			Message: "You exceeded your current quota, please check your plan and billing details.",
		},
	}
}

func geminiErrors() providerErrors {
	return providerErrors{
		rateLimit: chattest.Error{Status: http.StatusTooManyRequests, Message: "Resource exhausted. Please try again later."},
		rateLimitDelay: chattest.Error{
			Status:  http.StatusTooManyRequests,
			Message: "Resource exhausted. Please retry in " + retryAfter + "s.",
			Details: `[{"@type": "type.googleapis.com/google.rpc.RetryInfo","retryDelay": "` + retryAfter + `s"}]`,
		},
		overloaded: chattest.Error{
			Status:  http.StatusServiceUnavailable,
			Message: "The model is overloaded. Please try again later.",
		},
		internal:    chattest.Error{Status: http.StatusInternalServerError, Message: "An internal error has occurred."},
		unavailable: chattest.Error{Status: http.StatusServiceUnavailable, Message: "The service is currently unavailable."},
		wrongKey: chattest.Error{
			Status:  http.StatusUnauthorized,
			Message: "Request had invalid authentication credentials.",
		},
		quota: chattest.Error{
			Status:  http.StatusTooManyRequests,
			Message: "You exceeded your current quota, please check your plan and billing details.",
			Details: `[{"@type": "type.googleapis.com/google.rpc.QuotaFailure","violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]`,
		},
	}
}
