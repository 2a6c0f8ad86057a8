package provider

import "github.com/retrystream/retrystream/core/failure"

// xAI: Chat Completions and Responses. Errors are OpenAI's shape, or
// {"code":"a sentence","error":"a sentence"}, where only the words tell. A wrong
// key is a 400. An empty account is a 403 or a 429.
//
// Source: docs.x.ai, "Debugging errors".
var xAI = definition{
	id:    "xai",
	name:  "xAI",
	hosts: []string{"api.x.ai"},
	phrases: []meaning{
		{"doesn t have any credits", failure.UsageLimit},
	},
	strict: true,
}
