//go:build !js

package stream_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

func ExampleStream_Run() {
	// A provider that is overloaded, then breaks off, then answers.
	fake := httptest.NewServer(chattest.Anthropic(chattest.NewScript(
		chattest.AnthropicOverloadedResponse(), chattest.CutAfterEvents(5), chattest.Reply("Hello, 世界!"))))
	defer fake.Close()
	url := fake.URL + "/v1/messages"

	text := ""
	s, err := stream.New(stream.Options{
		URL:    url,
		Delays: retry.Delays{Initial: time.Millisecond}, // 1s, 2s, 4s ... unless set
		OnEvent: func(ev *stream.Event) {
			if ev.Reset > 0 {
				text = "" // the reply starts over
			}
			text += string(ev.Text)
		},
		OnRetry: func(r event.ChatStreamRetry) {
			fmt.Printf("%s Retrying in %d ms.\n", r.Error, r.DelayMs)
		},
	})
	if err != nil {
		fmt.Println(err) // an option that cannot be meant
		return
	}
	err = s.Run(context.Background(), post(url))
	fmt.Println(text, err)
	// Output:
	// Anthropic is temporarily overloaded. Retrying in 1 ms.
	// The connection to Anthropic failed. Retrying in 2 ms.
	// Hello, 世界! <nil>
}
