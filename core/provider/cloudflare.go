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
	codes: []code{
		{text: "3040", kind: failure.Overloaded, status: 429},
		{text: "3007", kind: failure.Timeout, status: 408},
		{text: "3036", kind: failure.UsageLimit, status: 429},
		{text: "10000", kind: failure.Auth, status: 401},
		{text: "2009", kind: failure.Auth, status: 401},
		{text: "3023", kind: failure.Permission, status: 403},
		{text: "3041", kind: failure.Permission, status: 403},
		{text: "5016", kind: failure.Permission, status: 403},
		{text: "5018", kind: failure.Permission, status: 403},
		{text: "5007", kind: failure.ModelNotFound, status: 400},
		{text: "3042", kind: failure.ModelNotFound, status: 404},
		{text: "3006", kind: failure.ContextExceeded, status: 413},
	},
	phrases: []meaning{
		{"capacity temporarily exceeded", failure.Overloaded},
		{"daily free allocation", failure.UsageLimit},
		{"blocked due to security configurations", failure.ContentFilter},
	},
}
