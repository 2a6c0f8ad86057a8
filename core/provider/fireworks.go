package provider

// fireworks: Chat Completions, Responses and Messages. Errors are OpenAI's shape,
// with a code in Google's style and the type "error". An account that is suspended
// for its spending limit is a 412, which the words say.
//
// Source: docs.fireworks.ai, "Inference error codes"; amd/gaia#3766.
var fireworks = definition{
	id:    "fireworks",
	name:  "Fireworks AI",
	hosts: []string{"api.fireworks.ai"},
}
