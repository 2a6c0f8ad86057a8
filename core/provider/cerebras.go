package provider

import "github.com/retrystream/retrystream/core/failure"

// cerebras: Chat Completions. Errors are flat, {message, type, param, code}. The
// limits of a minute and of a day have one code, and no capacity has the type of a
// rate limit.
//
// Source: inference-docs.cerebras.ai, "Error codes"; explyt/explyt#35.
var cerebras = definition{
	id:    "cerebras",
	name:  "Cerebras",
	hosts: []string{"api.cerebras.ai"},
	codes: []code{
		{text: "too_many_requests_error", kind: failure.RateLimit, status: 429, weak: true},
		{text: "too_many_tokens_error", kind: failure.RateLimit, status: 429, weak: true},
		{text: "request_quota_exceeded", kind: failure.RateLimit, status: 429},
		{text: "token_quota_exceeded", kind: failure.RateLimit, status: 429},
		{text: "queue_exceeded", kind: failure.Overloaded, status: 429},
		{text: "wrong_api_key", kind: failure.Auth, status: 401},
	},
}
