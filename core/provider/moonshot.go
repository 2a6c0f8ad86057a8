package provider

import "github.com/retrystream/retrystream/core/failure"

// moonshot: Chat Completions, and the Messages API below /anthropic. Errors are
// {"error":{message, type}}. A 429 is too many requests, no capacity or an empty
// account: the type tells. A reply refused for its content is a 400.
//
// Source: platform.kimi.com, "Errors" and "Streaming"; kimi.com, "Kimi Code error
// reference".
var moonshot = definition{
	id:    "moonshot",
	name:  "Moonshot AI",
	hosts: []string{"api.moonshot.cn", "api.moonshot.ai", "api.kimi.com"},
	codes: []code{
		{text: "rate_limit_reached_error", kind: failure.RateLimit, status: 429},
		{text: "engine_overloaded_error", kind: failure.Overloaded, status: 429},
		{text: "exceeded_current_quota_error", kind: failure.UsageLimit, status: 429},
		{text: "invalid_authentication_error", kind: failure.Auth, status: 401},
		{text: "incorrect_api_key_error", kind: failure.Auth, status: 401},
		{text: "permission_denied_error", kind: failure.Permission, status: 403},
		{text: "resource_not_found_error", kind: failure.ModelNotFound, status: 404},
	},
	phrases: []meaning{
		{"exceeded model token limit", failure.ContextExceeded},
		{"input token length too long", failure.ContextExceeded},
	},
	strict: true,
}
