package provider

import "github.com/retrystream/retrystream/core/failure"

// code is an error type or code and what it means.
type code struct {
	text string
	kind failure.Kind
	// status is the HTTP status that the code has outside a stream; inside one there
	// is none to be seen.
	status int
	// weak codes say little: the message and the HTTP status are asked first.
	weak bool
}

// find returns the code of that text, nil where there is none. The vocabularies
// are lists, because a map would cost every page the code that fills it.
func find(codes []code, text string) *code {
	for i := range codes {
		if codes[i].text == text {
			return &codes[i]
		}
	}
	return nil
}

// ownStatus is an HTTP status in a sense of a provider's own.
type ownStatus struct {
	status int
	kind   failure.Kind
}

// meaning is a text of a provider's that means a failure of one kind.
type meaning struct {
	text string
	kind failure.Kind
}

// commonCodes are the error types and codes that no single provider owns. What
// one of them says in words of its own stands in its file.
var commonCodes = []code{
	// Wait.
	{text: "rate_limit_exceeded", kind: failure.RateLimit, status: 429},
	{text: "overloaded", kind: failure.Overloaded, status: 503},
	{text: "engine_overloaded", kind: failure.Overloaded, status: 503},
	{text: "service_unavailable_error", kind: failure.Overloaded, status: 503, weak: true},

	// Servers put these on whatever has no type of its own, even on a wrong key.
	{text: "api_error", kind: failure.Server, status: 500, weak: true},
	{text: "server_error", kind: failure.Server, status: 500, weak: true},
	{text: "internal_error", kind: failure.Server, status: 500, weak: true},
	{text: "internal_server_error", kind: failure.Server, status: 500, weak: true},

	// Stop.
	{text: "quota_exceeded", kind: failure.UsageLimit, status: 429},
	{text: "invalid_api_key", kind: failure.Auth, status: 401},
	{text: "invalid_authentication", kind: failure.Auth, status: 401},
	{text: "authentication", kind: failure.Auth, status: 401},
	{text: "authentication_error", kind: failure.Auth, status: 401},
	{text: "permission_denied", kind: failure.Permission, status: 403},
	{text: "permission_error", kind: failure.Permission, status: 403, weak: true}, // with an empty balance, too
	{text: "context_length_exceeded", kind: failure.ContextExceeded, status: 400},
	{text: "context_window_exceeded", kind: failure.ContextExceeded, status: 400},
	{text: "model_not_found", kind: failure.ModelNotFound, status: 404},
	{text: "not_found", kind: failure.ModelNotFound, status: 404},
	{text: "not_found_error", kind: failure.ModelNotFound, status: 404},
	{text: "content_policy_violation", kind: failure.ContentFilter, status: 400},

	// Codes for any bad request: what else is said decides.
	{text: "invalid_request_error", kind: failure.InvalidRequest, status: 400, weak: true},
	{text: "invalid_request", kind: failure.InvalidRequest, status: 400, weak: true},
	{text: "invalid_prompt", kind: failure.InvalidRequest, status: 400, weak: true},
}
