package provider

// ollama: its own API, one JSON object a line, and OpenAI's below /v1. Errors
// are {"error":"a sentence"}, in a stream too.
//
// Source: docs.ollama.com, "Errors" and "Streaming".
var ollama = definition{
	id:       "ollama",
	name:     "Ollama",
	hosts:    []string{"ollama.com"},
	dialects: []*dialect{&ollamaLines},
}
