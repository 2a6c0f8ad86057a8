package provider

import "github.com/retrystream/retrystream/core/internal/dialect"

// aiSDK: a server that uses the AI SDK and sends its UI message stream, as useChat
// reads it. An error is the sentence that the server lets people see.
//
// Source: the package ai, src/ui-message-stream.
var aiSDK = definition{
	id:       "ai-sdk",
	dialects: []*dialect.Dialect{&dialect.AISDK},
	speaks:   &dialect.AISDK,
}
