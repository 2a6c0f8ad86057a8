package provider

import "github.com/retrystream/retrystream/core/failure"

// together: Chat Completions. Errors are OpenAI's shape; a 403 or 422 can mean
// that the prompt is too long, which its words say. Type credit_limit comes with
// an empty account (402) and with the rate limit of a free one (429).
//
// Source: docs.together.ai, "Error codes".
var together = definition{
	id:    "together",
	name:  "Together AI",
	hosts: []string{"api.together.xyz", "api.together.ai"},
	codes: []code{
		{text: "credit_limit", kind: failure.UsageLimit, status: 402, weak: true},
	},
	phrases: []meaning{
		{"inputs tokens max new tokens must be", failure.ContextExceeded},
	},
}
