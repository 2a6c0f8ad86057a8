package node_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/project"
)

// nodeReply is a line of what the scripts in testdata print.
type nodeReply struct {
	Text    string   `json:"text"`
	Resets  int      `json:"resets"`
	Retries []string `json:"retries"`
	Error   string   `json:"error"`
	Detail  string   `json:"detail"`
	Phase   string   `json:"phase"`
}

// inNode gives where Node and the built library are.
func inNode(t *testing.T) (string, string) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not installed, so the library is not tested in it")
	}
	project.Built(t)
	library, err := filepath.Abs(project.Root() + "/web/dist/retrystream.js")
	require.NoError(t, err)
	return node, library
}

// TestNode uses the files for the browser, unchanged, in Node. The process must
// end by itself once the replies have, whatever clocks were set for them.
func TestNode(t *testing.T) {
	t.Parallel()
	node, library := inNode(t)

	cut := chattest.CutAfterEvents(6, chattest.Pace(20*time.Millisecond))
	for _, tt := range []struct {
		name  string
		steps []chattest.Step
		hash  string
		want  nodeReply
	}{
		{
			"survives", []chattest.Step{chattest.AnthropicOverloadedResponse(), cut, chattest.Reply("All is well: 🚀")}, "",
			nodeReply{Text: "All is well: 🚀", Resets: 1, Retries: []string{"overloaded", "network"}, Phase: "done"},
		},
		{
			"refused", []chattest.Step{chattest.AnthropicErrorResponse(401, "authentication_error", "no")}, "",
			nodeReply{Retries: []string{}, Error: "RetryStreamError auth 401", Phase: "failed"},
		},
		{
			"canceled", []chattest.Step{chattest.Stall(5, chattest.Text("Hello"))}, "#cancel",
			nodeReply{Text: "Hello", Retries: []string{}, Error: "AbortError", Phase: "canceled"},
		},
		{
			"left", []chattest.Step{chattest.Stall(5, chattest.Text("Hello"))}, "#break",
			nodeReply{Text: "Hello", Retries: []string{}, Phase: "canceled"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			provider := chattest.NewAnthropic(t, tt.steps...)
			replies := runNode(t, node, "reply.mjs", library, provider.URL+"/v1/messages"+tt.hash)
			assert.Equal(t, []nodeReply{tt.want}, replies)
		})
	}
}

// TestNodeWindow reads a reply where tests of pages run: in Node, with the window of
// a library that stands in for a browser.
func TestNodeWindow(t *testing.T) {
	t.Parallel()
	node, library := inNode(t)
	provider := chattest.NewAnthropic(t, chattest.Reply("All is well."))
	replies := runNode(t, node, "window.mjs", library, provider.URL+"/v1/messages")
	assert.Equal(t, []nodeReply{{Text: "All is well.", Retries: []string{}, Phase: "done"}}, replies)
}

// TestNodeFetchCrash breaks the module under a fetch: a reply that the page can
// read alone is whole, and one that it cannot does not end as if it were.
func TestNodeFetchCrash(t *testing.T) {
	t.Parallel()
	node, library := inNode(t)
	for when, want := range map[string]nodeReply{
		"held":    {Text: "as sent"},
		"resumed": {Text: "as sent", Error: "RetryStreamError module"},
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			replies := runNode(t, node, "crash.mjs", library, when)
			assert.Equal(t, []nodeReply{want}, replies)
		})
	}
}

// TestNodeAborts ends requests at each step of what a server does. A promise that
// rejects while nobody hears it would end the process.
func TestNodeAborts(t *testing.T) {
	t.Parallel()
	node, library := inNode(t)
	replies := runNode(t, node, "aborts.mjs", library)
	assert.Empty(t, replies)
}

// TestNodeFailures: Node says why a fetch failed in the error's cause alone. What
// cannot be cured is not tried again, and the reason is told.
func TestNodeFailures(t *testing.T) {
	t.Parallel()
	node, library := inNode(t)
	handler := http.NewServeMux()
	handler.HandleFunc("/ring", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/ring", http.StatusTemporaryRedirect)
	})
	handler.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Long", strings.Repeat("x", 32<<10)) })
	plain, secure := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // Node hangs up on it
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	// saying gives the address of a server that says so much and hangs up.
	saying := func(text string) string {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Read(make([]byte, 4<<10))
				_, _ = io.WriteString(c, text)
				_ = c.Close()
			}
		}()
		return l.Addr().String()
	}
	refused, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, refused.Close())
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

	tests := []struct {
		name, url string
		again     bool
		detail    string
	}{
		// No name server is asked for a name that no name can be.
		{"no such host", "http://" + strings.Repeat("a", 64) + ".invalid", false, "ENOTFOUND"},
		{"refused", "http://" + refused.Addr().String(), true, "ECONNREFUSED"},
		{"a bad certificate", secure.URL, false, "DEPTH_ZERO_SELF_SIGNED_CERT"},
		{"https to http", strings.Replace(plain.URL, "http:", "https:", 1), false, "ERR_SSL_"},
		{"redirects in a ring", plain.URL + "/ring", false, "redirect count exceeded"},
		{"a redirect refused", plain.URL + "/ring#error", false, "unexpected redirect"},
		{"a head without end", plain.URL + "/long", false, "UND_ERR_HEADERS_OVERFLOW"},
		{"no handshake", "https://" + saying("\x15\x03\x03\x00\x02\x02\x28"), false, "HANDSHAKE_FAILURE"},
		{"the server's TLS fails", "https://" + saying("\x15\x03\x03\x00\x02\x02\x50"), true, "INTERNAL_ERROR"},
		{"hung up on", "http://" + saying(""), true, "UND_ERR_SOCKET"},
		{"a body cut", "http://" + saying(head+"20\r\ndata: x"), true, "other side closed"},
		{"a chunk damaged", "http://" + saying(head+"4\r\nabcd\r\nzz\r\n"), true, "HPE_INVALID_CHUNK_SIZE"},
	}
	var urls []string
	for _, tt := range tests {
		urls = append(urls, tt.url)
	}
	replies := runNode(t, node, "failures.mjs", append([]string{library}, urls...)...)
	require.Len(t, replies, len(tests))
	for i, tt := range tests {
		got := replies[i]
		assert.Equal(t, "RetryStreamError network", got.Error, tt.name)
		assert.Equal(t, tt.again, len(got.Retries) == 1, "%s: %v", tt.name, got)
		assert.Contains(t, got.Detail, tt.detail, tt.name)
	}
}

// runNode runs a script of testdata and returns what it printed. A process that stays
// after that, as one does with a timer of the silence clock for five minutes, is killed
// before, which fails the test.
func runNode(t *testing.T, node, script string, args ...string) (replies []nodeReply) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), browser.Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, append([]string{"testdata/" + script}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		var reply nodeReply
		require.NoError(t, json.Unmarshal(lines.Bytes(), &reply), lines.Text())
		replies = append(replies, reply)
	}
	require.NoError(t, cmd.Wait(), "node: %s", &stderr)
	assert.Empty(t, stderr.String())
	return replies
}
