package provider

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
)

// ollama: its own API, one JSON object a line, and OpenAI's below /v1. Errors
// are {"error":"a sentence"}, in a stream too. A model that does not fit into
// the memory is a 500, but fits no better the next time.
//
// Source: docs.ollama.com, "Errors" and "Streaming".
var ollama = definition{
	id:       "ollama",
	name:     "Ollama",
	hosts:    []string{"ollama.com"},
	dialects: []*dialect.Dialect{&dialect.Ollama},
	phrases: []meaning{
		{"maximum pending requests exceeded", failure.Overloaded},
		{"requires more system memory", failure.InvalidRequest},
	},
}
