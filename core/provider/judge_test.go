package provider

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/failure"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func header(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestJudge(t *testing.T) {
	const (
		anthropic  = "https://api.anthropic.com/v1/messages"
		openai     = "https://api.openai.com/v1/chat/completions"
		geminiURL  = "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent"
		compatible = "http://localhost/v1/chat/completions"
	)
	for name, tc := range map[string]struct {
		url       string
		status    int
		body      string
		kind      failure.Kind
		retryable bool
		detail    string // part of it
	}{
		"anthropic rate limit":         {anthropic, 429, `{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"},"request_id":"req_1"}`, failure.RateLimit, true, "Slow down"},
		"anthropic spend limit":        {anthropic, 429, `{"type":"error","error":{"type":"rate_limit_error","message":"x","details":{"error_code":"enforced_spend_limit_reached"}}}`, failure.UsageLimit, false, ""},
		"anthropic overloaded":         {anthropic, 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, failure.Overloaded, true, ""},
		"anthropic key":                {anthropic, 401, `{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}`, failure.Auth, false, ""},
		"anthropic credit":             {anthropic, 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}`, failure.UsageLimit, false, "credit"},
		"anthropic too long":           {anthropic, 400, `{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}`, failure.ContextExceeded, false, ""},
		"anthropic model":              {anthropic, 404, `{"type":"error","error":{"type":"not_found_error","message":"model: claude-9"}}`, failure.ModelNotFound, false, "claude-9"},
		"anthropic timeout":            {anthropic, 504, `{"type":"error","error":{"type":"timeout_error","message":"x"}}`, failure.Timeout, true, ""},
		"openai rate limit":            {openai, 429, `{"error":{"message":"Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM)","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`, failure.RateLimit, true, "TPM"},
		"openai quota":                 {openai, 429, `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`, failure.UsageLimit, false, ""},
		"openai key":                   {openai, 401, `{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`, failure.Auth, false, ""},
		"openai context":               {openai, 400, `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`, failure.ContextExceeded, false, ""},
		"openai context, by the text":  {openai, 400, `{"error":{"message":"This model's maximum context length is 8192 tokens.","type":"invalid_request_error","param":"messages","code":null}}`, failure.ContextExceeded, false, ""},
		"openai bad parameter":         {openai, 400, `{"error":{"message":"Unknown parameter: 'foo'.","type":"invalid_request_error","param":"foo","code":"unknown_parameter"}}`, failure.InvalidRequest, false, "foo"},
		"openai server error":          {openai, 500, `{"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}}`, failure.Server, true, ""},
		"gemini per minute":            {geminiURL, 429, `{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 46s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"46s"}]}}`, failure.RateLimit, true, ""},
		"gemini per day":               {geminiURL, 429, `{"error":{"code":429,"message":"You exceeded your current quota. Please retry in 46s.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"46s"}]}}`, failure.UsageLimit, false, ""},
		"gemini, a quota of zero":      {geminiURL, 429, `{"error":{"code":429,"message":"Quota exceeded for metric: x, limit: 0, model: m","status":"RESOURCE_EXHAUSTED"}}`, failure.UsageLimit, false, ""},
		"gemini, a small quota":        {geminiURL, 429, `{"error":{"code":429,"message":"Quota exceeded for metric: x, limit: 05, model: m","status":"RESOURCE_EXHAUSTED"}}`, failure.RateLimit, true, ""},
		"gemini key":                   {geminiURL, 400, `{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}`, failure.Auth, false, ""},
		"gemini overloaded":            {geminiURL, 503, `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`, failure.Overloaded, true, ""},
		"gemini, an array":             {geminiURL, 403, `[{"error":{"code":403,"message":"denied","status":"PERMISSION_DENIED"}}]`, failure.Permission, false, "denied"},
		"xai, an error that is a text": {compatible, 400, `{"code":"Client specified an invalid argument","error":"Model not found: grok-9"}`, failure.ModelNotFound, false, "grok-9"},
		"ollama":                       {compatible, 404, `{"error":"model \"llama9\" not found, try pulling it first"}`, failure.ModelNotFound, false, "llama9"},
		"vllm, an integer code":        {compatible, 400, `{"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400}`, failure.InvalidRequest, false, "bad"},
		"fastapi":                      {compatible, 422, `{"detail":[{"loc":["body"],"msg":"field required"}]}`, failure.InvalidRequest, false, "field required"},
		"an error that is null":        {compatible, 500, `{"error":null}`, failure.Server, true, ""},
		"an error that is an array":    {compatible, 500, `{"error":["x"]}`, failure.Server, true, ""},
		"no body":                      {compatible, 502, ``, failure.Server, true, ""},
		"a web page":                   {compatible, 502, `<html><head><title>502 Bad Gateway</title></head><body>secret</body></html>`, failure.Server, true, ""},
		"half a JSON":                  {openai, 429, `{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","para`, failure.UsageLimit, false, ""},
		"binary":                       {compatible, 500, "\x00\xff\xfe\x01", failure.Server, true, ""},
		"deeply nested":                {compatible, 500, strings.Repeat(`{"error":`, 10_000), failure.Server, true, ""},
		"plain text":                   {compatible, 503, "upstream connect error or disconnect/reset before headers", failure.Server, true, "upstream"},
		"a redirect":                   {compatible, 302, ``, failure.Unknown, false, ""},
		"forbidden":                    {compatible, 403, ``, failure.Permission, false, ""},
		"payment required":             {compatible, 402, ``, failure.UsageLimit, false, ""},
		"teapot":                       {compatible, 418, ``, failure.InvalidRequest, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := Find(tc.url, "")
			f := p.Judge(Response{StatusCode: tc.status, Body: []byte(tc.body)}, now)
			assert.Equal(t, tc.kind, f.Kind)
			assert.Equal(t, tc.retryable, f.Retryable)
			assert.Equal(t, tc.status, f.StatusCode)
			assert.Equal(t, p.ID(), f.Provider)
			assert.NotEmpty(t, f.Message)
			assert.Contains(t, f.Detail, tc.detail)
		})
	}
}

func TestJudgeReadsOnlyTheStartOfABody(t *testing.T) {
	rest := `","code":"insufficient_quota"}}`
	body := make([]byte, 100<<20)
	copy(body, `{"error":{"message":"`)
	copy(body[len(body)-len(rest):], rest)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f := Find("/v1/messages", "").Judge(Response{StatusCode: 500, Body: body}, now)
	runtime.ReadMemStats(&after)
	assert.Equal(t, failure.Server, f.Kind)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(10<<20))
	f = Find("/v1/messages", "").Judge(Response{StatusCode: 500, Body: []byte(`{"error":{"message":"` + rest)}, now)
	assert.Equal(t, failure.UsageLimit, f.Kind, "what is read")
}

func TestShouldRetryIsObeyed(t *testing.T) {
	p := Find("https://api.openai.com/v1/responses", "")
	f := p.Judge(Response{StatusCode: 429, Header: header("x-should-retry", "false")}, now)
	assert.Equal(t, failure.RateLimit, f.Kind)
	assert.False(t, f.Retryable)
	f = p.Judge(Response{StatusCode: 400, Header: header("x-should-retry", "true")}, now)
	assert.True(t, f.Retryable)
}

func TestDelays(t *testing.T) {
	for name, tc := range map[string]struct {
		header func(string) string
		body   string
		want   time.Duration
	}{
		"none":                   {header(), ``, 0},
		"milliseconds":           {header("retry-after-ms", "1500"), ``, 1500 * time.Millisecond},
		"milliseconds go first":  {header("retry-after-ms", "250.5", "retry-after", "9"), ``, 250500 * time.Microsecond},
		"seconds":                {header("retry-after", "7"), ``, 7 * time.Second},
		"fractions":              {header("retry-after", "1.5"), ``, 1500 * time.Millisecond},
		"a date":                 {header("retry-after", "Sun, 22 Nov 2026 12:01:30 GMT"), ``, 90 * time.Second},
		"an old kind of date":    {header("retry-after", "Sunday, 22-Nov-26 12:00:05 GMT"), ``, 5 * time.Second},
		"a past date":            {header("retry-after", "Sun, 22 Nov 2026 11:00:00 GMT"), ``, 0},
		"negative":               {header("retry-after", "-3"), ``, 0},
		"NaN":                    {header("retry-after", "NaN"), ``, 0},
		"infinite":               {header("retry-after", "Inf"), ``, 0},
		"absurd":                 {header("retry-after", "1e300"), ``, 0},
		"words":                  {header("retry-after", "soon"), ``, 0},
		"openai's sentence":      {header(), `{"error":{"message":"Rate limit reached. Please try again in 5.289s. Visit x"}}`, 5289 * time.Millisecond},
		"minutes":                {header(), `{"error":{"message":"try again in 6m0s"}}`, 6 * time.Minute},
		"milliseconds in text":   {header(), `{"error":{"message":"Please try again in 120ms."}}`, 120 * time.Millisecond},
		"gemini's sentence":      {header(), `{"error":{"message":"Please retry in 46s."}}`, 46 * time.Second},
		"words of time":          {header(), `{"error":{"message":"Please retry after 20 seconds."}}`, 20 * time.Second},
		"RetryInfo":              {header(), `{"error":{"message":"x","details":[{"retryDelay":"3.5s"}]}}`, 3500 * time.Millisecond},
		"header beats text":      {header("retry-after", "2"), `{"error":{"message":"try again in 9s"}}`, 2 * time.Second},
		"an OpenAI reset":        {header("x-ratelimit-reset-tokens", "6m0s", "x-ratelimit-remaining-tokens", "0"), ``, 6 * time.Minute},
		"the one used up":        {header("x-ratelimit-reset-requests", "9m", "x-ratelimit-remaining-requests", "7", "x-ratelimit-reset-tokens", "1.5s", "x-ratelimit-remaining-tokens", "0"), ``, 1500 * time.Millisecond},
		"both used up":           {header("x-ratelimit-reset-requests", "120ms", "x-ratelimit-remaining-requests", "0", "x-ratelimit-reset-tokens", "2m59.56s", "x-ratelimit-remaining-tokens", "0"), ``, 2*time.Minute + 59560*time.Millisecond},
		"nobody says which":      {header("x-ratelimit-reset-requests", "9s", "x-ratelimit-reset-tokens", "3s"), ``, 3 * time.Second},
		"an Anthropic reset":     {header("anthropic-ratelimit-output-tokens-reset", "2026-11-22T12:00:42Z", "anthropic-ratelimit-output-tokens-remaining", "0"), ``, 42 * time.Second},
		"milliseconds of 1970":   {header("x-ratelimit-reset", "1795348810000", "x-ratelimit-remaining", "0"), ``, 10 * time.Second},
		"seconds of 1970":        {header("x-ratelimit-reset", "1795348810"), ``, 10 * time.Second},
		"seconds to the reset":   {header("ratelimit-reset", "30"), ``, 30 * time.Second},
		"Azure's minus one":      {header("x-ratelimit-reset-tokens", "-1", "x-ratelimit-remaining-tokens", "-1"), ``, 0},
		"a reset in the past":    {header("x-ratelimit-reset", "1700000000"), ``, 0},
		"an absurd reset":        {header("x-ratelimit-reset", "1e300"), ``, 0},
		"retry-after goes first": {header("retry-after", "2", "x-ratelimit-reset-tokens", "6m0s"), ``, 2 * time.Second},
		"no number":              {header(), `{"error":{"message":"try again in a moment"}}`, 0},
		"no unit":                {header(), `{"error":{"message":"try again in 5"}}`, 0},
		// What no clock of ours can hold is a very long wait, not none.
		"the last date of all":     {header("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"), ``, maxDelay},
		"the year 2500":            {header("retry-after", "Fri, 31 Dec 2500 23:59:59 GMT"), ``, maxDelay},
		"the year 1":               {header("retry-after", "Mon, 01 Jan 0001 00:00:00 GMT"), ``, 0},
		"too many seconds":         {header("retry-after", "99999999999999999999"), ``, maxDelay},
		"digits without end":       {header("retry-after", strings.Repeat("9", 400)), ``, maxDelay},
		"too many milliseconds":    {header("retry-after-ms", "99999999999999999999"), ``, maxDelay},
		"too many hours":           {header("retry-after", "99999999999h99999999999h"), ``, maxDelay},
		"a reset far away":         {header("anthropic-ratelimit-tokens-reset", "9999-12-31T23:59:59Z"), ``, maxDelay},
		"a reset in the year 5138": {header("x-ratelimit-reset", "99999999999999"), ``, maxDelay},
		"a reset in 99999999 h":    {header("x-ratelimit-reset-tokens", "99999999h"), ``, maxDelay},
		"absurd text":              {header(), `{"error":{"message":"try again in 99999999999999999999h"}}`, maxDelay},
		"an absurd RetryInfo":      {header(), `{"error":{"message":"x","details":[{"retryDelay":"315576000000s"}]}}`, maxDelay},
	} {
		t.Run(name, func(t *testing.T) {
			f := Find("/v1/chat/completions", "").Judge(Response{StatusCode: 429, Header: tc.header, Body: []byte(tc.body)}, now)
			assert.Equal(t, tc.want, f.RetryAfter)
		})
	}
}

func BenchmarkJudge(b *testing.B) {
	body := []byte(`{"error":{"message":"` + strings.Repeat("Rate limit reached for gpt-4o. ", 30) + `Please try again in 5.289s.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`)
	p := Find("https://api.openai.com/v1/chat/completions", "")
	b.ReportAllocs()
	for b.Loop() {
		if p.Judge(Response{StatusCode: 429, Body: body}, now).RetryAfter == 0 {
			b.Fatal("no delay")
		}
	}
}

// BenchmarkJudgeLong judges bodies of 200 KB, of which 64 are looked at.
func BenchmarkJudgeLong(b *testing.B) {
	p := Find("https://api.example.com/v1/chat/completions", "")
	prose := strings.Repeat("The upstream of this model did not answer the request, and nobody knows why. ", 2600)
	for name, body := range map[string]string{
		"message":  `{"error":{"message":"` + prose + `","type":"odd"}}`,
		"text":     prose,
		"web page": "<html><head><title>502 Bad Gateway</title></head><body>" + prose,
		"echo":     `{"detail":"Invalid value: '` + prose + `'"}`,
		"nested":   strings.Repeat(`{"error":`, 20_000),
		"quotes":   `{"message":"` + strings.Repeat(`,'x `, 50_000) + `"}`,
	} {
		b.Run(name, func(b *testing.B) {
			res := Response{StatusCode: 500, Body: []byte(body)}
			for b.Loop() {
				p.Judge(res, now)
			}
		})
	}
}
