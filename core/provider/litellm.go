package provider

import "github.com/retrystream/retrystream/core/failure"

// liteLLM: a proxy that speaks OpenAI's APIs. The error's code is the status as
// a string, its message starts with "litellm." and the name of its exception.
//
// Source: docs.litellm.ai, "Exception mapping".
var liteLLM = definition{
	id:   "litellm",
	name: "LiteLLM",
	codes: []code{
		{text: "throttling_error", kind: failure.RateLimit, status: 429},
		{text: "no_db_connection", kind: failure.Server, status: 503},
		{text: "budget_exceeded", kind: failure.UsageLimit, status: 429},
		{text: "auth_error", kind: failure.Auth, status: 401},
		{text: "expired_key", kind: failure.Auth, status: 401},
		{text: "token_not_found_in_db", kind: failure.Auth, status: 401},
		{text: "key_model_access_denied", kind: failure.Permission, status: 403},
		{text: "team_model_access_denied", kind: failure.Permission, status: 403},
		{text: "user_model_access_denied", kind: failure.Permission, status: 403},
		{text: "org_model_access_denied", kind: failure.Permission, status: 403},
		{text: "bad_request_error", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "validation_error", kind: failure.InvalidRequest, status: 422, weak: true},
	},
}
