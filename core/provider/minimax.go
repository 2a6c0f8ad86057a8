package provider

import "github.com/retrystream/retrystream/core/failure"

// miniMax: Chat Completions, and the Messages API below /anthropic. Errors are
// {"base_resp":{status_code, status_msg}} in a 200, beside choices that are null;
// the Messages API has Anthropic's shape with the number at the message's end.
//
// Source: platform.minimax.io, "Error codes"; MiniMax-AI/MiniMax-M2#119,
// MiniMax-AI/MiniMax-M2.7#36.
var miniMax = definition{
	id:    "minimax",
	name:  "MiniMax",
	hosts: []string{"api.minimax.chat", "api.minimax.io", "api.minimaxi.com"},
	phrases: []phrase{
		// Of type rate_limit_error, but a plan's share for some hours.
		{"usage limit exceeded", failure.UsageLimit},
	},
}
