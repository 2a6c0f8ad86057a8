package provider

import "github.com/retrystream/retrystream/core/failure"

// gitHubCopilot: Chat Completions, Responses and Messages with a plan's models.
// Errors are {"error":{code, message}}; the code tells a limit of the moment from
// the plan's share of the month, which is a 402.
//
// Source: microsoft/vscode-copilot-chat, its chat types; github/copilot-cli#639,
// #730 and #793.
var gitHubCopilot = definition{
	id:    "github-copilot",
	name:  "GitHub Copilot",
	hosts: []string{"githubcopilot.com"},
	codes: []code{
		{text: "user_model_rate_limited", kind: failure.RateLimit, status: 429},
		{text: "user_global_rate_limited", kind: failure.RateLimit, status: 429},
		{text: "integration_rate_limited", kind: failure.RateLimit, status: 429},
		{text: "agent_mode_limit_exceeded", kind: failure.RateLimit, status: 429},
		{text: "upstream_provider_rate_limit", kind: failure.Overloaded, status: 429},
		{text: "model_overloaded", kind: failure.Overloaded, status: 429},
		{text: "free_quota_exceeded", kind: failure.UsageLimit, status: 402},
		{text: "model_max_prompt_tokens_exceeded", kind: failure.ContextExceeded, status: 400},
		{text: "model_not_supported", kind: failure.ModelNotFound, status: 400},
	},
}

// gitHubModels: Chat Completions, free of charge within narrow limits. Errors are
// {"error":{code, message, details}}, where details is the message again. The
// limit of a day is a 429 like that of a minute; the message names it.
//
// Source: github/gh-models#65; microsoft/Generative-AI-for-beginners-dotnet#302.
var gitHubModels = definition{
	id:    "github-models",
	name:  "GitHub Models",
	hosts: []string{"models.github.ai", "models.inference.ai.azure.com"},
	codes: []code{
		{text: "tokens_limit_reached", kind: failure.ContextExceeded, status: 413},
		{text: "unknown_model", kind: failure.ModelNotFound, status: 404},
		{text: "unavailable_model", kind: failure.ModelNotFound, status: 400},
	},
	phrases: []meaning{
		{"user by model by day", failure.UsageLimit},
	},
}
