package provider

import "github.com/retrystream/retrystream/core/failure"

// groq: Chat Completions and Responses. Errors are OpenAI's shape; 498 is its
// own status for lack of capacity. A request larger than a minute's tokens is a
// 413 of code rate_limit_exceeded, which no wait cures. A spend limit is a 400.
// retry-after comes with a 429 only.
//
// Source: console.groq.com, "Error codes", "Rate limits" and
// "Spend limits".
var groq = definition{
	id:    "groq",
	name:  "Groq",
	hosts: []string{"api.groq.com"},
	codes: []code{
		{text: "capacity_exceeded", kind: failure.Overloaded, status: 498},
		{text: "over_capacity", kind: failure.Overloaded, status: 503},
		{text: "tokens", kind: failure.RateLimit, status: 429, weak: true},
		{text: "requests", kind: failure.RateLimit, status: 429, weak: true},
		{text: "blocked_api_access", kind: failure.UsageLimit, status: 400},
		{text: "model_decommissioned", kind: failure.ModelNotFound, status: 400},
		{text: "model_terms_required", kind: failure.Permission, status: 400},
		{text: "tool_use_failed", kind: failure.InvalidRequest, status: 400},
		{text: "json_validate_failed", kind: failure.InvalidRequest, status: 400},
		{text: "organization_restricted", kind: failure.Permission, status: 400},
	},
	strict: true,
}
