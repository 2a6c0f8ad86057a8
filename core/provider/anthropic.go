package provider

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
)

// anthropic: Messages API. Errors are {"type":"error","error":{type, message,
// details}}, the same in a stream; details.error_code tells a spend limit from
// a rate limit. Delays are in retry-after and anthropic-ratelimit-*-reset.
//
// Source: platform.claude.com, "Errors" and "Rate limits".
var anthropic = definition{
	id:       "anthropic",
	name:     "Anthropic",
	hosts:    []string{"api.anthropic.com"},
	dialects: []*dialect.Dialect{&dialect.Messages},
	codes: []code{
		{text: "rate_limit_error", kind: failure.RateLimit, status: 429, weak: true},
		{text: "overloaded_error", kind: failure.Overloaded, status: 529},
		{text: "timeout_error", kind: failure.Timeout, status: 504},
		{text: "conflict_error", kind: failure.Server, status: 409},
		{text: "billing_error", kind: failure.UsageLimit, status: 402},
		{text: "enforced_spend_limit_reached", kind: failure.UsageLimit, status: 429},
		{text: "contract_spend_limit_reached", kind: failure.UsageLimit, status: 429},
		{text: "request_too_large", kind: failure.ContextExceeded, status: 413},
	},
	strict: true,
}
