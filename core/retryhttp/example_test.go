package retryhttp_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// Any client that takes an http.Client can be given the transport. Here the first
// attempt breaks off before there is any text, and nobody but OnRetry notices.
func Example() {
	server := httptest.NewServer(chattest.OpenAIChat(chattest.NewScript(
		chattest.CutAfterEvents(1),
		chattest.Reply("Hello!"),
	)))
	defer server.Close()

	client := &http.Client{Transport: &retryhttp.Transport{Options: stream.Options{
		Delays: retry.Delays{Initial: time.Millisecond}, // 1s, 2s, 4s ... unless set
		OnRetry: func(r event.ChatStreamRetry) {
			fmt.Println("retry:", r.Error)
		},
	}}}
	res, err := client.Post(server.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"stream":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, strings.Contains(string(body), "Hello"), err)
	// Output:
	// retry: The connection to the AI provider failed.
	// 200 true <nil>
}

// A reply is read in one loop. Here the provider is overloaded, and then the reply
// breaks off; it starts over, as this provider cannot give the rest.
func ExampleRead() {
	server := httptest.NewServer(chattest.Anthropic(chattest.NewScript(
		chattest.AnthropicOverloadedResponse(), chattest.CutAfterEvents(5), chattest.Reply("Hello, 世界!"))))
	defer server.Close()

	ctx := context.Background()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/v1/messages", strings.NewReader(`{"stream":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var reply strings.Builder
	for ev, err := range retryhttp.Read(ctx, nil, req, stream.Options{
		Delays:  retry.Delays{Initial: time.Millisecond}, // 1s, 2s, 4s ... unless set
		OnRetry: func(r event.ChatStreamRetry) { fmt.Println("retry:", r.Error) },
	}) {
		switch {
		case err != nil:
			fmt.Println(err) // a *stream.Error: the reply cannot be had
			return
		case ev.Reset > 0:
			reply.Reset() // the reply starts over
		default:
			reply.Write(ev.Text)
		}
	}
	fmt.Println(reply.String())
	// Output:
	// retry: Anthropic is temporarily overloaded.
	// retry: The connection to Anthropic failed.
	// Hello, 世界!
}

// BeforeRetry may renew the key of a request, or name another provider's, which gets
// nothing of the first one's.
func ExampleTransport_beforeRetry() {
	transport := &retryhttp.Transport{
		BeforeRetry: func(ctx context.Context, r stream.RetryContext, req *http.Request) (*http.Request, error) {
			if r.Failure.Kind != failure.Overloaded {
				req.Header.Set("X-Api-Key", os.Getenv("KEY")) // which somebody renews
				return req, nil
			}
			other, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://eu.example.com/v1/messages", req.Body)
			if err != nil {
				return nil, err
			}
			other.Header.Set("Content-Type", "application/json")
			other.Header.Set("X-Api-Key", os.Getenv("OTHER_KEY"))
			return other, nil
		},
	}
	http.DefaultClient.Transport = transport
}

// Fallback may name another model once the quota of one is used up.
func ExampleTransport_fallback() {
	server := httptest.NewServer(chattest.OpenAIChat(chattest.NewScript(
		chattest.OpenAIErrorResponse(429, "insufficient_quota", "insufficient_quota", "You exceeded your current quota."),
		chattest.Reply("Hello!"),
	)))
	defer server.Close()

	client := &http.Client{Transport: &retryhttp.Transport{
		Fallback: func(_ context.Context, r stream.RetryContext, req *http.Request) (*http.Request, error) {
			if r.Failure.Kind != failure.UsageLimit {
				return nil, nil // the failure is the answer
			}
			req.Body = io.NopCloser(strings.NewReader(`{"model":"small","stream":true}`))
			return req, nil
		},
		Options: stream.Options{OnRetry: func(r event.ChatStreamRetry) {
			fmt.Println(r.Kind, r.DelayMs)
		}},
	}}
	res, err := client.Post(server.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"large","stream":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, strings.Contains(string(body), "Hello"), err)
	// Output:
	// usage_limit 0
	// 200 true <nil>
}

// Adjust gives each request options of its own, for example to tell its user of a
// retry.
func ExampleTransport_adjust() {
	transport := &retryhttp.Transport{
		Adjust: func(req *http.Request, opts *stream.Options) {
			user := req.Header.Get("X-User")
			opts.OnRetry = func(r event.ChatStreamRetry) {
				fmt.Printf("%s waits: %s\n", user, r.Error)
			}
		},
	}
	http.DefaultClient.Transport = transport
}
