package provider

import "github.com/retrystream/retrystream/core/failure"

// deepInfra: Chat Completions, and the Messages API below /anthropic. Errors are
// {"error":{"message"}} or {"detail":{"error"}}. A model without room is a 429.
//
// Source: truefoundry/models#862; XInTheDark/raycast-g4f#179.
var deepInfra = definition{
	id:    "deepinfra",
	name:  "DeepInfra",
	hosts: []string{"api.deepinfra.com"},
	phrases: []meaning{
		{"model busy", failure.Overloaded},
	},
}
