package provider

import "github.com/retrystream/retrystream/core/failure"

// llamaCPP: llama-server, which speaks OpenAI's APIs. Errors are {"error":{code,
// message, type}} with the status as a number. It has sent errors in a stream
// as a field "error:", which readers of events ignore.
//
// Source: its tools/server/README.md; ggml-org/llama.cpp#16104.
var llamaCPP = definition{
	id:   "llamacpp",
	name: "llama.cpp",
	codes: []code{
		{text: "unavailable_error", kind: failure.Overloaded, status: 503},
		{text: "exceed_context_size_error", kind: failure.ContextExceeded, status: 400},
		{text: "not_supported_error", kind: failure.InvalidRequest, status: 501},
	},
}
