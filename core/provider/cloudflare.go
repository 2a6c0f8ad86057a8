package provider

import "github.com/retrystream/retrystream/core/failure"

// cloudflare: Workers AI, by Chat Completions below /ai/v1, and the AI gateway,
// which passes on the APIs of others. Its own errors are {"success":false,
// "errors":[{code, message}]}, the code a number; a 429 is a model without room or
// the day's free share.
//
// Source: developers.cloudflare.com, Workers AI "Errors", AI Gateway "Set up
// Guardrails" and the changelog of its credential errors.
var cloudflare = definition{
	id:    "cloudflare",
	name:  "Cloudflare",
	hosts: []string{"api.cloudflare.com", "gateway.ai.cloudflare.com"},
	phrases: []phrase{
		{"capacity temporarily exceeded", failure.Overloaded},
		{"daily free allocation", failure.UsageLimit},
		{"blocked due to security configurations", failure.ContentFilter},
	},
}
