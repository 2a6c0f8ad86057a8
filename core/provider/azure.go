package provider

import "github.com/retrystream/retrystream/core/failure"

// azure: OpenAI's APIs at Azure. Errors are OpenAI's, with a status and, for a
// refused prompt, an innererror. Delays are in retry-after-ms, which browsers
// may not read, and in the message ("Please retry after 7 seconds").
//
// Source: learn.microsoft.com, Azure OpenAI "Quotas and limits" and "Content
// filtering".
var azure = definition{
	id:    "azure",
	name:  "Azure OpenAI",
	hosts: []string{"openai.azure.com", "services.ai.azure.com", "cognitiveservices.azure.com"},
	codes: []code{
		{text: "TooManyRequests", kind: failure.RateLimit, status: 429, weak: true},
		{text: "RateLimitReached", kind: failure.RateLimit, status: 429},
		{text: "NoCapacity", kind: failure.Overloaded, status: 503},
		{text: "InternalServerError", kind: failure.Server, status: 500, weak: true},
		{text: "content_filter", kind: failure.ContentFilter, status: 400},
		{text: "ResponsibleAIPolicyViolation", kind: failure.ContentFilter, status: 400},
		{text: "DeploymentNotFound", kind: failure.ModelNotFound, status: 404},
		{text: "PermissionDenied", kind: failure.Permission, status: 401},
	},
	strict: true,
}
