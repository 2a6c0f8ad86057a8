package provider

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/internal/dialect"
	"github.com/retrystream/retrystream/core/sse"
)

func TestFind(t *testing.T) {
	for _, tc := range []struct {
		url, option, id string
		dialect         *dialect.Dialect
	}{
		{"https://api.anthropic.com/v1/messages", "", "anthropic", &dialect.Messages},
		{"https://api.openai.com/v1/chat/completions", Auto, "openai", &dialect.Chat},
		{"https://api.openai.com/v1/responses?stream=true", "", "openai", &dialect.Responses},
		{"https://my-org.openai.azure.com/openai/deployments/x/chat/completions?api-version=1", "", "azure", &dialect.Chat},
		{"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=K", "", "gemini", &dialect.GenerateContent},
		{"https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/c:streamRawPredict", "", "vertex", &dialect.Messages},
		{"https://openrouter.ai/api/v1/chat/completions", "", "openrouter", &dialect.Chat},
		{"https://API.X.AI:443/v1/chat/completions", "", "xai", &dialect.Chat},
		{"http://localhost:8080/v1/chat/completions", "", "openai-compatible", &dialect.Chat},
		{"http://[::1]:8080/v1/messages", "", "anthropic", &dialect.Messages},
		{"/v1/messages", "", "anthropic", &dialect.Messages},
		{"https://example.com/chat", "", "", nil},
		{"https://example.com/chat", "openai", "openai", nil},
		{"https://api.openai.com.evil.test/v1/messages", "", "anthropic", &dialect.Messages},
		{"https://user:api.openai.com@example.com/x", "", "", nil},
		{"::not a url::", "", "", nil},
		{"", "", "", nil},
	} {
		p := Find(tc.url, tc.option)
		assert.Equal(t, tc.id, p.ID(), tc.url)
		assert.Same(t, tc.dialect, p.dialect, tc.url)
	}
}

// TestHosts: each address at which a provider's documents say that it is reached.
func TestHosts(t *testing.T) {
	for host, id := range map[string]string{
		"api.moonshot.cn":                              "moonshot",
		"api.moonshot.ai":                              "moonshot",
		"api.kimi.com":                                 "moonshot",
		"open.bigmodel.cn":                             "zhipu",
		"api.z.ai":                                     "zhipu",
		"dashscope.aliyuncs.com":                       "dashscope",
		"dashscope-intl.aliyuncs.com":                  "dashscope",
		"dashscope-us.aliyuncs.com":                    "dashscope",
		"api.minimax.chat":                             "minimax",
		"api.minimax.io":                               "minimax",
		"api.minimaxi.com":                             "minimax",
		"api.siliconflow.cn":                           "siliconflow",
		"api.siliconflow.com":                          "siliconflow",
		"ark.cn-beijing.volces.com":                    "volcengine",
		"ark.ap-southeast.bytepluses.com":              "volcengine",
		"integrate.api.nvidia.com":                     "nvidia",
		"ai.api.nvidia.com":                            "nvidia",
		"api.githubcopilot.com":                        "github-copilot",
		"api.individual.githubcopilot.com":             "github-copilot",
		"api.business.githubcopilot.com":               "github-copilot",
		"models.github.ai":                             "github-models",
		"models.inference.ai.azure.com":                "github-models",
		"api.cloudflare.com":                           "cloudflare",
		"gateway.ai.cloudflare.com":                    "cloudflare",
		"api.perplexity.ai":                            "perplexity",
		"api.cerebras.ai":                              "cerebras",
		"api.fireworks.ai":                             "fireworks",
		"api.deepinfra.com":                            "deepinfra",
		"router.huggingface.co":                        "huggingface",
		"api-inference.huggingface.co":                 "huggingface",
		"x1.us-east-1.aws.endpoints.huggingface.cloud": "huggingface",

		// Not theirs.
		"huggingface.co":              "",
		"a-b.hf.space":                "",
		"xapi.z.ai":                   "",
		"api.z.ai.evil.test":          "",
		"bucket.oss.aliyuncs.com":     "",
		"my-models.openai.azure.com":  "azure",
		"www.cloudflare.com":          "",
		"notgithubcopilot.com":        "",
		"api.perplexity.ai.localhost": "",
	} {
		assert.Equal(t, id, Find("https://"+host+"/x", "").ID(), host)
	}
}

func TestKnown(t *testing.T) {
	for _, id := range append(IDs(), "", Auto) {
		assert.True(t, Known(id), id)
	}
	assert.False(t, Known("openia"))
}

// step is one event and what it should mean.
type step struct {
	typ, data string
	text      string
	progress  bool
	done      bool
	kind      failure.Kind
}

func TestReaders(t *testing.T) {
	chat := func(delta, finish string) string {
		return `{"object":"chat.completion.chunk","choices":[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]}`
	}
	for name, tc := range map[string]struct {
		url      string
		steps    []step
		complete bool
	}{
		"anthropic": {"https://api.anthropic.com/v1/messages", []step{
			{typ: "message_start", data: `{"type":"message_start","message":{"content":[]}}`},
			{typ: "ping", data: `{"type": "ping"}`},
			{typ: "content_block_start", data: `{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}`, progress: true},
			{typ: "content_block_delta", data: `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm","text":"no"}}`, progress: true},
			{typ: "content_block_delta", data: `{"delta":{"text":"Hé\n\"","type":"text_delta"},"type":"content_block_delta"}`, text: "Hé\n\"", progress: true},
			{typ: "content_block_delta", data: `{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{}"}}`, progress: true},
			{typ: "message_delta", data: `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`, progress: true},
			{typ: "message_stop", data: `{"type":"message_stop"   }`, progress: true, done: true},
		}, true},
		"anthropic without its end": {"https://api.anthropic.com/v1/messages", []step{
			{typ: "message_delta", data: `{"type":"message_delta","delta":{"stop_reason":"end_turn"}}`, progress: true},
		}, false},
		"anthropic error": {"https://api.anthropic.com/v1/messages", []step{
			{typ: "error", data: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`, kind: failure.Overloaded},
		}, false},
		"chat": {"https://api.openai.com/v1/chat/completions", []step{
			{data: chat(`{"role":"assistant","content":""}`, "null"), progress: true},
			{data: chat(`{"content":"Hi"}`, "null"), text: "Hi", progress: true},
			{data: chat(`{"content":null,"tool_calls":[{"function":{"arguments":"{\"content\":\"no\"}"}}]}`, "null"), progress: true},
			{data: chat(`{}`, `"stop"`), progress: true},
			{data: `{"choices":[],"usage":{"total_tokens":3}}`},
			{data: `[DONE]`, done: true},
		}, true},
		"chat, an error that is null": {"https://api.openai.com/v1/chat/completions", []step{
			{data: `{"error":null,"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}`, text: "Hi", progress: true},
		}, true},
		"chat, two choices": {"https://api.openai.com/v1/chat/completions", []step{
			{data: `{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}`, text: "a", progress: true},
			{data: `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`, progress: true},
			{data: `[DONE]`, done: true},
		}, false},
		"chat, [DONE] alone from OpenAI": {"https://api.openai.com/v1/chat/completions", []step{
			{data: chat(`{"content":"Hi"}`, "null"), text: "Hi", progress: true},
			{data: `[DONE]`, done: true},
		}, false},
		"chat, [DONE] alone from a server of one's own": {"http://localhost/v1/chat/completions", []step{
			{data: `{"choices":[{"index":0,"delta":{"content":"Hi"}}]}`, text: "Hi", progress: true},
			{data: ` [DONE] `, done: true},
		}, true},
		"chat, [DONE] after a finish_reason that was never given": {"http://localhost/v1/chat/completions", []step{
			{data: chat(`{"content":"Hi"}`, "null"), text: "Hi", progress: true},
			{data: `[DONE]`, done: true},
		}, false},
		"chat, [DONE] and nothing else": {"http://localhost/v1/chat/completions", []step{{data: `[DONE]`, done: true}}, false},
		"chat, an empty finish_reason": {"http://localhost/v1/chat/completions", []step{
			{data: chat(`{"content":"Hi"}`, `""`), text: "Hi", progress: true},
		}, false},
		"chat, a surrogate pair torn apart": {"http://localhost/v1/chat/completions", []step{
			{data: chat(`{"content":"a\ud83d"}`, "null"), text: "a", progress: true},
			{data: chat(`{"content":"\ude00b"}`, "null"), text: "😀b", progress: true},
		}, false},
		"deepseek out of capacity": {"https://api.deepseek.com/chat/completions", []step{
			{data: chat(`{}`, `"insufficient_system_resource"`), kind: failure.Overloaded},
		}, false},
		"openrouter": {"https://openrouter.ai/api/v1/chat/completions", []step{
			{data: `{"error":{"code":502,"message":"Provider disconnected"},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}`, kind: failure.Server},
		}, false},
		"responses": {"https://api.openai.com/v1/responses", []step{
			{typ: "response.created", data: `{"type":"response.created","response":{"status":"in_progress","error":null}}`},
			{typ: "response.output_text.delta", data: `{"type":"response.output_text.delta","delta":"Hi"}`, text: "Hi", progress: true},
			{typ: "response.function_call_arguments.delta", data: `{"type":"response.function_call_arguments.delta","delta":"{}"}`, progress: true},
			{typ: "response.output_text.done", data: `{"type":"response.output_text.done","text":"Hi"}`, progress: true},
			{typ: "response.completed", data: `{"type":"response.completed","response":{"status":"completed","error":null}}`, progress: true, done: true},
		}, true},
		"responses, a limit reached": {"https://api.openai.com/v1/responses", []step{
			{data: `{"type":"response.incomplete","response":{}}`, progress: true, done: true},
		}, true},
		"responses failed": {"https://api.openai.com/v1/responses", []step{
			{data: `{"type":"response.failed","response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"Please try again in 2s"}}}`, kind: failure.RateLimit},
		}, false},
		"responses error": {"https://api.openai.com/v1/responses", []step{
			{typ: "error", data: `{"type":"error","code":"server_error","message":"x","param":null,"sequence_number":1}`, kind: failure.Server},
		}, false},
		"gemini": {"https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent", []step{
			{data: `{"candidates": [{"content": {"parts": [{"text": "hm","thought": true},{"text": "Hi"}],"role": "model"},"index": 0}]}`, text: "Hi", progress: true},
			{data: `{"candidates": [{"content": {"parts": [{"text": "!"}]},"finishReason": "STOP"}]}`, text: "!", progress: true},
		}, true},
		"gemini, the prompt refused": {"https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent", []step{
			{data: `{"promptFeedback":{"blockReason":"SAFETY"}}`, kind: failure.ContentFilter},
		}, false},
		"gemini error": {"https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent", []step{
			{data: `{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}`, kind: failure.Overloaded},
		}, false},
		"a proxy, told by its events": {"https://example.com/api/chat", []step{
			{typ: "message_start", data: `{"type":"message_start","message":{}}`},
			{typ: "content_block_delta", data: `{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}`, text: "Hi", progress: true},
		}, false},
		"an unknown stream": {"https://example.com/events", []step{
			{typ: "tick", data: `17`, progress: true},
		}, true},
		"an unknown stream's error": {"https://example.com/events", []step{
			{data: `{"error":{"message":"rate limit reached"}}`, kind: failure.RateLimit},
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := Find(tc.url, Auto).NewReader()
			for i, s := range tc.steps {
				got := r.Read(sse.Event{Type: []byte(s.typ), Data: []byte(s.data)})
				if s.kind != "" {
					if assert.NotNil(t, got.Failure, "event %d", i) {
						assert.Equal(t, s.kind, got.Failure.Kind)
						assert.Equal(t, r.Provider().ID(), got.Failure.Provider)
					}
					continue
				}
				assert.Nil(t, got.Failure, "event %d", i)
				assert.Equal(t, s.text, string(got.Text), "event %d", i)
				assert.Equal(t, s.progress, got.Progress, "progress of event %d", i)
				assert.Equal(t, s.done, got.Done, "event %d", i)
			}
			assert.Equal(t, tc.complete, r.MayEnd())
		})
	}
}

func TestReadingAnOrdinaryDeltaAllocatesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		url, opening, data string
	}{
		"chat":            {"/v1/chat/completions", "", `{"id":"x","choices":[{"index":0,"delta":{"content":"Hel\nlo"},"finish_reason":null}]}`},
		"messages":        {"/v1/messages", "", `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}`},
		"responses":       {"/v1/responses", "", `{"type":"response.output_text.delta","delta":"Hello"}`},
		"generateContent": {"/m:streamGenerateContent", "", `{"candidates":[{"content":{"parts":[{"text":"Hello"}]}}]}`},
		"interactions":    {"/v1beta/interactions", "", `{"event_type":"step.delta","delta":{"type":"text","text":"Hello"}}`},
		"cohere":          {"/v2/chat", "", `{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hello"}}}}`},
		"aisdk":           {"/", `{"type":"start-step"}`, `{"type":"text-delta","id":"t","delta":"Hello"}`},
		"ollama":          {"/api/chat", `{"model":"m","message":{"content":""},"done":false}`, `{"model":"m","message":{"role":"assistant","content":"Hello"},"done":false}`},
		"told by events":  {"/", `{"type":"message_start","message":{}}`, `{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}`},
	} {
		r := Find(tc.url, "").NewReader()
		if name == "ollama" {
			assert.True(t, r.OpensLines([]byte(tc.opening)))
		} else if tc.opening != "" {
			r.Read(sse.Event{Data: []byte(tc.opening)})
		}
		ev := sse.Event{Data: []byte(tc.data)}
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			if s := r.Read(ev); len(s.Text) == 0 {
				t.Error("no text")
			}
		}), name)
	}
}

// FuzzRead holds that no event breaks a reader, in any dialect.
func FuzzRead(f *testing.F) {
	f.Add(uint8(0), "message_stop", `{"type":"message_stop"}`)
	f.Add(uint8(1), "", `{"choices":[{"index":99999,"delta":{"content":"\ud83d"}}]}`)
	f.Add(uint8(2), "error", `{"type":"error","error":{}}`)
	f.Add(uint8(3), "", `[{"error":{"details":[{"retryDelay":"9s"}]}}]`)
	f.Add(uint8(4), "x", `{"error":"Please try again in 1e400s"}`)
	f.Add(uint8(5), "", `{"event_type":"interaction.completed","interaction":{"status":"failed"}}`)
	f.Add(uint8(6), "", `{"type":"message-end","delta":{"finish_reason":"ERROR","error":"x"}}`)
	f.Add(uint8(6), "", `{"type":"message-end"`)
	f.Add(uint8(7), "", `{"model":"m","response":"x","done":true}`)
	f.Add(uint8(8), "", `{"type":"error","errorText":"\ud83d"}`)
	f.Add(uint8(8), "", `{"type":"tool-input-available","toolCallId":"c","input":{"a":[]}}`)
	urls := []string{"/v1/messages", "/v1/chat/completions", "/v1/responses", "/m:streamGenerateContent", "/", "/v1beta/interactions", "/v2/chat", "ollama", "ai-sdk"}
	f.Fuzz(func(t *testing.T, which uint8, typ, data string) {
		url := urls[int(which)%len(urls)]
		option := ""
		if Known(url) {
			option = url
		}
		r := Find(url, option).NewReader()
		if which&32 != 0 {
			r.WantFacts()
		}
		if url == "ollama" && !r.OpensLines([]byte(`{"model":"m","done":false}`)) {
			t.Fatal("no stream of lines")
		}
		for range 2 {
			s := r.Read(sse.Event{Type: []byte(typ), Data: []byte(data)})
			if s.Failure != nil {
				if s.Done || r.Complete() {
					t.Fatal("failed and complete")
				}
				checkFailure(t, *s.Failure)
			}
		}
		Whole(sse.Event{Data: []byte(data)})
	})
}

// checkFailure holds what is true of every verdict.
func checkFailure(t *testing.T, f failure.Failure) {
	if f.Kind == "" || f.Message == "" || f.RetryAfter < 0 || len([]rune(f.Detail)) > 501 || !utf8.ValidString(f.Detail) {
		t.Fatalf("%+v", f)
	}
}

// FuzzJudge holds that no response breaks the verdict, that it is the same each
// time, and that a cut body is no danger.
func FuzzJudge(f *testing.F) {
	for i, v := range readVectors(f) {
		if len(v.body()) < 4<<10 {
			f.Add(uint8(i), uint16(v.Input.Status), v.Input.Headers["retry-after"], v.body())
		}
	}
	ids := append(IDs(), "")
	f.Fuzz(func(t *testing.T, which uint8, status uint16, retryAfter string, body []byte) {
		p := Find("/", ids[int(which)%len(ids)])
		res := Response{StatusCode: int(status), Body: body, Header: header("retry-after", retryAfter)}
		for range 2 {
			if a, b := p.Judge(res, now), p.Judge(res, now); a != b {
				t.Fatalf("%+v, then %+v", a, b)
			}
			checkFailure(t, p.Judge(res, now))
			f, _ := p.NotAStream(res, now)
			checkFailure(t, f)
			if f, found := p.Unframed(body); found {
				checkFailure(t, f)
			}
			res.Body = body[:len(body)/2]
		}
	})
}
