package provider

import "github.com/retrystream/retrystream/core/failure"

// liteLLM: a proxy that speaks OpenAI's APIs. The error's code is the status as
// a string, its message starts with "litellm." and the name of its exception.
//
// Source: docs.litellm.ai, "Exception mapping".
var liteLLM = definition{
	id:   "litellm",
	name: "LiteLLM",
	words: map[string]verdict{
		"throttling_error": {kind: failure.RateLimit, status: 429},
		"no_db_connection": {kind: failure.Server, status: 503},
		"budget_exceeded":  {kind: failure.UsageLimit, status: 429},
		"auth_error":       {kind: failure.Auth, status: 401},
		"expired_key":      {kind: failure.Auth, status: 401},
		"token_not_found_in_db": {
			kind: failure.Auth, status: 401},
		"key_model_access_denied": {
			kind: failure.Permission, status: 403},
		"team_model_access_denied": {
			kind: failure.Permission, status: 403},
		"user_model_access_denied": {
			kind: failure.Permission, status: 403},
		"org_model_access_denied": {
			kind: failure.Permission, status: 403},
		"bad_request_error": {kind: failure.InvalidRequest, status: 400, weak: true},
		"validation_error":  {kind: failure.InvalidRequest, status: 422, weak: true},
	},
}
