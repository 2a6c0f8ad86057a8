package stream_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// uiMessageStream is what the package ai writes; e2e/sdk/ui-stream.mjs had it do so.
//
//go:embed testdata/ui-message-stream.jsonl
var uiMessageStream string

// uiReply is one of those streams.
type uiReply struct{ Name, Version, Body string }

const uiURL = "https://example.test/api/chat" // a page's own

func uiReplies(t *testing.T) map[string]uiReply {
	replies := map[string]uiReply{}
	for line := range strings.Lines(uiMessageStream) {
		var r uiReply
		require.NoError(t, json.Unmarshal([]byte(line), &r))
		replies[r.Name] = r
	}
	return replies
}

// uiStreams returns those that are whole, to be cut.
func uiStreams(t *testing.T) (list []*cutStream) {
	replies := uiReplies(t)
	for _, name := range []string{"text", "reasoning", "tool", "tool-error"} {
		s := &cutStream{
			name: "ui-message-stream, " + name, body: []byte(replies[name].Body),
			options:    stream.Options{URL: uiURL, Provider: "ai-sdk"},
			errorEvent: `data: {"type":"error","errorText":"Overloaded"}` + "\n\n",
			errorBody:  `{"error":{"message":"Overloaded"}}`,
		}
		s.readAll(t)
		list = append(list, s)
	}
	return list
}

// readUI reads a stream of the page's own server, with that value of the header by
// which it says what it sends.
func readUI(t *testing.T, header, body string) result {
	res := provider.Response{StatusCode: 200, Header: func(name string) string {
		if name == "x-vercel-ai-ui-message-stream" {
			return header
		}
		return ""
	}}
	return run(t.Context(), stream.Options{URL: uiURL, MaxAttempts: 1}, func(_ context.Context, a *stream.Attempt) error {
		a.Respond(res)
		a.Feed([]byte(body))
		return nil
	})
}

func TestUIMessageStream(t *testing.T) {
	replies := uiReplies(t)
	whole := replies["text"].Body
	withoutFinish := strings.Replace(whole, `data: {"type":"finish","finishReason":"stop"}`+"\n\n", "", 1)
	require.NotEqual(t, whole, withoutFinish)
	const all = "Hello, world!\nAll is well: \U0001F680\n\"quoted\" \\ and é"
	for name, tc := range map[string]struct {
		body string
		text string
		kind failure.Kind // of the failure, if any
		// final: another attempt does not help. byHand: it is only presumed to be a failure
		// where no header says what it is.
		final, byHand bool
	}{
		"text":       {body: whole, text: all},
		"reasoning":  {body: replies["reasoning"].Body, text: "Four."},
		"tool":       {body: replies["tool"].Body, text: "21 degrees"},
		"tool-error": {body: replies["tool-error"].Body, text: "I do not know."},
		"error":      {body: replies["error"].Body, text: "Half a", kind: failure.Overloaded},
		"abort":      {body: replies["abort"].Body, kind: failure.Server},
		"a quota used up": {
			body: strings.Replace(replies["error"].Body, "Overloaded", "insufficient_quota", 1),
			text: "Half a", kind: failure.UsageLimit, final: true,
		},
		"written by hand": {body: withoutFinish, text: all},
		"cut":             {body: withoutFinish[:strings.Index(withoutFinish, "data: [DONE]")], text: all, kind: failure.Truncated, byHand: true},
		"nothing in it":   {body: "data: {\"type\":\"start\"}\n\ndata: {\"type\":\"start-step\"}\n\ndata: [DONE]\n\n", kind: failure.Truncated},
		"it goes on after its end": {
			body: whole[:strings.Index(whole, "data: [DONE]")] + "data: {\"type\":\"text-delta\",\"id\":\"t2\",\"delta\":\" More\"}\n\n",
			text: all + " More", kind: failure.Truncated, byHand: true,
		},
		"the page's own data after its end": {
			body: whole[:strings.Index(whole, "data: [DONE]")] + "data: {\"type\":\"data-note\",\"data\":{\"error\":\"none\"}}\n\n", text: all,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, header := range []string{"", "v1"} {
				r := readUI(t, header, tc.body)
				assert.Equal(t, tc.text, r.text)
				if tc.kind == "" {
					assert.NoError(t, r.err)
					continue
				}
				var failed *stream.Error
				require.ErrorAs(t, r.err, &failed)
				assert.Equal(t, tc.kind, failed.Kind)
				assert.Equal(t, !tc.final, failed.Retryable)
				assert.Equal(t, tc.byHand && header == "", failed.Presumed)
				assert.Equal(t, "ai-sdk", failed.Provider)
			}
		})
	}
}

// TestUIMessageStream_header: a stream of which only the header tells what it is, as
// it was cut before anything else could.
func TestUIMessageStream_header(t *testing.T) {
	r := readUI(t, "v1", "data: {\"type\":\"start\"}\n\n")
	assert.Equal(t, failure.Truncated, failure.Classify(r.err).Kind)
}
