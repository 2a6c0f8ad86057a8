package failure

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/testdata"
)

// harmless texts hold no secret, and are shown as they are.
var harmless = []string{
	"Unsupported key: 'response_format.v2'",
	"Invalid value for token: 'tools[0].function'",
	"Duplicate key: tool_call_2",
	"cannot open org-chart-2024.pdf",
	"no output for call_function_2",
	"Authorization: header is missing",
	"Authorization: header is missing or malformed. Send it as Authorization: Bearer with your key.",
	"Authorization: Bearer token is missing",
	"Authorization header is missing: see the documentation",
	"missing Authorization header",
	"authorization: required",
	"x-api-key header is required",
	"x-api-key: header is required, host: y",
	"API key: missing",
	`{"api_key": null, "model": "gpt-4o-2024-08-06"}`,
	"Invalid API key. Request ID: 4f2a9b1c7d3e",
	"Invalid API key (request id: 20250101123456789abcdef)",
	"API key format is wrong, request id: 021758abcdef0123456",
	"API key格式错误，请检查后重试，请求 ID 021758abcdef",
	"Unknown parameter: 'messages[3].tool_calls[0].function.arguments'",
	"Unexpected keys: ['temperature_2', 'top_k']",
	"key: maxOutputTokens2 is not allowed",
	"Unrecognized key(s) in object: 'cache_control', 'thinking.budget_tokens'",
	"Invalid token: 'claude-sonnet-4-5-20250929'",
	"This key cannot use the model Qwen3-235B-A22B-Instruct-2507-FP8",
	"no such model: meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
	"Your key has no access to accounts/fireworks/models/qwen3-coder-480b-a35b-instruct",
	"The token limit is 128000 and 131072 tokens were sent, max tokens=4096",
	"Limit 30000, Used 29500, Requested 1200 tokens",
	"tokens per min (TPM): Limit 30000, Used 29500",
	"Bearer authentication is required",
	"use Basic authentication or a Bearer token",
	"the basic plan allows 3 keys",
	"a secret: it works", // no name, no value
	"password must have 8 characters",
	"Session expired, sign in again",
	"status 529: overloaded_error req_011CSHoEeqs5C35K2UUqR7Fy",
	"chatcmpl-AbCdEfGhIjKlMnOpQrStUvWxYz012 was cut off",
	"resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b not found",
	"request 123e4567-e89b-12d3-a456-426614174000 failed",
	"traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
	"cf-ray 8f1b2c3d4e5f6a7b-FRA",
	"hf_hub_download and hf_transfer of sk-learn, xai-grok-3-mini-beta, r8_models_list_all",
	"ASIA-PACIFIC-REGION-2 is not available",
	"task-0123456789 desk-0123456789 risk-averse",
	"dial tcp 203.0.113.7:443: connect: connection refused",
	`Post "https://api.example.com/v1/chat/completions": context deadline exceeded`,
	"see https://platform.example.com/docs/guides/error-codes/api-errors.",
	"https://example.com/v1/responses/resp_68af4030592c81938ec0a5fb was not found",
	`{"error":{"message":"temperature: Input should be less than or equal to 1","type":"invalid_request_error"}}`,
	`{"error":{"code":"invalid_api_key","param":null,"type":"authentication_error"}}`,
	`{"error":{"code":"missing_api_key","message":"no API key was sent"}}`,
	`[{"loc":["header","x-api-key"],"msg":"field required","type":"value_error.missing"}]`,
	"100% of the quota is used; 50%de",
	"C:\\new\\token\\file.txt is missing",
	"余额不足，请充值后重试。状态码：429",
	"模型 qwen-max-2025-01-25 不存在",
	"错误码: 1302, 您的账户已达到速率限制",
	"monkey=y, author=x, keyboard: qwerty123",
	"Received: 5 messages, expected 3",
	"finish_reason=content_filter, index=0",
	"cookies must be enabled",
	"signature verification failed",
	"Invalid signature in thinking block",
	"credentials: not found in the environment",
	"Could not resolve authentication method. Expected either apiKey or authToken to be set.",
	"OPENAI_API_KEY environment variable is missing or empty; set it, or pass apiKey to the client.",
	"did you mean 'api_key'?",
	"[redacted] is not a valid model, try 2 others",
	"Incorrect API key provided: [redacted]. You can find your API key at https://example.com/account/api-keys.",
}

func TestHarmlessTextsAreShown(t *testing.T) {
	for _, text := range harmless {
		assert.Equal(t, text, Detail(text))
	}
}

// What providers really say holds no secret, unless it is marked as one.
func TestProvidersMessagesAreShown(t *testing.T) {
	checked := 0
	check := func(text string) {
		if len(text) > 400 || strings.ContainsAny(text, "<*?#") { // markup, masked keys, queries and fragments
			return
		}
		for _, hidden := range []string{"sk-", "org-", "proj_", "call_", "ws_", "SECRET", "YOUR_KEY"} {
			if strings.Contains(text, hidden) {
				return
			}
		}
		checked++
		assert.Equal(t, strings.Join(strings.Fields(text), " "), Detail(text))
	}
	for _, v := range readVectors(t) {
		check(v.Input.Error)
	}
	raw, err := testdata.Vectors.ReadFile("vectors/responses.json")
	require.NoError(t, err)
	var responses []struct {
		Input struct{ Body string }
	}
	require.NoError(t, json.Unmarshal(raw, &responses))
	for _, r := range responses {
		check(messageIn(r.Input.Body))
	}
	assert.Greater(t, checked, 600)
	reports := "../../../shared/reports/responses.json"
	if raw, err = os.ReadFile(reports); err != nil {
		t.Skip("no reports here")
	}
	var reported []struct{ Body json.RawMessage }
	require.NoError(t, json.Unmarshal(raw, &reported))
	for _, r := range reported {
		var text string
		if json.Unmarshal(r.Body, &text) != nil {
			text = string(r.Body)
		}
		check(messageIn(text))
	}
	raw, err = os.ReadFile(strings.Replace(reports, "responses", "errors", 1))
	require.NoError(t, err)
	var errs []struct{ Text string }
	require.NoError(t, json.Unmarshal(raw, &errs))
	for _, e := range errs {
		check(e.Text)
	}
}

// messageIn returns the message of an error body, or the whole body.
func messageIn(body string) string {
	var e struct {
		Error   json.RawMessage
		Message string
	}
	if json.Unmarshal([]byte(body), &e) != nil {
		return body
	}
	var inner struct{ Message string }
	if json.Unmarshal(e.Error, &inner) == nil && inner.Message != "" {
		return inner.Message
	}
	if e.Message != "" {
		return e.Message
	}
	return body
}
