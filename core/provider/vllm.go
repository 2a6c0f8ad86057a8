package provider

import "github.com/retrystream/retrystream/core/failure"

// vLLM: OpenAI's APIs on a server of one's own. The error's code is the HTTP
// status as a number, its type the name of a Python exception; older versions
// are flat. In a stream an error is followed by [DONE].
//
// Source: docs.vllm.ai, "OpenAI-compatible server"; its entrypoints/openai.
var vLLM = definition{
	id:   "vllm",
	name: "vLLM",
	codes: []code{
		{text: "BadRequestError", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "NotFoundError", kind: failure.ModelNotFound, status: 404},
		{text: "AuthenticationError", kind: failure.Auth, status: 401},
		{text: "InternalServerError", kind: failure.Server, status: 500, weak: true},
		{text: "ServiceUnavailableError", kind: failure.Overloaded, status: 503},
		{text: "EngineDeadError", kind: failure.Server, status: 500},
	},
	phrases: []meaning{
		{"context length is only", failure.ContextExceeded},
	},
}
