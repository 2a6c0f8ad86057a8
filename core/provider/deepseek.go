package provider

import "github.com/retrystream/retrystream/core/failure"

// deepSeek: Chat Completions, and the Messages API below /anthropic. 402 is an
// empty account. A reply that finishes with insufficient_system_resource was
// interrupted for lack of capacity. While a request is queued it sends the
// comment ": keep-alive", for ten minutes at most.
//
// Source: api-docs.deepseek.com, "Error codes" and "Rate limit".
var deepSeek = definition{
	id:    "deepseek",
	name:  "DeepSeek",
	hosts: []string{"api.deepseek.com"},
	phrases: []meaning{
		{"content exists risk", failure.ContentFilter},
	},
	finishes: []meaning{{"insufficient_system_resource", failure.Overloaded}},
	strict:   true,
}
