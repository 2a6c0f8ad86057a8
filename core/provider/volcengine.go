package provider

import "github.com/retrystream/retrystream/core/failure"

// volcengine: Doubao and others at Volcengine's Ark, abroad BytePlus ModelArk.
// Chat Completions and Responses. Errors are {"error":{code, message, param,
// type}}; the type is the status in words, the code tells. An empty account is a
// 403, a model without room a 429.
//
// Source: volcengine.com, Ark "Error codes".
var volcengine = definition{
	id:    "volcengine",
	name:  "Volcengine Ark",
	hosts: []string{"ark.cn-beijing.volces.com", "ark.ap-southeast.bytepluses.com"},
	codes: []code{
		{text: "RateLimitExceeded.EndpointRPMExceeded", kind: failure.RateLimit, status: 429},
		{text: "RateLimitExceeded.EndpointTPMExceeded", kind: failure.RateLimit, status: 429},
		{text: "ModelAccountRpmRateLimitExceeded", kind: failure.RateLimit, status: 429},
		{text: "ModelAccountTpmRateLimitExceeded", kind: failure.RateLimit, status: 429},
		{text: "APIAccountRpmRateLimitExceeded", kind: failure.RateLimit, status: 429},
		{text: "AccountRateLimitExceeded", kind: failure.RateLimit, status: 429},
		{text: "RequestBurstTooFast", kind: failure.RateLimit, status: 429},
		{text: "ServerOverloaded", kind: failure.Overloaded, status: 429},
		{text: "ModelLoadingError", kind: failure.Overloaded, status: 429},
		{text: "InternalServiceError", kind: failure.Server, status: 500},
		{text: "AccountOverdueError", kind: failure.UsageLimit, status: 403},
		{text: "QuotaExceeded", kind: failure.UsageLimit, status: 429},
		{text: "SetLimitExceeded", kind: failure.UsageLimit, status: 429},
		{text: "InvalidEndpointOrModel.NotFound", kind: failure.ModelNotFound, status: 404},
		{text: "InvalidEndpoint.NotFound", kind: failure.ModelNotFound, status: 404},
		{text: "ModelNotOpen", kind: failure.ModelNotFound, status: 404},
		{text: "OutofContextError", kind: failure.ContextExceeded, status: 400},
		{text: "SensitiveContentDetected", kind: failure.ContentFilter, status: 400},
		{text: "SensitiveContentDetected.SevereViolation", kind: failure.ContentFilter, status: 400},
		{text: "SensitiveContentDetected.Violence", kind: failure.ContentFilter, status: 400},
		{text: "InputTextSensitiveContentDetected", kind: failure.ContentFilter, status: 400},
		{text: "InputImageSensitiveContentDetected", kind: failure.ContentFilter, status: 400},
		{text: "OutputTextSensitiveContentDetected", kind: failure.ContentFilter, status: 400},
		{text: "InputTextRiskDetection", kind: failure.ContentFilter, status: 400},
		{text: "OutputTextRiskDetection", kind: failure.ContentFilter, status: 400},
	},
}
