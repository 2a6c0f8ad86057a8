package chattest_test

import (
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

func TestLongLine(t *testing.T) {
	const size = 64 << 20
	server := chattest.NewAnthropic(t, chattest.LongLine(size), chattest.LongLine(size))
	resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
	assert.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	n, err := io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	assert.EqualValues(t, len("data: ")+size+len("\n\n"), n)

	resp = post(t, server.URL+"/v1/messages", `{"stream":true}`)
	head := make([]byte, 10)
	_, err = io.ReadFull(resp.Body, head)
	require.NoError(t, err)
	assert.Equal(t, "data: xxxx", string(head))
}

func TestCutOfGeneratedBody(t *testing.T) {
	step := chattest.LongLine(1000)
	step.Fault, step.After = chattest.FaultCutBytes, 100
	server := chattest.NewAnthropic(t, step)
	resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
	got, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Len(t, got, 100)
}

func TestRawResponses(t *testing.T) {
	sse := http.Header{"Content-Type": {"text/event-stream"}}
	tests := []struct {
		name   string
		step   chattest.Step
		status int
		header string // of Content-Type
		body   string
	}{
		{"html", chattest.RawResponse(502, http.Header{"Content-Type": {"text/html"}}, "<h1>Bad gateway</h1>"), 502, "text/html", "<h1>Bad gateway</h1>"},
		{"empty body", chattest.RawResponse(200, sse, ""), 200, "text/event-stream", ""},
		{"no type", chattest.RawResponse(200, nil, "data: x\n\n"), 200, "", "data: x\n\n"},
		{"json cut short", chattest.RawResponse(500, http.Header{"Content-Type": {"application/json"}}, `{"error":{"mess`), 500, "application/json", `{"error":{"mess`},
		{"malformed stream", chattest.RawResponse(200, sse, "data\n:\n\ndata: {\r\rid: \x00\n"), 200, "text/event-stream", "data\n:\n\ndata: {\r\rid: \x00\n"},
		{"invalid utf-8", chattest.RawResponse(200, sse, "data: \xf0\x9f\n\n"), 200, "text/event-stream", "data: \xf0\x9f\n\n"},
		{"fail with bytes", chattest.Fail(503, []byte("{")), 503, "application/json", "{"},
		{"fail with a string", chattest.Fail(503, "", chattest.Header("Content-Type", "text/plain")), 503, "text/plain", ""},
		{"fail with an object", chattest.Fail(429, map[string]any{"error": 1}), 429, "application/json", `{"error":1}`},
		{"no content", chattest.RawResponse(204, nil, ""), 204, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := chattest.NewAnthropic(t, tt.step)
			resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
			got, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.status, resp.StatusCode)
			assert.Equal(t, tt.header, resp.Header.Get("Content-Type"))
			assert.Equal(t, tt.body, string(got))
		})
	}
	assert.Panics(t, func() { chattest.Fail(500, make(chan int)) })
}

func TestRawResponseThatPromisesMore(t *testing.T) {
	server := chattest.NewAnthropic(t, chattest.RawResponse(200, http.Header{"Content-Length": {"50"}}, "short"))
	resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
	got, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, "short", string(got))
}

func TestRedirect(t *testing.T) {
	server := chattest.NewAnthropic(t, chattest.Redirect("https://example.com/login"))
	resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
	assert.Equal(t, http.StatusTemporaryRedirect, resp.StatusCode)
	assert.Equal(t, "https://example.com/login", resp.Header.Get("Location"))
}
