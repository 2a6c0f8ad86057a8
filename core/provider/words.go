package provider

import "github.com/retrystream/retrystream/core/failure"

// verdict is what a word means. A status is the one that the word has outside a
// stream; inside one there is none to be seen.
type verdict struct {
	kind   failure.Kind
	status int
	// weak words say little: the message and the HTTP status are asked first.
	weak bool
}

// phrase is wording in a provider's sentence, in lower case, that means one
// thing whatever the code and the status are.
type phrase struct {
	text string
	kind failure.Kind
}

// commonWords are the error types and codes that no single provider owns. What
// one of them says in words of its own stands in its file.
var commonWords = map[string]verdict{
	// Wait.
	"rate_limit_exceeded":       {kind: failure.RateLimit, status: 429},
	"overloaded":                {kind: failure.Overloaded, status: 503},
	"engine_overloaded":         {kind: failure.Overloaded, status: 503},
	"service_unavailable_error": {kind: failure.Overloaded, status: 503, weak: true},

	// Servers put these on whatever has no type of its own, even on a wrong key.
	"api_error":             {kind: failure.Server, status: 500, weak: true},
	"server_error":          {kind: failure.Server, status: 500, weak: true},
	"internal_error":        {kind: failure.Server, status: 500, weak: true},
	"internal_server_error": {kind: failure.Server, status: 500, weak: true},

	// Stop.
	"quota_exceeded":          {kind: failure.UsageLimit, status: 429},
	"invalid_api_key":         {kind: failure.Auth, status: 401},
	"invalid_authentication":  {kind: failure.Auth, status: 401},
	"authentication":          {kind: failure.Auth, status: 401},
	"authentication_error":    {kind: failure.Auth, status: 401},
	"permission_denied":       {kind: failure.Permission, status: 403},
	"permission_error":        {kind: failure.Permission, status: 403},
	"context_length_exceeded": {kind: failure.ContextExceeded, status: 400},
	"context_window_exceeded": {kind: failure.ContextExceeded, status: 400},
	"model_not_found":         {kind: failure.ModelNotFound, status: 404},
	"not_found":               {kind: failure.ModelNotFound, status: 404},
	"not_found_error":         {kind: failure.ModelNotFound, status: 404},
	"content_policy_violation": {
		kind: failure.ContentFilter, status: 400},

	// Words for any bad request: what else is said decides.
	"invalid_request_error": {kind: failure.InvalidRequest, status: 400, weak: true},
	"invalid_request":       {kind: failure.InvalidRequest, status: 400, weak: true},
	"invalid_prompt":        {kind: failure.InvalidRequest, status: 400, weak: true},
}
