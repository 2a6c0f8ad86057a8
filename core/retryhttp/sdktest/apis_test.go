package sdktest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/anthropics/anthropic-sdk-go"
	anthropicoption "github.com/anthropics/anthropic-sdk-go/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"

	"github.com/retrystream/retrystream/core/chattest"
)

const text = "The quick brown fox jumps over the lazy dog."

// api is one way to ask for a reply with an SDK.
type api struct {
	name string
	fake func(*chattest.Script) http.Handler
	// path and body are of a request that the SDK makes, opening is how many events of
	// the reply only open it; 0 if the reply is no stream.
	path, body string
	opening    int
	// events replace those of the fake, if any. resumes tells that the fake gives the
	// rest of a reply.
	events  []string
	resumes bool
	want    string
	// ask gives what came of the reply, and the error. retries is the SDK's own number.
	ask func(ctx context.Context, client *http.Client, retries int) (got string, err error)
}

// The SDK's retries, for one that has none of ours.
const sdkRetries = 2

func openAI(client *http.Client, retries int) openai.Client {
	return openai.NewClient(option.WithAPIKey("key"), option.WithHTTPClient(client), option.WithMaxRetries(retries))
}

func chatParams() openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: "gpt-5-mini", Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("Hi")},
	}
}

// chatStream reads a stream of the Chat Completions API with the SDK's accumulator.
func chatStream(ctx context.Context, client *http.Client, retries int) (message openai.ChatCompletionMessage, err error) {
	sdk := openAI(client, retries)
	stream := sdk.Chat.Completions.NewStreaming(ctx, chatParams())
	defer stream.Close()
	var all openai.ChatCompletionAccumulator
	for stream.Next() {
		all.AddChunk(stream.Current())
	}
	if len(all.Choices) > 0 {
		message = all.Choices[0].Message
	}
	return message, stream.Err()
}

func apis() []api {
	const chatBody = `{"stream":true,"model":"m"}`
	background := func(s *chattest.Script) http.Handler {
		for i := range s.Steps {
			s.Steps[i].Background = true
		}
		then := chattest.Reply(text, chattest.Background())
		s.Then = &then
		return chattest.OpenAIResponses(s)
	}
	responsesStream := func(ctx context.Context, client *http.Client, retries int, params responses.ResponseNewParams) (got string, err error) {
		sdk := openAI(client, retries)
		stream := sdk.Responses.NewStreaming(ctx, params)
		defer stream.Close()
		for stream.Next() {
			if delta, ok := stream.Current().AsAny().(responses.ResponseTextDeltaEvent); ok {
				got += delta.Delta
			}
		}
		return got, stream.Err()
	}
	input := responses.ResponseNewParams{Model: "gpt-5-mini", Input: responses.ResponseNewParamsInputUnion{OfString: openai.String("Hi")}}
	inBackground := input
	inBackground.Background = openai.Bool(true)
	return []api{{
		name: "openai-go: Chat.Completions.NewStreaming", fake: chattest.OpenAIChat,
		path: "/v1/chat/completions", body: chatBody, opening: 1, want: text,
		ask: func(ctx context.Context, client *http.Client, retries int) (string, error) {
			message, err := chatStream(ctx, client, retries)
			return message.Content, err
		},
	}, {
		name: "openai-go: Chat.Completions.NewStreaming with a tool call", fake: chattest.OpenAIChat,
		path: "/v1/chat/completions", body: chatBody, opening: 1, events: toolCall(), want: `{"city":"Reykjavik"}`,
		ask: func(ctx context.Context, client *http.Client, retries int) (string, error) {
			message, err := chatStream(ctx, client, retries)
			if len(message.ToolCalls) == 0 {
				return "", err
			}
			return message.ToolCalls[0].Function.Arguments, err
		},
	}, {
		name: "openai-go: Chat.Completions.New", fake: chattest.OpenAIChat, path: "/v1/chat/completions", body: `{"model":"m"}`, want: text,
		ask: func(ctx context.Context, client *http.Client, retries int) (string, error) {
			sdk := openAI(client, retries)
			reply, err := sdk.Chat.Completions.New(ctx, chatParams())
			if err != nil || len(reply.Choices) == 0 {
				return "", err
			}
			return reply.Choices[0].Message.Content, nil
		},
	}, {
		name: "openai-go: Responses.NewStreaming", fake: chattest.OpenAIResponses,
		path: "/v1/responses", body: chatBody, opening: 4, want: text,
		ask: func(ctx context.Context, client *http.Client, retries int) (string, error) {
			return responsesStream(ctx, client, retries, input)
		},
	}, {
		name: "openai-go: Responses.NewStreaming in background mode", fake: background,
		path: "/v1/responses", body: chatBody, opening: 5, want: text, resumes: true,
		ask: func(ctx context.Context, client *http.Client, retries int) (string, error) {
			return responsesStream(ctx, client, retries, inBackground)
		},
	}, {
		name: "anthropic-sdk-go: Messages.NewStreaming", fake: chattest.Anthropic,
		path: "/v1/messages", body: chatBody, opening: 3, want: text,
		ask: func(ctx context.Context, client *http.Client, retries int) (got string, err error) {
			sdk := anthropic.NewClient(anthropicoption.WithAPIKey("key"), anthropicoption.WithHTTPClient(client), anthropicoption.WithMaxRetries(retries))
			stream := sdk.Messages.NewStreaming(ctx, anthropic.MessageNewParams{
				Model: "claude-sonnet-4-5", MaxTokens: 1000,
				Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hi"))},
			})
			defer stream.Close()
			var message anthropic.Message
			for stream.Next() {
				if err := message.Accumulate(stream.Current()); err != nil {
					return got, err
				}
			}
			if len(message.Content) > 0 {
				got = message.Content[0].Text
			}
			return got, stream.Err()
		},
	}}
}

// toolCall are the events of a reply that calls a tool.
func toolCall() (events []string) {
	chunk := func(delta, reason string) {
		events = append(events, `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m",`+
			`"choices":[{"index":0,"delta":`+delta+`,"finish_reason":`+reason+`}]}`+"\n\n")
	}
	chunk(`{"role":"assistant","content":null}`, "null")
	chunk(`{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}]}`, "null")
	for _, part := range []string{`{\"city\":`, `\"Reyk`, `javik\"}`} {
		chunk(`{"tool_calls":[{"index":0,"function":{"arguments":"`+part+`"}}]}`, "null")
	}
	chunk(`{}`, `"tool_calls"`)
	return append(events, "data: [DONE]\n\n")
}

// reply returns the events of a whole reply.
func (a api) reply() []string {
	if len(a.events) > 0 {
		return a.events
	}
	rec := httptest.NewRecorder()
	a.fake(chattest.NewScript(chattest.Reply(text))).ServeHTTP(rec, httptest.NewRequest(http.MethodPost, a.path, strings.NewReader(a.body)))
	return strings.SplitAfter(rec.Body.String(), "\n\n")
}
