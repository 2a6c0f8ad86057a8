package chattest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

func TestStepsAreUsedUpInOrder(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		server := a.start(t,
			chattest.ErrorResponse(chattest.Error{Status: 429}),
			chattest.ErrorResponse(chattest.Error{Status: 503}),
			chattest.Reply("Third", chattest.DeltaRunes(10)),
		)
		var statuses []int
		var bodies []string
		for range 5 {
			resp, body, err := a.stream(t, server)
			require.NoError(t, err)
			statuses = append(statuses, resp.StatusCode)
			bodies = append(bodies, body)
		}
		assert.Equal(t, []int{429, 503, 200, 200, 200}, statuses)
		assert.Contains(t, bodies[2], "Third")
		for _, body := range bodies[3:] {
			assert.Contains(t, body, "Hello")
			assert.Contains(t, body, a.end)
		}
		assert.NotEqual(t, bodies[3], bodies[4], "two replies must not have the same id")
	})
}

func TestThen(t *testing.T) {
	down := chattest.ErrorResponse(chattest.Error{Status: 503})
	a := apiNamed(t, "anthropic")
	server := chattest.NewServer(t, chattest.Anthropic(&chattest.Script{
		Steps: []chattest.Step{chattest.DefaultReply()}, Then: &down,
	}))
	for _, want := range []int{200, 503, 503} {
		resp, _, err := a.stream(t, server)
		require.NoError(t, err)
		assert.Equal(t, want, resp.StatusCode)
	}
}

func TestConcurrentRequests(t *testing.T) {
	const n = 20
	var steps []chattest.Step
	for i := range n {
		steps = append(steps, chattest.Fail(500+i, ""))
	}
	server := chattest.NewOpenAIChat(t, steps...)
	var mu sync.Mutex
	seen := map[int]int{}
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			resp, err := send(t.Context(), t, server.URL+"/chat/completions", `{"stream":true}`)
			if !assert.NoError(t, err) {
				return
			}
			_ = resp.Body.Close()
			mu.Lock()
			defer mu.Unlock()
			seen[resp.StatusCode]++
		})
	}
	wg.Wait()
	assert.Len(t, seen, n, "each step answers one request")
	assert.Len(t, server.Requests(), n)
}

func TestRefusals(t *testing.T) {
	tests := []struct {
		name, api, method, path, body string
		status                        int
		want                          string
	}{
		{"path", "anthropic", "POST", "/v1/complete", `{}`, 404, `{"type":"error","error":{"type":"not_found_error","message":"Not Found"},"request_id":"req_011C%s"}`},
		{"method", "anthropic", "GET", "/v1/messages", ``, 405, `{"type":"error","error":{"type":"invalid_request_error","message":"Method Not Allowed"},"request_id":"req_011C%s"}`},
		{"json", "openai chat", "POST", "/v1/chat/completions", `{`, 400, `{"error":{"message":"The request body is not valid JSON.","type":"invalid_request_error","param":null,"code":null}}`},
		{"path", "openai responses", "POST", "/v1/chat/completions", `{}`, 404, `{"error":{"message":"Not Found","type":"invalid_request_error","param":null,"code":null}}`},
		{"path", "gemini", "POST", "/v1beta/models/x:countTokens", `{}`, 404, `{"error":{"code":404,"message":"Not Found","status":"NOT_FOUND"}}`},
		{"method", "gemini", "GET", "/v1beta/models/x:generateContent", ``, 405, `{"error":{"code":405,"message":"Method Not Allowed","status":"INVALID_ARGUMENT"}}`},
		{"alt", "gemini", "POST", "/v1beta/models/x:streamGenerateContent", `{}`, 400, `{"error":{"code":400,"message":"This fake streams with alt=sse only.","status":"INVALID_ARGUMENT"}}`},
		{"size", "openai chat", "POST", "/v1/chat/completions", strings.Repeat(" ", 32<<20+1), 413, `{"error":{"message":"Request Entity Too Large","type":"invalid_request_error","param":null,"code":null}}`},
	}
	for _, tt := range tests {
		t.Run(tt.api+" "+tt.name, func(t *testing.T) {
			a := apiNamed(t, tt.api)
			server := a.start(t, chattest.Fail(418, ""))
			req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.path, strings.NewReader(tt.body))
			require.NoError(t, err)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer func() { _ = resp.Body.Close() }()
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.status, resp.StatusCode)
			want := tt.want
			if _, id, ok := strings.Cut(string(got), "req_011C"); ok {
				want = fmt.Sprintf(want, id[:20])
			}
			assert.JSONEq(t, want, string(got))

			resp, _, err = a.stream(t, server)
			require.NoError(t, err)
			assert.Equal(t, 418, resp.StatusCode, "a refused request takes no step")
		})
	}
}

func TestErrorResponses(t *testing.T) {
	tests := []struct {
		name, api  string
		step       chattest.Step
		status     int
		retryAfter string
		want       string
	}{
		{"overloaded", "anthropic", chattest.AnthropicOverloadedResponse(), 529, "", `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"%s"}`},
		{"rate limit", "anthropic", chattest.AnthropicRateLimitResponse("7"), 429, "7", `{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your organization's rate limit of 50 requests per minute."},"request_id":"%s"}`},
		{"key", "anthropic", chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key"), 401, "", `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"},"request_id":"%s"}`},
		{"details", "anthropic", chattest.ErrorResponse(chattest.Error{Status: 429, Message: "m", Details: `{"error_code":"enforced_spend_limit_reached"}`}), 429, "", `{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"%s"}`},
		{"rate limit", "openai chat", chattest.OpenAIRateLimitResponse("", chattest.Header("Retry-After-Ms", "1500")), 429, "", `{"error":{"message":"Rate limit reached for gpt-5-mini on requests per min (RPM): Limit 3, Used 3, Requested 1.","type":"requests","param":null,"code":"rate_limit_exceeded"}}`},
		{"server", "openai responses", chattest.OpenAIServerErrorResponse(chattest.Header("Retry-After", "2")), 500, "2", `{"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}`},
		{"quota", "openai chat", chattest.OpenAIErrorResponse(429, "insufficient_quota", "insufficient_quota", "q"), 429, "", `{"error":{"message":"q","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`},
		{"overloaded", "gemini", chattest.GeminiErrorResponse(503, "UNAVAILABLE", "m"), 503, "", `{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}`},
		{"nothing but a status", "gemini", chattest.ErrorResponse(chattest.Error{Status: 504}), 504, "", `{"error":{"code":504,"message":"Gateway Timeout","status":"DEADLINE_EXCEEDED"}}`},
		{"nothing at all", "openai chat", chattest.ErrorResponse(chattest.Error{}), 500, "", `{"error":{"message":"Internal Server Error","type":"server_error","param":null,"code":null}}`},
	}
	for _, tt := range tests {
		t.Run(tt.api+" "+tt.name, func(t *testing.T) {
			a := apiNamed(t, tt.api)
			resp, got, err := a.stream(t, a.start(t, tt.step))
			require.NoError(t, err)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.retryAfter, resp.Header.Get("Retry-After"))
			assert.Contains(t, resp.Header.Get("Content-Type"), "application/json")
			want := tt.want
			if _, id, ok := strings.Cut(got, `"request_id":"`); ok {
				want = fmt.Sprintf(want, strings.TrimSuffix(id, `"}`))
			}
			assert.JSONEq(t, want, got)
		})
	}
}

func TestCORS(t *testing.T) {
	do := func(t *testing.T, script *chattest.Script, method string) (*http.Response, *chattest.Server) {
		t.Helper()
		server := chattest.NewServer(t, chattest.Anthropic(script))
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+"/v1/messages", strings.NewReader(`{}`))
		require.NoError(t, err)
		req.Header.Set("Origin", "http://localhost:3000")
		req.Header.Set("Access-Control-Request-Headers", "content-type,x-api-key")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp, server
	}
	limited := chattest.AnthropicRateLimitResponse("3")

	t.Run("off", func(t *testing.T) {
		resp, _ := do(t, &chattest.Script{}, http.MethodPost)
		assert.Empty(t, resp.Header.Get("Access-Control-Allow-Origin"))
		resp, _ = do(t, &chattest.Script{}, http.MethodOptions)
		assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	})
	t.Run("preflight", func(t *testing.T) {
		resp, server := do(t, &chattest.Script{AllowOrigin: "*"}, http.MethodOptions)
		assert.Equal(t, http.StatusNoContent, resp.StatusCode)
		assert.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, "GET, POST", resp.Header.Get("Access-Control-Allow-Methods"))
		assert.Equal(t, "content-type,x-api-key", resp.Header.Get("Access-Control-Allow-Headers"))
		assert.Empty(t, server.Requests())
	})
	t.Run("error response", func(t *testing.T) {
		resp, _ := do(t, &chattest.Script{AllowOrigin: "*", Then: &limited}, http.MethodPost)
		assert.Equal(t, 429, resp.StatusCode)
		assert.Equal(t, "*", resp.Header.Get("Access-Control-Allow-Origin"))
		assert.Empty(t, resp.Header.Get("Access-Control-Expose-Headers"))
	})
	t.Run("exposed", func(t *testing.T) {
		resp, _ := do(t, &chattest.Script{
			AllowOrigin: "http://localhost:3000", ExposeHeaders: []string{"Retry-After", "Request-Id"}, Then: &limited,
		}, http.MethodPost)
		assert.Equal(t, "http://localhost:3000", resp.Header.Get("Access-Control-Allow-Origin"))
		assert.Equal(t, "Origin", resp.Header.Get("Vary"))
		assert.Equal(t, "Retry-After, Request-Id", resp.Header.Get("Access-Control-Expose-Headers"))
	})
}

func TestRequests(t *testing.T) {
	server := chattest.NewGemini(t)
	a := apiNamed(t, "gemini")
	before := time.Now()
	post(t, server.URL+a.path, `{"n":1}`)
	post(t, server.URL+a.whole, `{"n":2}`)
	got := server.Requests()
	require.Len(t, got, 2)
	assert.Equal(t, "POST", got[0].Method)
	assert.Equal(t, "/v1beta/models/gemini-x:streamGenerateContent", got[0].Path)
	assert.Equal(t, "alt=sse", got[0].Query)
	assert.Equal(t, "application/json", got[0].Header.Get("Content-Type"))
	assert.JSONEq(t, `{"n":1}`, string(got[0].Body))
	assert.JSONEq(t, `{"n":2}`, string(got[1].Body))
	assert.False(t, got[0].Time.Before(before))
	assert.False(t, got[1].Time.Before(got[0].Time))
}

func TestOptionsLeaveTheirSourceAlone(t *testing.T) {
	header := http.Header{"Content-Type": {"text/html"}}
	step := chattest.RawResponse(502, header, "", chattest.Header("Retry-After", "1"))
	assert.Equal(t, "1", step.Header.Get("Retry-After"))
	assert.Len(t, header, 1)
}
