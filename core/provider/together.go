package provider

// together: Chat Completions. Errors are OpenAI's shape; a 403 can mean that
// the prompt is too long, which its words say.
//
// Source: docs.together.ai, "Error codes".
var together = definition{
	id:    "together",
	name:  "Together AI",
	hosts: []string{"api.together.xyz", "api.together.ai"},
}
