package provider

import "github.com/retrystream/retrystream/core/failure"

// miniMax: Chat Completions, and the Messages API below /anthropic. Errors are
// {"base_resp":{status_code, status_msg}} in a 200, beside choices that are null;
// the Messages API has Anthropic's shape with the number at the message's end.
//
// Source: platform.minimax.io, "Error codes"; MiniMax-AI/MiniMax-M2#119,
// MiniMax-AI/MiniMax-M2.7#36; MiniMax-AI/cli, its errors.
var miniMax = definition{
	id:    "minimax",
	name:  "MiniMax",
	hosts: []string{"api.minimax.chat", "api.minimax.io", "api.minimaxi.com"},
	codes: []code{
		{text: "1002", kind: failure.RateLimit},
		{text: "1039", kind: failure.RateLimit},
		{text: "1041", kind: failure.RateLimit},
		{text: "2045", kind: failure.RateLimit},
		{text: "1000", kind: failure.Server, weak: true},
		{text: "1024", kind: failure.Server},
		{text: "1033", kind: failure.Server},
		{text: "1001", kind: failure.Timeout},
		{text: "1008", kind: failure.UsageLimit},
		{text: "2056", kind: failure.UsageLimit, status: 429},
		{text: "1004", kind: failure.Auth},
		{text: "2049", kind: failure.Auth},
		{text: "2061", kind: failure.Permission},
		{text: "2013", kind: failure.InvalidRequest, weak: true},
		{text: "1026", kind: failure.ContentFilter},
		{text: "1027", kind: failure.ContentFilter},
	},
	phrases: []meaning{
		// Of type rate_limit_error, but a plan's share for some hours.
		{"usage limit exceeded", failure.UsageLimit},
	},
}
