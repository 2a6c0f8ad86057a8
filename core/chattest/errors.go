package chattest

import "net/http"

// Error is a provider's error. Each fake reports it in its provider's own form;
// what is empty gets the value that the provider uses with the status.
type Error struct {
	// Status is the HTTP status and Gemini's error.code; 0 means 500.
	Status int
	// Type is error.type (Anthropic, OpenAI) or error.status (Gemini).
	Type string
	// Code is error.code (OpenAI).
	Code string
	// Message is what the provider says.
	Message string
	// Details is the JSON of error.details (Anthropic: an object, Gemini: an
	// array); empty for none.
	Details string
}

// withDefaults fills what is empty; typeOf returns the provider's type for a
// status.
func (e Error) withDefaults(typeOf func(status int) string) Error {
	if e.Status == 0 {
		e.Status = http.StatusInternalServerError
	}
	if e.Type == "" {
		e.Type = typeOf(e.Status)
	}
	if e.Message == "" {
		e.Message = http.StatusText(e.Status)
	}
	if e.Message == "" {
		e.Message = "Overloaded"
	}
	return e
}

// AnthropicErrorResponse returns an Anthropic error response, such as 401
// "authentication_error".
func AnthropicErrorResponse(status int, errorType, message string, opts ...Option) Step {
	e := Error{Status: status, Type: errorType, Message: message}
	return Fail(status, anthropic{}.errorBody(e), opts...)
}

// AnthropicOverloadedResponse returns Anthropic's 529 overloaded_error.
func AnthropicOverloadedResponse(opts ...Option) Step {
	return AnthropicErrorResponse(statusOverloaded, "overloaded_error", "Overloaded", opts...)
}

// AnthropicRateLimitResponse returns Anthropic's 429 rate_limit_error, with a
// retry-after header of so many seconds unless retryAfter is empty.
func AnthropicRateLimitResponse(retryAfter string, opts ...Option) Step {
	return AnthropicErrorResponse(http.StatusTooManyRequests, "rate_limit_error",
		"This request would exceed your organization's rate limit of 50 requests per minute.",
		append([]Option{retryAfterHeader(retryAfter)}, opts...)...)
}

// OpenAIErrorResponse returns an error response of the OpenAI APIs; an empty code is
// sent as null.
func OpenAIErrorResponse(status int, errorType, code, message string, opts ...Option) Step {
	e := Error{Status: status, Type: errorType, Code: code, Message: message}
	return Fail(status, openAIErrorBody(e), opts...)
}

// OpenAIRateLimitResponse returns OpenAI's 429 rate_limit_exceeded, with a
// retry-after header of so many seconds unless retryAfter is empty.
func OpenAIRateLimitResponse(retryAfter string, opts ...Option) Step {
	return OpenAIErrorResponse(http.StatusTooManyRequests, "requests", "rate_limit_exceeded",
		"Rate limit reached for gpt-5-mini on requests per min (RPM): Limit 3, Used 3, Requested 1.",
		append([]Option{retryAfterHeader(retryAfter)}, opts...)...)
}

// OpenAIServerErrorResponse returns OpenAI's 500 server_error.
func OpenAIServerErrorResponse(opts ...Option) Step {
	return OpenAIErrorResponse(http.StatusInternalServerError, "server_error", "",
		"The server had an error while processing your request. Sorry about that!", opts...)
}

// GeminiErrorResponse returns a Gemini error response, such as 503 "UNAVAILABLE".
func GeminiErrorResponse(status int, errorStatus, message string, opts ...Option) Step {
	e := Error{Status: status, Type: errorStatus, Message: message}
	return Fail(status, gemini{}.errorBody(e), opts...)
}

// statusOverloaded is Anthropic's own status for "no capacity".
const statusOverloaded = 529

func retryAfterHeader(seconds string) Option {
	return func(s *Step) {
		if seconds != "" {
			Header("Retry-After", seconds)(s)
		}
	}
}
