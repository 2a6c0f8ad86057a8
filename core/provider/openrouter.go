package provider

import "github.com/retrystream/retrystream/core/failure"

// openRouter: errors are {"error":{code, message, metadata}} with the HTTP
// status as the code, and metadata.error_type for the kind. In a stream the
// error stands beside a choice that finishes with "error". While a request is
// queued it sends the comment ": OPENROUTER PROCESSING". A 402 is an empty
// account, unless it only says that too much is in flight.
//
// Source: openrouter.ai, "Errors" and "Streaming".
var openRouter = definition{
	id:    "openrouter",
	name:  "OpenRouter",
	hosts: []string{"openrouter.ai"},
	words: map[string]verdict{
		"provider_overloaded":  {kind: failure.Overloaded, status: 503},
		"provider_unavailable": {kind: failure.Server, status: 502},
		"server":               {kind: failure.Server, status: 500},
		"timeout":              {kind: failure.Timeout, status: 408},
		"insufficient_credits": {kind: failure.UsageLimit, status: 402},
		"payment_required":     {kind: failure.UsageLimit, status: 402},
		inFlightBudget:         {kind: failure.RateLimit, status: 402},
	},
	strict: true,
}

// inFlightBudget is the limit_source of a 402 that passes by itself.
const inFlightBudget = "openrouter_in_flight_budget"
