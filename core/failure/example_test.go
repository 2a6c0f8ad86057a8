package failure_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/retrystream/retrystream/core/failure"
)

func ExampleClassify() {
	err := fmt.Errorf("stream: %w", errors.New(`Post "https://api.example.com/v1?key=abc": 529 Overloaded`))
	f := failure.Classify(err).WithProvider("anthropic", "Anthropic")
	fmt.Println(f.Kind, f.StatusCode, f.Retryable)
	fmt.Println(f.Message)
	fmt.Println(f.Detail)
	// Output:
	// overloaded 529 true
	// Anthropic is temporarily overloaded.
	// stream: Post "https://api.example.com/v1": 529 Overloaded
}

// An Error that a program made itself is taken as it is.
func ExampleClassify_error() {
	stalled := &failure.Error{
		Failure: failure.New(failure.Stalled, 0).WithProvider("openai", "OpenAI"),
		Cause:   context.Canceled, // How the program ended the silent request.
	}
	f := failure.Classify(fmt.Errorf("attempt 3: %w", stalled))
	fmt.Println(f.Kind, f.Retryable)
	fmt.Println(f.Message)
	// Output:
	// stalled true
	// The reply from OpenAI came to a halt.
}

func ExampleIsRetryable() {
	fmt.Println(failure.IsRetryable(errors.New("connection reset by peer")))
	fmt.Println(failure.IsRetryable(errors.New("invalid api key")))
	fmt.Println(failure.IsRetryable(context.Canceled))
	fmt.Println(failure.IsRetryable(nil))
	// Output:
	// true
	// false
	// false
	// false
}

func ExampleStatusKind() {
	kind, retryable := failure.StatusKind(409)
	fmt.Println(kind, retryable)
	fmt.Println(failure.StatusCodeRetryable(409))
	// Output:
	// server true
	// true
}

func ExampleText() {
	// Gemini speaks of quota when it means requests a minute.
	f := failure.Text("Quota exceeded for requests per model.", 429)
	fmt.Println(f.Kind, f.Retryable)
	// The same words without a 429 mean that there is nothing left.
	f = failure.Text("Quota exceeded for requests per model.", 0)
	fmt.Println(f.Kind, f.Retryable)
	// Output:
	// rate_limit true
	// usage_limit false
}

func ExampleNew() {
	f := failure.New(failure.UsageLimit, 429).WithProvider("openai", "OpenAI")
	fmt.Println(f.Retryable)
	fmt.Println(f.Message)
	// Output:
	// false
	// OpenAI reports that the usage limit is reached. Check the plan, the credit and the spend limits of the account.
}

func ExampleDetail() {
	fmt.Println(failure.Detail("Incorrect API key provided: sk-abc***xyz.\nSee https://example.com/keys?user=7"))
	fmt.Println(failure.Detail("<html><head><title>502 Bad Gateway</title></head><body>...</body></html>"))
	// Output:
	// Incorrect API key provided: [redacted]. See https://example.com/keys
	// 502 Bad Gateway
}

func ExampleMessage() {
	fmt.Println(failure.Message(failure.Network, true, "OpenRouter"))
	fmt.Println(failure.Message(failure.Network, false, ""))
	// Output:
	// The connection to OpenRouter failed.
	// The connection to the AI provider failed. Check the network and the address, then try again.
}
