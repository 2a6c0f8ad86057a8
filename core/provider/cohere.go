package provider

import (
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
)

// cohere: its own v2 chat API, and OpenAI's below /compatibility. Errors are
// {"message"}. 498 is a request blocked for its content. A stream ends with
// message-end, whose finish_reason may be a failure.
//
// Source: docs.cohere.com, "Errors" and "Chat with streaming".
var cohere = definition{
	id:       "cohere",
	name:     "Cohere",
	hosts:    []string{"api.cohere.com", "api.cohere.ai"},
	dialects: []*dialect.Dialect{&dialect.Cohere},
	phrases: []meaning{
		{"too many tokens total number", failure.ContextExceeded},
		{"too many tokens max tokens", failure.ContextExceeded},
	},
	statuses: []ownStatus{{498, failure.ContentFilter}},
	finishes: []meaning{
		{"ERROR", failure.Server},
		{"TIMEOUT", failure.Timeout},
		{"ERROR_TOXIC", failure.ContentFilter},
	},
	strict: true,
}
