package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
)

// gemini: Google's Gemini API, generateContent with alt=sse and Interactions.
// Errors are {"error":{code, message, status, details}}; the Interactions API
// has a word as the code. A 429 is RESOURCE_EXHAUSTED whether the minute or the
// day is used up: the id of the quota in details tells, or a "limit: 0" in the
// message where a model is not part of the plan. The delay is in details
// (RetryInfo) and in the message.
//
// Source: ai.google.dev, "Troubleshooting" and "Rate limits"; google.rpc.Code.
var gemini = definition{
	id:       "gemini",
	name:     "Google Gemini",
	hosts:    []string{"generativelanguage.googleapis.com"},
	dialects: []*dialect.Dialect{&dialect.GenerateContent, &dialect.Interactions},
	codes:    googleCodes,
	phrases: []meaning{
		{"user location is not supported", failure.Permission},
		{"credits are depleted", failure.UsageLimit},
		{"spending cap", failure.UsageLimit},
	},
	refine: refineGoogle,
}

// vertex: Vertex AI, with Google's models by generateContent and Anthropic's by
// their own Messages API, whose errors are Google's before the model and
// Anthropic's after it.
var vertex = definition{
	id:     "vertex",
	name:   "Google Vertex AI",
	hosts:  []string{"aiplatform.googleapis.com"},
	codes:  googleCodes,
	refine: refineGoogle,
}

var googleCodes = []code{
	{text: "RESOURCE_EXHAUSTED", kind: failure.RateLimit, status: 429},
	{text: "too_many_requests", kind: failure.RateLimit, status: 429, weak: true},
	{text: "UNAVAILABLE", kind: failure.Overloaded, status: 503},
	{text: "service_unavailable", kind: failure.Overloaded, status: 503},
	{text: "INTERNAL", kind: failure.Server, status: 500},
	{text: "UNKNOWN", kind: failure.Server, status: 500},
	{text: "ABORTED", kind: failure.Server, status: 409},
	{text: "DEADLINE_EXCEEDED", kind: failure.Timeout, status: 504},
	{text: "RATE_LIMIT_EXCEEDED", kind: failure.RateLimit, status: 429},
	{text: "MODEL_CAPACITY_EXHAUSTED", kind: failure.Overloaded, status: 503},
	{text: dailyQuota, kind: failure.UsageLimit, status: 429},
	{text: "API_KEY_INVALID", kind: failure.Auth, status: 400},
	{text: "UNAUTHENTICATED", kind: failure.Auth, status: 401},
	{text: "ACCESS_TOKEN_EXPIRED", kind: failure.Auth, status: 401},
	{text: "BILLING_DISABLED", kind: failure.UsageLimit, status: 403},
	{text: "SERVICE_DISABLED", kind: failure.Permission, status: 403},
	{text: "PERMISSION_DENIED", kind: failure.Permission, status: 403},
	{text: "NOT_FOUND", kind: failure.ModelNotFound, status: 404},
	{text: "INVALID_ARGUMENT", kind: failure.InvalidRequest, status: 400, weak: true},
	{text: "FAILED_PRECONDITION", kind: failure.InvalidRequest, status: 400, weak: true},
	{text: "OUT_OF_RANGE", kind: failure.InvalidRequest, status: 400, weak: true},
	{text: "UNIMPLEMENTED", kind: failure.InvalidRequest, status: 501},

	// Codes of the Interactions API only.
	{text: "parameter_unknown", kind: failure.InvalidRequest, status: 400},
	{text: "failed_precondition", kind: failure.InvalidRequest, status: 400, weak: true},
	{text: "out_of_range", kind: failure.InvalidRequest, status: 416, weak: true},
}

// dailyQuota stands for a quota that comes back tomorrow, and for one of zero.
const dailyQuota = "daily quota"

func refineGoogle(body *errorBody) {
	for _, id := range body.quotas {
		if strings.Contains(id, "PerDay") {
			body.putFirst(dailyQuota)
		}
	}
	if _, rest, ok := strings.Cut(body.message, "limit: 0"); ok && (rest == "" || rest[0] != '.' && !isDigit(rest[0])) {
		body.putFirst(dailyQuota)
	}
}
