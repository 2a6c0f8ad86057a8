package provider

import "github.com/retrystream/retrystream/core/failure"

// dashScope: Qwen at Alibaba Cloud's Model Studio, by Chat Completions below
// /compatible-mode. Errors are {"error":{code, message, type}}, or flat with a
// code in its own style. insufficient_quota, Throttling.AllocationQuota by its own
// name, is the limit of tokens a minute; an empty account is Arrearage.
//
// Source: help.aliyun.com, Model Studio "Error codes", "Rate limiting" and
// "OpenAI compatible - Chat".
var dashScope = definition{
	id:    "dashscope",
	name:  "DashScope",
	hosts: []string{"dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"},
	codes: []code{
		{text: "insufficient_quota", kind: failure.RateLimit, status: 429},
		{text: "limit_requests", kind: failure.RateLimit, status: 429},
		{text: "limit_burst_rate", kind: failure.RateLimit, status: 429},
		{text: "LimitRequests", kind: failure.RateLimit, status: 429},
		{text: "Throttling", kind: failure.RateLimit, status: 429},
		{text: "Throttling.RateQuota", kind: failure.RateLimit, status: 429},
		{text: "Throttling.BurstRate", kind: failure.RateLimit, status: 429},
		{text: "Throttling.AllocationQuota", kind: failure.RateLimit, status: 429},
		{text: "ModelUnavailable", kind: failure.Overloaded, status: 503},
		{text: "ModelServiceFailed", kind: failure.Server, status: 500},
		{text: "SystemError", kind: failure.Server, status: 500},
		{text: "InternalError", kind: failure.Server, status: 500, weak: true},
		{text: "InternalError.Algo", kind: failure.Server, status: 500, weak: true},
		{text: "InternalError.Timeout", kind: failure.Timeout, status: 500},
		{text: "RequestTimeOut", kind: failure.Timeout, status: 408},
		{text: "Arrearage", kind: failure.UsageLimit, status: 400},
		{text: "PrepaidBillOverdue", kind: failure.UsageLimit, status: 429},
		{text: "PostpaidBillOverdue", kind: failure.UsageLimit, status: 429},
		{text: "AllocationQuota.FreeTierOnly", kind: failure.UsageLimit, status: 403},
		{text: "InvalidApiKey", kind: failure.Auth, status: 401},
		{text: "AccessDenied", kind: failure.Permission, status: 403},
		{text: "AccessDenied.Unpurchased", kind: failure.Permission, status: 403},
		{text: "Model.AccessDenied", kind: failure.Permission, status: 403},
		{text: "Workspace.AccessDenied", kind: failure.Permission, status: 403},
		{text: "CommodityNotPurchased", kind: failure.Permission, status: 429},
		{text: "ModelNotFound", kind: failure.ModelNotFound, status: 404},
		{text: "BadRequest.TooLarge", kind: failure.ContextExceeded, status: 413},
		{text: "InvalidParameter", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "DataInspectionFailed", kind: failure.ContentFilter, status: 400},
		{text: "data_inspection_failed", kind: failure.ContentFilter, status: 400},
	},
	phrases: []meaning{
		{"free allocated quota exceeded", failure.UsageLimit},
		{"range of input length should be", failure.ContextExceeded},
	},
	strict: true,
}
