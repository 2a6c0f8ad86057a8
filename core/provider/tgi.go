package provider

import "github.com/retrystream/retrystream/core/failure"

// tgi: Hugging Face's Text Generation Inference, by Chat Completions. Errors are
// {"error":"a sentence", "error_type"}, in a stream too.
//
// Source: its router/src/infer/mod.rs and router/src/server.rs.
var tgi = definition{
	id:   "tgi",
	name: "Text Generation Inference",
	codes: []code{
		{text: "overloaded", kind: failure.Overloaded, status: 429},
		{text: "generation", kind: failure.Server, status: 424},
		{text: "incomplete_generation", kind: failure.Server, status: 500},
		{text: "validation", kind: failure.InvalidRequest, status: 422, weak: true},
		{text: "template_error", kind: failure.InvalidRequest, status: 422},
		{text: "tool_error", kind: failure.InvalidRequest, status: 422},
	},
}
