package chattest_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/retrystream/retrystream/core/chattest"
)

// A script reads as a table: what happens with the first request, the second,
// and so on. In a test, NewAnthropic and its siblings also close the server.
func Example() {
	server := httptest.NewServer(chattest.Anthropic(chattest.NewScript(
		chattest.AnthropicRateLimitResponse("2"),
		chattest.AnthropicOverloadedResponse(),
		chattest.Reply("All is well."),
	)))
	defer server.Close()

	for range 3 {
		resp, err := http.Post(server.URL+"/v1/messages", "application/json", strings.NewReader(`{"stream":true}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(resp.StatusCode)
		_ = resp.Body.Close()
	}
	// Output:
	// 429
	// 529
	// 200
}

// A step is plain data, so any of it can be changed.
func ExampleStep() {
	step := chattest.Reply("One two three")
	step.Fault, step.After = chattest.FaultEarlyEnd, 2
	server := httptest.NewServer(chattest.OpenAIChat(chattest.NewScript(step)))
	defer server.Close()

	resp, err := http.Post(server.URL+"/v1/chat/completions", "application/json", strings.NewReader(`{"stream":true}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if _, delta, ok := strings.Cut(lines.Text(), `"delta":`); ok {
			delta, _, _ = strings.Cut(delta, `,"logprobs"`)
			fmt.Println(delta)
		}
	}
	// Output:
	// {"role":"assistant","content":"","refusal":null}
	// {"content":"One"}
}

func ExampleNewOpenAIResponses() {
	// In a test file: func TestRetry(t *testing.T) { ... }
	_ = func(t *testing.T) {
		server := chattest.NewOpenAIResponses(t,
			chattest.CutAfterEvents(6),
			chattest.FailInStream(6, chattest.Error{Code: "rate_limit_exceeded", Message: "Slow down."}),
		)
		// Point the code under test at server.URL, then look at what it sent.
		_ = server.Requests()
	}
}
