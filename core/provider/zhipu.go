package provider

import "github.com/retrystream/retrystream/core/failure"

// zhipu: GLM, at Zhipu's platform and at Z.ai. Chat Completions, and the Messages
// API below /anthropic. Errors are {"error":{code, message}}, the code a number in
// a string; most are a 429, whatever they mean. A reply that finishes with
// network_error was interrupted on their side, one with sensitive was refused, and
// one with model_context_window_exceeded comes where the conversation leaves no
// room for a reply.
//
// Source: docs.bigmodel.cn and docs.z.ai, "Error codes", "Rate limits", "Streaming"
// and "Chat completion"; anomalyco/opencode#18813.
var zhipu = definition{
	id:    "zhipu",
	name:  "Zhipu AI",
	hosts: []string{"open.bigmodel.cn", "api.z.ai"},
	codes: []code{
		{text: "1302", kind: failure.RateLimit, status: 429},
		{text: "1303", kind: failure.RateLimit, status: 429},
		{text: "1305", kind: failure.Overloaded, status: 429},
		{text: "1312", kind: failure.Overloaded, status: 429},
		{text: "1120", kind: failure.Server},
		{text: "1230", kind: failure.Server, status: 500},
		{text: "1234", kind: failure.Server, status: 500},
		{text: "1113", kind: failure.UsageLimit, status: 429},
		{text: "1304", kind: failure.UsageLimit, status: 429},
		{text: "1308", kind: failure.UsageLimit, status: 429},
		{text: "1309", kind: failure.UsageLimit, status: 429},
		{text: "1310", kind: failure.UsageLimit, status: 429},
		{text: "1000", kind: failure.Auth, status: 401},
		{text: "1001", kind: failure.Auth, status: 401},
		{text: "1002", kind: failure.Auth, status: 401},
		{text: "1003", kind: failure.Auth, status: 401},
		{text: "1004", kind: failure.Auth, status: 401},
		{text: "1110", kind: failure.Permission},
		{text: "1111", kind: failure.Permission},
		{text: "1112", kind: failure.Permission, status: 429},
		{text: "1121", kind: failure.Permission, status: 429},
		{text: "1220", kind: failure.Permission},
		{text: "1311", kind: failure.Permission},
		{text: "1313", kind: failure.Permission},
		{text: "1211", kind: failure.ModelNotFound, status: 400},
		{text: "1261", kind: failure.ContextExceeded, status: 400},
		{text: "1210", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "1212", kind: failure.InvalidRequest, status: 400},
		{text: "1213", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "1214", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "1215", kind: failure.InvalidRequest, status: 400, weak: true},
		{text: "1300", kind: failure.ContentFilter, status: 400},
		{text: "1301", kind: failure.ContentFilter, status: 400},
	},
	finishes: []meaning{
		{"network_error", failure.Server},
		{"sensitive", failure.ContentFilter},
		{"model_context_window_exceeded", failure.ContextExceeded},
	},
	strict: true,
}
