package provider

import "github.com/retrystream/retrystream/core/failure"

// sgLang: OpenAI's APIs on a server of one's own. Errors are {"object":"error",
// message, type, param, code} with the status as the code, wrapped in an error in
// a stream. A request that the engine gave up finishes with abort.
//
// Source: its python/sglang/srt/entrypoints/openai; anomalyco/opencode#25230 and
// #40254.
var sgLang = definition{
	id:   "sglang",
	name: "SGLang",
	phrases: []meaning{
		{"the request queue is full", failure.Overloaded},
	},
	finishes: []meaning{{"abort", failure.Server}},
}
