package provider

import "github.com/retrystream/retrystream/core/failure"

// lmStudio: OpenAI's APIs on a computer of one's own. Errors are {"error":"a
// sentence"} or OpenAI's shape, in a stream as an event "error". A conversation
// that does not fit is told by how much of it is to be kept.
//
// Source: lmstudio.ai, "OpenAI compatibility"; lmstudio-ai/lmstudio-bug-tracker#116
// and #1347, lmstudio-ai/lms#107.
var lmStudio = definition{
	id:   "lmstudio",
	name: "LM Studio",
	phrases: []meaning{
		{"trying to keep the first", failure.ContextExceeded},
		{"the model has crashed", failure.Server},
	},
}
