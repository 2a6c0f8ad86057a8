package provider

import "github.com/retrystream/retrystream/core/failure"

// siliconFlow: Chat Completions. Errors are flat, {code, message, data}, the code
// a number of five digits. An empty account is a 403.
//
// Source: docs.siliconflow.cn, "Error handling"; FoundationAgents/OpenManus#438.
var siliconFlow = definition{
	id:    "siliconflow",
	name:  "SiliconFlow",
	hosts: []string{"api.siliconflow.cn", "api.siliconflow.com"},
	codes: []code{
		{text: "30001", kind: failure.UsageLimit, status: 403},
		{text: "30011", kind: failure.UsageLimit, status: 403},
		{text: "20012", kind: failure.ModelNotFound, status: 400},
	},
	phrases: []meaning{
		{"balance is insufficient", failure.UsageLimit},
	},
}
