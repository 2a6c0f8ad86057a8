package provider

import (
	"slices"

	"github.com/retrystream/retrystream/core/failure"
)

// openRouter: errors are {"error":{code, message, metadata}} with the HTTP
// status as the code. The word to rely on is error_type: in metadata, beside
// the type where Messages is spoken, at the top where Responses is. The code of
// the provider behind it is in provider_code. In a stream the error stands
// beside a choice that finishes with "error". While a request is queued it
// sends the comment ": OPENROUTER PROCESSING". metadata.limit_source tells the
// limits apart: a 402 is an empty account unless too much is in flight, a 403
// can be a budget.
//
// Source: openrouter.ai, "Errors and Debugging", "Limits" and "Streaming".
var openRouter = definition{
	id:    "openrouter",
	name:  "OpenRouter",
	hosts: []string{"openrouter.ai"},
	codes: []code{
		// error_type.
		{text: "provider_overloaded", kind: failure.Overloaded, status: 503},
		{text: "provider_unavailable", kind: failure.Server, status: 502},
		{text: "timeout", kind: failure.Timeout, status: 504},
		{text: "server", kind: failure.Server, status: 500, weak: true},
		{text: "unmapped", kind: failure.Server, status: 500, weak: true},
		{text: "payment_required", kind: failure.UsageLimit, status: 402},
		{text: "token_limit_exceeded", kind: failure.UsageLimit, status: 400},
		{text: "string_too_long", kind: failure.ContextExceeded, status: 400},
		{text: "payload_too_large", kind: failure.ContextExceeded, status: 413},
		{text: "refusal", kind: failure.ContentFilter, status: 400},
		{text: "max_tokens_exceeded", kind: failure.InvalidRequest, status: 400},
		{text: "precondition_failed", kind: failure.InvalidRequest, status: 412},
		{text: "unprocessable", kind: failure.InvalidRequest, status: 422},
		{text: "unsupported_image_format", kind: failure.InvalidRequest, status: 400},
		{text: "image_not_found", kind: failure.InvalidRequest, status: 404},
		{text: "image_download_failed", kind: failure.InvalidRequest, status: 400},

		// limit_source.
		{text: inFlightBudget, kind: failure.RateLimit, status: 402},
		{text: "openrouter_credits", kind: failure.UsageLimit, status: 402},
		{text: "openrouter_key_limit", kind: failure.UsageLimit, status: 402},
		{text: "openrouter_guardrail_budget", kind: failure.UsageLimit, status: 403},
		{text: "openrouter_workspace_budget", kind: failure.UsageLimit, status: 403},
	},
	phrases: []meaning{
		{"free models per day", failure.UsageLimit},
	},
	refine: refineOpenRouter,
	strict: true,
}

// inFlightBudget is the limit_source of a 402 that passes by itself.
const inFlightBudget = "openrouter_in_flight_budget"

func refineOpenRouter(body *errorBody) {
	if slices.Contains(body.codes, inFlightBudget) {
		body.putFirst(inFlightBudget)
	}
}
