package provider

import "github.com/retrystream/retrystream/core/failure"

// zhipu: GLM, at Zhipu's platform and at Z.ai. Chat Completions, and the Messages
// API below /anthropic. Errors are {"error":{code, message}}, the code a number in
// a string; most are a 429, whatever they mean. A reply that finishes with
// network_error was interrupted on their side, one with sensitive was refused, and
// one with model_context_window_exceeded comes where the conversation leaves no
// room for a reply.
//
// Source: docs.bigmodel.cn and docs.z.ai, "Error codes", "Rate limits", "Streaming"
// and "Chat completion"; anomalyco/opencode#18813.
var zhipu = definition{
	id:    "zhipu",
	name:  "Zhipu AI",
	hosts: []string{"open.bigmodel.cn", "api.z.ai"},
	finish: map[string]failure.Kind{
		"network_error":                 failure.Server,
		"sensitive":                     failure.ContentFilter,
		"model_context_window_exceeded": failure.ContextExceeded,
	},
	strict: true,
}
