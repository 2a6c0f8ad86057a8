package provider

import "github.com/retrystream/retrystream/core/failure"

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
	words: map[string]verdict{
		"slow_down":                         {kind: failure.RateLimit, status: 503},
		"server_is_overloaded":              {kind: failure.Overloaded, status: 503},
		"vector_store_timeout":              {kind: failure.Timeout},
		"insufficient_quota":                {kind: failure.UsageLimit, status: 429},
		"credit_balance_exhausted":          {kind: failure.UsageLimit, status: 429},
		"organization_spend_limit_exceeded": {kind: failure.UsageLimit, status: 429},
		"project_spend_limit_exceeded":      {kind: failure.UsageLimit, status: 429},
		"organization_usage_limit_exceeded": {kind: failure.UsageLimit, status: 429},
		"billing_not_active":                {kind: failure.UsageLimit, status: 429},
		"billing_hard_limit_reached":        {kind: failure.UsageLimit, status: 400},
		"account_deactivated":               {kind: failure.Auth, status: 401},
		"unsupported_country_region_territory": {
			kind: failure.Permission, status: 403},
		"string_above_max_length": {kind: failure.ContextExceeded, status: 400},
	},
	refine: refineOpenAI,
	strict: true,
}

// refineOpenAI tells the 429 for one request that is larger than the limit for
// a whole minute: no wait makes it smaller.
func refineOpenAI(body *errorBody, status int) {
	if status == 429 && (containsFold(body.message, "request too large") ||
		containsFold(body.message, "input or output tokens must be reduced")) {
		body.first("context_length_exceeded")
	}
}

// compatible: any server that speaks one of OpenAI's APIs and is not known by
// its host. Little can be relied on: [DONE] may come without a finish_reason,
// and the error's shape is anybody's.
var compatible = definition{
	id:       "openai-compatible",
	dialects: []*dialect{&chat, &responses},
}
