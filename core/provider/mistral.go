package provider

import "github.com/retrystream/retrystream/core/failure"

// mistral: Chat Completions. Errors are flat, {"object":"error", message, type,
// param, code}, or {"detail":[...]} for a 422. In a stream a choice finishes
// with "error".
//
// Source: docs.mistral.ai, "Errors".
var mistral = definition{
	id:    "mistral",
	name:  "Mistral",
	hosts: []string{"api.mistral.ai"},
	codes: []code{
		{text: "service_tier_capacity_exceeded", kind: failure.Overloaded, status: 429},
		{text: "rate_limited", kind: failure.RateLimit, status: 429},
		{text: "invalid_model", kind: failure.ModelNotFound, status: 400},
	},
	phrases: []meaning{
		{"too many tokens in batch", failure.ContextExceeded},
	},
	finishes: []meaning{{"error", failure.Server}},
	strict:   true,
}
