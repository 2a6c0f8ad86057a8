package provider

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
)

// openAI: Chat Completions and Responses. Errors are {"error":{message, type,
// param, code}}; a 429 of type insufficient_quota is an empty account, whatever
// its code. Delays are in retry-after-ms, retry-after, x-ratelimit-reset-* and
// in the message. The path alone does not tell OpenAI from the many servers
// that speak its API: those are openai-compatible.
//
// Source: platform.openai.com, "Error codes" and "Rate limits".
var openAI = definition{
	id:    "openai",
	name:  "OpenAI",
	hosts: []string{"api.openai.com"},
	codes: []code{
		{text: "slow_down", kind: failure.RateLimit, status: 429},
		{text: "server_is_overloaded", kind: failure.Overloaded, status: 503},
		{text: "vector_store_timeout", kind: failure.Timeout},
		{text: "insufficient_quota", kind: failure.UsageLimit, status: 429},
		{text: "credit_balance_exhausted", kind: failure.UsageLimit, status: 429},
		{text: "organization_spend_limit_exceeded", kind: failure.UsageLimit, status: 429},
		{text: "project_spend_limit_exceeded", kind: failure.UsageLimit, status: 429},
		{text: "organization_usage_limit_exceeded", kind: failure.UsageLimit, status: 429},
		{text: "billing_not_active", kind: failure.UsageLimit, status: 429},
		{text: "billing_hard_limit_reached", kind: failure.UsageLimit, status: 400},
		{text: "account_deactivated", kind: failure.Auth, status: 401},
		{text: "unsupported_country_region_territory", kind: failure.Permission, status: 403},
		{text: "previous_response_not_found", kind: failure.InvalidRequest, status: 400},
		{text: "string_above_max_length", kind: failure.ContextExceeded, status: 400},

		// What is wrong with an image, as response.failed says it.
		{text: "image_content_policy_violation", kind: failure.ContentFilter, status: 400},
		{text: "invalid_image", kind: failure.InvalidRequest, status: 400},
		{text: "invalid_image_format", kind: failure.InvalidRequest, status: 400},
		{text: "invalid_base64_image", kind: failure.InvalidRequest, status: 400},
		{text: "invalid_image_url", kind: failure.InvalidRequest, status: 400},
		{text: "invalid_image_mode", kind: failure.InvalidRequest, status: 400},
		{text: "image_too_large", kind: failure.InvalidRequest, status: 400},
		{text: "image_too_small", kind: failure.InvalidRequest, status: 400},
		{text: "image_file_too_large", kind: failure.InvalidRequest, status: 400},
		{text: "image_parse_error", kind: failure.InvalidRequest, status: 400},
		{text: "image_file_not_found", kind: failure.InvalidRequest, status: 400},
		{text: "empty_image_file", kind: failure.InvalidRequest, status: 400},
		{text: "failed_to_download_image", kind: failure.InvalidRequest, status: 400},
		{text: "unsupported_image_media_type", kind: failure.InvalidRequest, status: 400},
	},
	// One request that is larger than the limit for a whole minute: no wait makes
	// it smaller.
	phrases: []meaning{
		{"request too large", failure.ContextExceeded},
		{"tokens must be reduced", failure.ContextExceeded},
	},
	strict: true,
}

// compatible: any server that speaks one of OpenAI's APIs and is not known by
// its host. Little can be relied on: [DONE] may come without a finish_reason,
// and the error's shape is anybody's.
var compatible = definition{
	id:       "openai-compatible",
	dialects: []*dialect.Dialect{&dialect.Chat, &dialect.Responses},
}
