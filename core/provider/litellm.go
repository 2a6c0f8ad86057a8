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
		"budget_exceeded":  {kind: failure.UsageLimit, status: 400},
		"auth_error":       {kind: failure.Auth, status: 401},
		"key_model_access_denied": {
			kind: failure.Permission, status: 401},
		"team_model_access_denied": {
			kind: failure.Permission, status: 401},
	},
}
