package provider

import "github.com/retrystream/retrystream/core/failure"

// verdict is what a word means. A status is the one that the word has outside a
// stream; inside one there is none to be seen.
type verdict struct {
	kind   failure.Kind
	status int
	// weak words say little: the message and the HTTP status are asked first.
	weak bool
}

// words is the vocabulary of error types and codes, shared by all providers.
// Where a provider uses a word in a sense of its own, its file says so.
//
// Sources: the providers' API references of 2026 (Anthropic "Errors", OpenAI
// "Error codes", google.rpc.Code, Azure OpenAI, OpenRouter, Groq, Mistral).
var words = map[string]verdict{
	// Wait.
	"rate_limit_error":          {kind: failure.RateLimit, status: 429},
	"rate_limit_exceeded":       {kind: failure.RateLimit, status: 429},
	"rate_limited":              {kind: failure.RateLimit, status: 429},
	"too_many_requests":         {kind: failure.RateLimit, status: 429},
	"TooManyRequests":           {kind: failure.RateLimit, status: 429},
	"slow_down":                 {kind: failure.RateLimit, status: 429},
	"RESOURCE_EXHAUSTED":        {kind: failure.RateLimit, status: 429},
	"overloaded_error":          {kind: failure.Overloaded, status: 529},
	"overloaded":                {kind: failure.Overloaded, status: 503},
	"engine_overloaded":         {kind: failure.Overloaded, status: 503},
	"server_is_overloaded":      {kind: failure.Overloaded, status: 503},
	"provider_overloaded":       {kind: failure.Overloaded, status: 503},
	"capacity_exceeded":         {kind: failure.Overloaded, status: 498},
	"UNAVAILABLE":               {kind: failure.Overloaded, status: 503},
	"service_unavailable":       {kind: failure.Overloaded, status: 503},
	"service_unavailable_error": {kind: failure.Overloaded, status: 503},
	"provider_unavailable":      {kind: failure.Overloaded, status: 503},
	"api_error":                 {kind: failure.Server, status: 500},
	"server_error":              {kind: failure.Server, status: 500},
	"server":                    {kind: failure.Server, status: 500},
	"internal_error":            {kind: failure.Server, status: 500},
	"internal_server_error":     {kind: failure.Server, status: 500},
	"InternalServerError":       {kind: failure.Server, status: 500},
	"INTERNAL":                  {kind: failure.Server, status: 500},
	"conflict_error":            {kind: failure.Server, status: 409},
	"timeout_error":             {kind: failure.Timeout, status: 504},
	"timeout":                   {kind: failure.Timeout, status: 408},
	"vector_store_timeout":      {kind: failure.Timeout},
	"DEADLINE_EXCEEDED":         {kind: failure.Timeout, status: 504},

	// Stop.
	"insufficient_quota":                {kind: failure.UsageLimit, status: 429},
	dailyQuota:                          {kind: failure.UsageLimit, status: 429},
	"quota_exceeded":                    {kind: failure.UsageLimit, status: 429},
	"credit_balance_exhausted":          {kind: failure.UsageLimit, status: 429},
	"organization_spend_limit_exceeded": {kind: failure.UsageLimit, status: 429},
	"project_spend_limit_exceeded":      {kind: failure.UsageLimit, status: 429},
	"organization_usage_limit_exceeded": {kind: failure.UsageLimit, status: 429},
	"enforced_spend_limit_reached":      {kind: failure.UsageLimit, status: 429},
	"contract_spend_limit_reached":      {kind: failure.UsageLimit, status: 429},
	"billing_error":                     {kind: failure.UsageLimit, status: 402},
	"billing_not_active":                {kind: failure.UsageLimit, status: 429},
	"billing_hard_limit_reached":        {kind: failure.UsageLimit, status: 429},
	"insufficient_credits":              {kind: failure.UsageLimit, status: 402},
	"authentication_error":              {kind: failure.Auth, status: 401},
	"invalid_api_key":                   {kind: failure.Auth, status: 401},
	"invalid_authentication":            {kind: failure.Auth, status: 401},
	"account_deactivated":               {kind: failure.Auth, status: 401},
	"API_KEY_INVALID":                   {kind: failure.Auth, status: 400},
	"UNAUTHENTICATED":                   {kind: failure.Auth, status: 401},
	"permission_error":                  {kind: failure.Permission, status: 403},
	"permission_denied":                 {kind: failure.Permission, status: 403},
	"PERMISSION_DENIED":                 {kind: failure.Permission, status: 403},
	"unsupported_country_region_territory": {
		kind: failure.Permission, status: 403},
	"context_length_exceeded": {kind: failure.ContextExceeded, status: 400},
	"context_window_exceeded": {kind: failure.ContextExceeded, status: 400},
	"string_above_max_length": {kind: failure.ContextExceeded, status: 400},
	"request_too_large":       {kind: failure.ContextExceeded, status: 413},
	"model_not_found":         {kind: failure.ModelNotFound, status: 404},
	"not_found_error":         {kind: failure.ModelNotFound, status: 404},
	"DeploymentNotFound":      {kind: failure.ModelNotFound, status: 404},
	"invalid_model":           {kind: failure.ModelNotFound, status: 400},
	"content_filter":          {kind: failure.ContentFilter, status: 400},
	"content_policy_violation": {
		kind: failure.ContentFilter, status: 400},
	"ResponsibleAIPolicyViolation": {kind: failure.ContentFilter, status: 400},

	// Words for any bad request: what else is said decides.
	"invalid_request_error": {kind: failure.InvalidRequest, status: 400, weak: true},
	"invalid_request":       {kind: failure.InvalidRequest, status: 400, weak: true},
	"invalid_prompt":        {kind: failure.InvalidRequest, status: 400, weak: true},
	"INVALID_ARGUMENT":      {kind: failure.InvalidRequest, status: 400, weak: true},
	"FAILED_PRECONDITION":   {kind: failure.InvalidRequest, status: 400, weak: true},
	"NOT_FOUND":             {kind: failure.ModelNotFound, status: 404, weak: true},
}
