package sdk_test

import (
	"net/http"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
)

// sdk is a package and the uses of it that are measured.
type sdk struct {
	name string
	// under is the package that it is used under.
	under string
	// plug is how a user gives it retrystream's fetch.
	plug string
	uses []sdkUse
	// failed is the name of its error for one that a provider reports inside a
	// stream.
	failed string
}

// sdkUse is one of the uses in sdk/page, by its name there.
type sdkUse struct {
	name string
	api  *sdkAPI
	// opening is how many events of a reply come before any that is shown.
	opening int
	// tool tells that the reply is the call of a tool, background that it can be
	// continued, whole that it is not streamed.
	tool, background, whole bool
	// streamRetries tells that the SDK is asked to retry errors in the stream too.
	streamRetries bool
}

// sdkAPI is what the fake of an API says when it fails.
type sdkAPI struct {
	fake func(*chattest.Script) http.Handler
	// provider is whose API it is; a real one's address tells.
	provider string
	// busy is the error of a provider that cannot answer right now.
	busy chattest.Error
	kind failure.Kind
}

var (
	openAIBusy = chattest.Error{Status: http.StatusInternalServerError, Message: "The server had an error while processing your request. Sorry about that!"}
	apiChat    = &sdkAPI{chattest.OpenAIChat, "openai", openAIBusy, failure.Server}
	apiReplies = &sdkAPI{chattest.OpenAIResponses, "openai", openAIBusy, failure.Server}
	apiClaude  = &sdkAPI{chattest.Anthropic, "anthropic", chattest.Error{Status: 529, Message: "Overloaded"}, failure.Overloaded}
	apiGemini  = &sdkAPI{chattest.Gemini, "gemini", chattest.Error{Status: http.StatusServiceUnavailable, Message: "The model is overloaded. Please try again later."}, failure.Overloaded}
)

const (
	sdkText      = "In Florence the sun shines, and it is thirty degrees warm."
	sdkArguments = `{"city":"Florence, Italy"}`
)

var sdks = []sdk{
	{
		name: "openai", failed: "APIError",
		plug: "new OpenAI({ apiKey, fetch: createRetryFetch({ onRetry }), maxRetries: 0 })",
		uses: []sdkUse{
			{name: "chat.completions.create", api: apiChat, opening: 1},
			{name: "chat.completions.stream", api: apiChat, opening: 1},
			{name: "chat.completions.stream, tool call", api: apiChat, tool: true},
			{name: "responses.create", api: apiReplies, opening: 4},
			{name: "responses.stream", api: apiReplies, opening: 4},
			{name: "responses.stream, tool call", api: apiReplies, opening: 3, tool: true},
			{name: "responses.create, background", api: apiReplies, opening: 5, background: true},
			{name: "responses.stream, background", api: apiReplies, opening: 5, background: true},
		},
	},
	{
		name: "@anthropic-ai/sdk", failed: "APIError",
		plug: "new Anthropic({ apiKey, fetch: createRetryFetch({ onRetry }), maxRetries: 0 })",
		uses: []sdkUse{
			{name: "messages.create", api: apiClaude, opening: 3},
			{name: "messages.stream", api: apiClaude, opening: 3},
			{name: "messages.stream, tool use", api: apiClaude, opening: 3, tool: true},
		},
	},
	{
		name: "@google/genai", failed: "ApiError",
		plug: "new GoogleGenAI({ apiKey, httpOptions: { fetch: createRetryFetch({ onRetry }) } })",
		uses: []sdkUse{
			{name: "generateContentStream", api: apiGemini},
			{name: "generateContentStream, function call", api: apiGemini, tool: true},
		},
	},
	{
		name: "@ai-sdk/openai", under: "ai", failed: "AI_StreamProviderError",
		plug: "createOpenAI({ apiKey, fetch: createRetryFetch({ onRetry }) }), streamText({ maxRetries: 0, ... })",
		uses: []sdkUse{
			{name: "streamText", api: apiReplies, opening: 4},
			{name: "streamText, chat", api: apiChat, opening: 1},
			{name: "streamText, tool call", api: apiReplies, opening: 3, tool: true},
			{name: "streamText, streamRetries: 2", api: apiReplies, opening: 4, streamRetries: true},
			{name: "generateText", api: apiReplies, whole: true},
		},
	},
	{
		name: "@ai-sdk/anthropic", under: "ai", failed: "AI_StreamProviderError",
		plug: "createAnthropic({ apiKey, fetch: createRetryFetch({ onRetry }) }), streamText({ maxRetries: 0, ... })",
		uses: []sdkUse{
			{name: "streamText", api: apiClaude, opening: 3},
			{name: "streamText, tool call", api: apiClaude, opening: 3, tool: true},
			{name: "streamText, streamRetries: 2", api: apiClaude, opening: 3, streamRetries: true},
			{name: "generateText", api: apiClaude, whole: true},
		},
	},
}

// options are those of every reply.
func (u sdkUse) options(more ...chattest.Option) []chattest.Option {
	options := []chattest.Option{chattest.Text(sdkText)}
	switch {
	case u.tool && u.api == apiGemini:
		// Without a text there would be nothing to break off.
		options = append(options, chattest.CallTool("weather", sdkArguments))
	case u.tool:
		options = []chattest.Option{chattest.Text(""), chattest.CallTool("weather", sdkArguments)}
	case u.background:
		options = append(options, chattest.Background())
	}
	return append(options, more...)
}

func (u sdkUse) reply() chattest.Step { return chattest.Reply("", u.options()...) }

// shown is what a reader is shown of a whole reply.
func (u sdkUse) shown() string {
	switch {
	case u.tool && u.api == apiGemini:
		return sdkText + sdkArguments
	case u.tool:
		return sdkArguments
	}
	return sdkText
}

// some is how many events there are of a reply of which some is shown.
func (u sdkUse) some() int { return u.opening + 3 }

// trouble is something that happens to one request or more, the first of all.
type trouble struct {
	name string
	// row is what docs/sdks.md calls it.
	row string
	// stream gives the provider's answers to a request that asks for a stream;
	// whole to another, nil where it cannot happen to those.
	stream, whole func(u sdkUse, shown <-chan struct{}) []chattest.Step
	// silent tells that the provider falls silent, abort when the page gives up.
	silent bool
	abort  string
	// delay is how much later the second request must come with retrystream.
	delay time.Duration
	// same tells that retrystream must make no difference to the error.
	same bool
	// want is what must come of it with retrystream.
	want func(s sdk, u sdkUse) sdkResult
}

// survived is the result of a trouble that passes unnoticed.
func survived(kind func(u sdkUse) failure.Kind, failures int) func(sdk, sdkUse) sdkResult {
	return func(_ sdk, u sdkUse) sdkResult {
		result := sdkResult{text: "all", requests: 1 + failures}
		for range failures {
			result.kinds = append(result.kinds, kind(u))
		}
		return result
	}
}

// brokenOff is the result of a trouble after some text was shown: an error of
// the SDK's own, unless the rest can be had.
func brokenOff(kind failure.Kind) func(sdk, sdkUse) sdkResult {
	return func(s sdk, u sdkUse) sdkResult {
		switch {
		case u.background:
			return survived(always(kind), 1)(s, u)
		case u.streamRetries:
			// Its own retries cannot take back what was shown.
			return sdkResult{text: "wrong", requests: 2}
		}
		return sdkResult{text: "some", err: s.failed, requests: 1}
	}
}

func always(kind failure.Kind) func(sdkUse) failure.Kind {
	return func(sdkUse) failure.Kind { return kind }
}

func busyKind(u sdkUse) failure.Kind { return u.api.kind }

func once(step func(u sdkUse, shown <-chan struct{}) chattest.Step) func(sdkUse, <-chan struct{}) []chattest.Step {
	return func(u sdkUse, shown <-chan struct{}) []chattest.Step { return []chattest.Step{step(u, shown)} }
}

func rateLimit(seconds string) func(sdkUse, <-chan struct{}) []chattest.Step {
	return once(func(sdkUse, <-chan struct{}) chattest.Step {
		return chattest.ErrorResponse(chattest.Error{Status: http.StatusTooManyRequests, Message: "Rate limit reached."},
			chattest.Header("Retry-After", seconds))
	})
}

func busyFour(u sdkUse, _ <-chan struct{}) []chattest.Step {
	busy := chattest.ErrorResponse(u.api.busy)
	return []chattest.Step{busy, busy, busy, busy}
}

func wrongKey(sdkUse, <-chan struct{}) []chattest.Step {
	return []chattest.Step{chattest.ErrorResponse(chattest.Error{Status: http.StatusUnauthorized, Message: "Incorrect API key provided."})}
}

var troubles = []trouble{
	{
		name: "rate limit", row: "429, `retry-after: 1`",
		stream: rateLimit("1"), whole: rateLimit("1"), delay: time.Second,
		want: survived(always(failure.RateLimit), 1),
	},
	{
		name: "busy", row: "%d, four times",
		stream: busyFour, whole: busyFour,
		want: survived(busyKind, 4),
	},
	{
		name: "error in the opening", row: "an error in the stream, before the first text",
		stream: once(func(u sdkUse, _ <-chan struct{}) chattest.Step {
			return chattest.FailInStream(u.opening, u.api.busy, u.options()...)
		}),
		want: survived(busyKind, 1),
	},
	{
		name: "cut in the opening", row: "the connection breaks before the first text",
		stream: once(func(u sdkUse, _ <-chan struct{}) chattest.Step {
			return chattest.CutAfterEvents(u.opening, u.options()...)
		}),
		whole: once(func(u sdkUse, _ <-chan struct{}) chattest.Step {
			return chattest.CutAfterBytes(100, u.options()...)
		}),
		want: survived(always(failure.Network), 1),
	},
	{
		name: "stall in the opening", row: "silence before the first text¹", silent: true,
		stream: once(func(u sdkUse, _ <-chan struct{}) chattest.Step { return chattest.Stall(u.opening, u.options()...) }),
		whole:  once(func(u sdkUse, _ <-chan struct{}) chattest.Step { return chattest.Stall(0, u.options()...) }),
		want:   survived(always(failure.Stalled), 1),
	},
	{
		name: "error after text", row: "an error in the stream, after some text",
		stream: once(func(u sdkUse, shown <-chan struct{}) chattest.Step {
			return chattest.FailInStream(u.some(), u.api.busy, u.options(chattest.Until(shown))...)
		}),
		want: func(s sdk, u sdkUse) sdkResult {
			u.background = false // the provider has given the reply up
			return brokenOff(u.api.kind)(s, u)
		},
	},
	{
		name: "cut after text", row: "the connection breaks after some text",
		stream: once(func(u sdkUse, shown <-chan struct{}) chattest.Step {
			return chattest.CutAfterEvents(u.some(), u.options(chattest.Until(shown))...)
		}),
		want: brokenOff(failure.Network),
	},
	{
		name: "stall after text", row: "silence after some text¹", silent: true,
		stream: once(func(u sdkUse, _ <-chan struct{}) chattest.Step { return chattest.Stall(u.some(), u.options()...) }),
		want:   brokenOff(failure.Stalled),
	},
	{
		name: "end after text", row: "a clean end after some text, without the provider's end signal",
		stream: once(func(u sdkUse, shown <-chan struct{}) chattest.Step {
			return chattest.EndEarly(u.some(), u.options(chattest.Until(shown))...)
		}),
		want: brokenOff(failure.Truncated),
	},
	{
		name: "wrong key", row: "401, a wrong key",
		stream: wrongKey, whole: wrongKey,
		same: true,
		want: func(sdk, sdkUse) sdkResult { return sdkResult{requests: 1} },
	},
	{
		name: "abort in the text", row: "the page aborts after some text", abort: "shown",
		stream: once(func(u sdkUse, _ <-chan struct{}) chattest.Step { return chattest.Stall(u.some(), u.options()...) }),
		same:   true,
		want:   func(sdk, sdkUse) sdkResult { return sdkResult{text: "some", requests: 1} },
	},
	{
		name: "abort in the wait", row: "the page aborts during the wait after a 429", abort: "waiting",
		stream: rateLimit("60"), whole: rateLimit("60"),
		want: func(sdk, sdkUse) sdkResult {
			// AbortError, APIUserAbortError, or the part "abort".
			return sdkResult{err: "bort", requests: 1, kinds: []failure.Kind{failure.RateLimit}}
		},
	},
}
