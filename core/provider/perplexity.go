package provider

// perplexity: Chat Completions. Errors are {"error":{message, type, code}} with
// the status as the code; an empty account is a 401 of type insufficient_quota.
//
// Source: docs.perplexity.ai, "Error handling"; perplexityai/api-discussion#262.
var perplexity = definition{
	id:    "perplexity",
	name:  "Perplexity",
	hosts: []string{"api.perplexity.ai"},
}
