package stream_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// cutStream is a complete reply, and what its provider sends as an error.
type cutStream struct {
	name    string
	options stream.Options
	body    []byte
	// events are the reply's, read in the slowest, most obvious way; text is the
	// text of all of them, and end the event that ends the reply.
	events []cutEvent
	text   string
	end    int
	// errorEvent reports an error inside the stream, errorBody outside.
	errorEvent, errorBody string
}

type cutEvent struct {
	typ, data, text string
	// dataEnd is the offset after the data, lineEnd that after its line's end.
	dataEnd, lineEnd int
}

func (e cutEvent) is(ev *stream.Event) bool {
	return string(ev.Data) == e.data && string(ev.Type) == e.typ && string(ev.Text) == e.text && len(ev.ID) == 0
}

// cutAPI is one streaming API and its fake.
type cutAPI struct {
	fake func(*chattest.Script) http.Handler
	url  string
	// request asks for a stream.
	request string
	err     chattest.Error
}

func cutAPIs() map[string]cutAPI {
	openAIError := chattest.Error{
		Status: 500, Message: "The server had an error while processing your request. Sorry about that!",
	}
	return map[string]cutAPI{
		"anthropic-messages": {
			chattest.Anthropic, "https://api.anthropic.com/v1/messages", `{"stream":true}`,
			chattest.Error{Status: 529, Message: "Overloaded"},
		},
		"openai-chat": {
			chattest.OpenAIChat, "https://api.openai.com/v1/chat/completions",
			`{"stream":true,"stream_options":{"include_usage":true}}`, openAIError,
		},
		"openai-responses": {
			chattest.OpenAIResponses, "https://api.openai.com/v1/responses", `{"stream":true}`, openAIError,
		},
		"gemini": {
			chattest.Gemini, "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse", `{}`,
			chattest.Error{Status: 503, Message: "The model is overloaded. Please try again later."},
		},
	}
}

// play returns what the fake streams, without any connection.
func (api cutAPI) play(step chattest.Step) string {
	req := httptest.NewRequest(http.MethodPost, api.url, strings.NewReader(api.request))
	rec := httptest.NewRecorder()
	api.fake(chattest.NewScript(step)).ServeHTTP(rec, req)
	return rec.Body.String()
}

// newCutStream reads a complete reply of the API.
func newCutStream(t *testing.T, api, name string, body []byte, opts stream.Options) *cutStream {
	s := &cutStream{name: name, options: opts, body: body}
	err := cutAPIs()[api].err
	s.errorEvent = cutAPIs()[api].play(chattest.FailInStream(0, err))
	s.errorBody = cutAPIs()[api].play(chattest.UnframedError(0, err))
	require.Contains(t, s.errorEvent, err.Message)
	require.Contains(t, s.errorBody, err.Message)
	s.readAll(t)
	return s
}

// readAll finds the events, and the one that ends the reply.
func (s *cutStream) readAll(t *testing.T) {
	s.read(t)
	for s.end < len(s.events) && !endsReply(t, s.events[s.end].data) {
		s.end++
	}
	require.Less(t, s.end, len(s.events), "%s has no end", s.name)
}

// read finds the events line by line.
func (s *cutStream) read(t *testing.T) {
	var e cutEvent
	offset := 0
	for _, whole := range bytes.SplitAfter(s.body, []byte("\n")) {
		line := strings.TrimRight(string(whole), "\r\n")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "data":
			require.Empty(t, e.data, "data of several lines")
			e.data, e.dataEnd, e.lineEnd = value, offset+len(line), offset+len(whole)
			e.text = plainText(t, recording{body: whole})
			s.text += e.text
		case field == "event":
			e.typ = value
		case line == "" && e.data != "":
			s.events = append(s.events, e)
			e = cutEvent{}
		default:
			require.True(t, field == "", "an unknown field in %q", line)
		}
		offset += len(whole)
	}
}

// endsReply reports whether the event is its provider's end signal.
func endsReply(t *testing.T, data string) bool {
	if data == "[DONE]" {
		return false // only where the reply has ended before
	}
	var ev struct {
		Type    string
		Choices []struct {
			FinishReason string `json:"finish_reason"`
		}
		Candidates []struct{ FinishReason string }
	}
	require.NoError(t, json.Unmarshal([]byte(data), &ev))
	switch ev.Type {
	case "message_stop", "response.completed", "response.incomplete", "finish":
		return true
	}
	return len(ev.Choices) > 0 && ev.Choices[0].FinishReason != "" ||
		len(ev.Candidates) > 0 && ev.Candidates[0].FinishReason != ""
}

// fakeStreams returns the reply of each fake provider.
func fakeStreams(t *testing.T) (list []*cutStream) {
	apis := cutAPIs()
	for _, name := range slices.Sorted(maps.Keys(apis)) {
		api := apis[name]
		reply := api.play(chattest.Reply(chattest.DefaultText, chattest.Pings(2, 0)))
		list = append(list, newCutStreams(t, name, name, []byte(reply), stream.Options{URL: api.url})...)
	}
	return append(list, uiStreams(t)...)
}

// recordedStreams returns the recordings; the test is skipped where they are
// absent.
func recordedStreams(t *testing.T) (list []*cutStream) {
	for _, r := range recordings(t) {
		opts := stream.Options{URL: "https://example.test" + r.Path}
		if id, _, _ := strings.Cut(r.File, "-"); provider.Known(id) {
			opts.Provider = id
		}
		list = append(list, newCutStreams(t, r.API, r.File, r.body, opts)...)
	}
	return list
}

// newCutStreams returns the reply as its provider sends it, and if it is short once
// more from a URL that tells nothing, such as that of a page's own proxy.
func newCutStreams(t *testing.T, api, name string, body []byte, opts stream.Options) []*cutStream {
	list := []*cutStream{newCutStream(t, api, name, body, opts)}
	if len(body) <= 8<<10 {
		opts = stream.Options{URL: "https://example.test/chat"}
		list = append(list, newCutStream(t, api, name+" by a proxy", body, opts))
	}
	return list
}
