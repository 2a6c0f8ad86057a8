package provider

// xAI: Chat Completions and Responses. Errors are OpenAI's shape, or
// {"code":"a sentence","error":"a sentence"}, where only the words tell.
//
// Source: docs.x.ai, "Debugging errors".
var xAI = definition{
	id:     "xai",
	name:   "xAI",
	hosts:  []string{"api.x.ai"},
	strict: true,
}
