package provider

import (
	"strings"

	"github.com/retrystream/retrystream/core/failure"
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
	dialects: []*dialect{&generateContent, &interactions},
	words:    googleWords,
	phrases: []phrase{
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
	words:  googleWords,
	refine: refineGoogle,
}

var googleWords = map[string]verdict{
	"RESOURCE_EXHAUSTED":  {kind: failure.RateLimit, status: 429},
	"too_many_requests":   {kind: failure.RateLimit, status: 429},
	"UNAVAILABLE":         {kind: failure.Overloaded, status: 503},
	"service_unavailable": {kind: failure.Overloaded, status: 503},
	"INTERNAL":            {kind: failure.Server, status: 500},
	"UNKNOWN":             {kind: failure.Server, status: 500},
	"ABORTED":             {kind: failure.Server, status: 409},
	"DEADLINE_EXCEEDED":   {kind: failure.Timeout, status: 504},
	"RATE_LIMIT_EXCEEDED": {kind: failure.RateLimit, status: 429},
	"MODEL_CAPACITY_EXHAUSTED": {
		kind: failure.Overloaded, status: 503},
	dailyQuota:        {kind: failure.UsageLimit, status: 429},
	"API_KEY_INVALID": {kind: failure.Auth, status: 400},
	"UNAUTHENTICATED": {kind: failure.Auth, status: 401},
	"ACCESS_TOKEN_EXPIRED": {
		kind: failure.Auth, status: 401},
	"BILLING_DISABLED":    {kind: failure.UsageLimit, status: 403},
	"SERVICE_DISABLED":    {kind: failure.Permission, status: 403},
	"PERMISSION_DENIED":   {kind: failure.Permission, status: 403},
	"NOT_FOUND":           {kind: failure.ModelNotFound, status: 404},
	"INVALID_ARGUMENT":    {kind: failure.InvalidRequest, status: 400, weak: true},
	"FAILED_PRECONDITION": {kind: failure.InvalidRequest, status: 400, weak: true},
	"OUT_OF_RANGE":        {kind: failure.InvalidRequest, status: 400, weak: true},
	"UNIMPLEMENTED":       {kind: failure.InvalidRequest, status: 501},

	// Codes of the Interactions API only.
	"parameter_unknown":   {kind: failure.InvalidRequest, status: 400},
	"failed_precondition": {kind: failure.InvalidRequest, status: 400, weak: true},
	"out_of_range":        {kind: failure.InvalidRequest, status: 416, weak: true},
}

// dailyQuota stands for a quota that comes back tomorrow, and for one of zero.
const dailyQuota = "daily quota"

func refineGoogle(body *errorBody) {
	for _, id := range body.quotas {
		if strings.Contains(id, "PerDay") {
			body.first(dailyQuota)
		}
	}
	if _, rest, ok := strings.Cut(body.message, "limit: 0"); ok && (rest == "" || !strings.ContainsAny(rest[:1], ".0123456789")) {
		body.first(dailyQuota)
	}
}
