package provider

import "github.com/retrystream/retrystream/core/failure"

// nvidia: NIM, as NVIDIA hosts it. Chat Completions. Errors before the model are
// problem+json, {status, title, detail}, those of the model its server's. A model
// that is down is a 400; one without room for another request says so in a stream.
//
// Source: users' reports, such as anomalyco/opencode#35265 and
// NousResearch/hermes-agent#73391.
var nvidia = definition{
	id:    "nvidia",
	name:  "NVIDIA NIM",
	hosts: []string{"api.nvidia.com"},
	phrases: []meaning{
		{"degraded function cannot be invoked", failure.Server},
		{"worker local total request limit reached", failure.Overloaded},
	},
}
