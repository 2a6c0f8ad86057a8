package chattest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

func TestCutAfterBytes(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		full := a.full(t)
		for _, n := range []int{1, 30, 333, len(full), len(full) + 99} {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				resp, got, err := a.stream(t, a.start(t, chattest.CutAfterBytes(n)))
				assert.Equal(t, 200, resp.StatusCode)
				require.ErrorIs(t, err, syscall.ECONNRESET)
				assert.Equal(t, full[:min(n, len(full))], got)
			})
		}
	})
}

func TestCutBeforeHead(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		server := a.start(t, chattest.CutAfterBytes(0))
		_, err := send(t.Context(), t, server.URL+a.path, a.body)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		_, got, err := a.stream(t, server)
		require.NoError(t, err)
		assert.Contains(t, got, a.end)
	})
}

func TestCutOfTheWholeBodyKeepsItsLength(t *testing.T) {
	server := chattest.NewOpenAIChat(t, chattest.CutAfterBytes(20))
	resp := post(t, server.URL+"/v1/chat/completions", `{}`)
	got, err := io.ReadAll(resp.Body)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Len(t, got, 20)
	assert.Greater(t, resp.ContentLength, int64(20))
}

func TestCutAfterEvents(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		all := len(a.events(a.full(t)))
		for _, n := range []int{0, 1, 5, all, all + 5} {
			_, got, err := a.stream(t, a.start(t, chattest.CutAfterEvents(n)))
			require.ErrorIs(t, err, syscall.ECONNRESET)
			assert.Equal(t, a.first(t, min(n, all)), got)
		}
	})
}

// TestCutLosesNothing sends more small packets than the system puts on the way
// at once: a reset must not throw away those still queued.
func TestCutLosesNothing(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		text := chattest.Text(strings.Repeat("many words ", 300))
		_, got, err := a.stream(t, a.start(t, chattest.CutAfterEvents(500, text)))
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.Equal(t, a.first(t, 500, text), got)
	})
}

func TestEndEarly(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		all := len(a.events(a.full(t)))
		for _, n := range []int{0, 4, all, all + 5} {
			_, got, err := a.stream(t, a.start(t, chattest.EndEarly(n)))
			require.NoError(t, err)
			assert.Equal(t, a.first(t, min(n, all-1)), got)
			assert.NotContains(t, got, a.end)
		}
	})
}

func TestFailInStream(t *testing.T) {
	tests := []struct {
		name, api string
		step      chattest.Step
		tail      string
	}{
		{
			"anthropic", "anthropic",
			chattest.FailInStream(4, chattest.Error{Status: 529}),
			"event: error\ndata: {\"type\":\"error\",\"error\":{\"details\":null,\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}," +
				"\"request_id\":\"req_011CDKKNPekwPCs45twnGert\"              }\n\n",
		},
		{
			"chat", "openai chat",
			chattest.FailInStream(4, chattest.Error{Code: "server_is_overloaded", Message: "No <capacity>"}),
			"data: {\"error\":{\"message\":\"No <capacity>\",\"type\":\"server_error\",\"param\":null,\"code\":\"server_is_overloaded\"}}\n\n",
		},
		{
			"chat, then done", "openai chat",
			chattest.DoneAfterError(4, chattest.Error{Message: "Oops"}),
			"data: {\"error\":{\"message\":\"Oops\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\ndata: [DONE]\n\n",
		},
		{
			"responses, flat", "openai responses",
			chattest.FlatErrorInStream(4, chattest.Error{Code: "rate_limit_exceeded", Message: "Slow down"}),
			"event: error\ndata: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"Slow down\",\"param\":null,\"sequence_number\":4}\n\n",
		},
		{
			"gemini", "gemini",
			chattest.FailInStream(4, chattest.Error{Status: 503, Message: "The model is overloaded.", Details: `[{"a": 1}]`}),
			"data: {\"error\": {\"code\": 503,\"message\": \"The model is overloaded.\",\"status\": \"UNAVAILABLE\",\"details\": [{\"a\": 1}]}}\r\n\r\n",
		},
		{
			"gemini, unframed", "gemini",
			chattest.UnframedError(4, chattest.Error{Status: 503, Message: "Busy"}),
			"{\n  \"error\": {\n    \"code\": 503,\n    \"message\": \"Busy\",\n    \"status\": \"UNAVAILABLE\"\n  }\n}\n",
		},
		{"raw", "anthropic", chattest.RawInStream(4, "data: \xff{\n\n"), "data: \xff{\n\n"},
		{
			"no error named", "openai chat",
			chattest.Step{Text: chattest.DefaultText, Fault: chattest.FaultError, After: 4},
			"data: {\"error\":{\"message\":\"Internal Server Error\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := apiNamed(t, tt.api)
			resp, got, err := a.stream(t, a.start(t, tt.step))
			require.NoError(t, err)
			assert.Equal(t, 200, resp.StatusCode)
			assert.Equal(t, a.first(t, 4)+tt.tail, got)
		})
	}
}

func TestResponsesErrorEvents(t *testing.T) {
	a := apiNamed(t, "openai responses")
	failure := chattest.Error{Type: "insufficient_quota", Code: "insufficient_quota", Message: "Quota"}

	_, got, err := a.stream(t, a.start(t, chattest.FailInStream(5, failure)))
	require.NoError(t, err)
	events := a.events(got)
	require.Len(t, events, 7)
	assert.Equal(t, "event: error\ndata: {\"type\":\"error\",\"sequence_number\":5,\"error\":"+
		`{"type":"insufficient_quota","code":"insufficient_quota","message":"Quota","param":null}}`+"\n\n", events[5])
	assert.Contains(t, events[6], "event: response.failed\n")
	assert.Contains(t, events[6], `"status":"failed","background":false,"completed_at":null,"error":{"code":"insufficient_quota","message":"Quota"}`)
	assert.Contains(t, events[6], `"sequence_number":6}`)

	_, got, err = a.stream(t, a.start(t, chattest.ResponseFailed(5, failure)))
	require.NoError(t, err)
	events = a.events(got)
	require.Len(t, events, 6)
	assert.Contains(t, events[5], "event: response.failed\n")
	assert.Contains(t, events[5], `"sequence_number":5}`)
}

func TestFailInStreamWithoutStream(t *testing.T) {
	server := chattest.NewOpenAIChat(t, chattest.FailInStream(3, chattest.Error{Status: 503, Message: "Busy"}))
	resp := post(t, server.URL+"/v1/chat/completions", `{}`)
	got, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, 503, resp.StatusCode)
	assert.JSONEq(t, `{"error":{"message":"Busy","type":"server_error","param":null,"code":null}}`, string(got))
}

// watched serves one step and closes the channel when the fake has let go of the
// request. Where it never does, whoever waits for it meets the limit of all tests.
func watched(t *testing.T, a api, step chattest.Step) (*chattest.Server, <-chan struct{}) {
	t.Helper()
	return watchedFrom(t, a, step, func() {})
}

// watchedFrom is watched, and calls came when the request has come.
func watchedFrom(t *testing.T, a api, step chattest.Step, came func()) (*chattest.Server, <-chan struct{}) {
	t.Helper()
	left := make(chan struct{})
	fake := a.fake(chattest.NewScript(step))
	return chattest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		came()
		fake.ServeHTTP(w, r)
	})), left
}

func TestStall(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		all := len(a.events(a.full(t)))
		for _, n := range []int{0, 6, all + 1} {
			server, left := watched(t, a, chattest.Stall(n))
			ctx, cancel := context.WithCancel(t.Context())
			resp, err := send(ctx, t, server.URL+a.path, a.body)
			require.NoError(t, err)
			want := a.first(t, min(n, all))
			requireRead(t, want, resp.Body)
			cancel()
			rest, err := io.ReadAll(resp.Body)
			require.ErrorIs(t, err, context.Canceled)
			assert.Empty(t, rest)
			<-left
			_ = resp.Body.Close()
			synctest.Test(t, func(t *testing.T) { a.requireSilence(t, chattest.Stall(n), want) })
		}
	})
}

// requireSilence asks for a stalling step, of which no more than want comes.
func (a api) requireSilence(t *testing.T, step chattest.Step, want string) {
	t.Helper()
	client := &http.Client{Transport: &chattest.Transport{Handler: a.fake(chattest.NewScript(step))}}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://fake.test"+a.path, strings.NewReader(a.body))
	req.RequestURI = ""
	resp, err := client.Do(req)
	require.NoError(t, err)
	requireRead(t, want, resp.Body)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n, _ := resp.Body.Read(make([]byte, 1))
		assert.Zero(t, n, "the stream is not silent")
	}()
	select {
	case <-ended:
		assert.Fail(t, "the fake has ended the response")
	case <-time.After(time.Hour):
	}
	require.NoError(t, resp.Body.Close())
	<-ended
}

// requireRead reads what should come next.
func requireRead(t *testing.T, want string, body io.Reader) {
	t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(body, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func TestHang(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		ctx, cancel := context.WithCancel(t.Context())
		// A client that gave up before its request came would be waited for in vain.
		server, left := watchedFrom(t, a, chattest.Hang(), cancel)
		_, err := send(ctx, t, server.URL+a.path, a.body)
		require.ErrorIs(t, err, context.Canceled)
		<-left
	})
}

func TestPingsOnly(t *testing.T) {
	pings := map[string]string{
		"anthropic":        "event: ping\ndata: {\"type\": \"ping\"}\n\n",
		"openai chat":      ": keep-alive\n\n",
		"openai responses": "event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":%d}\n\n",
		"gemini":           ": keep-alive\r\n\r\n",
	}
	eachAPI(t, func(t *testing.T, a api) {
		server, left := watched(t, a, chattest.PingsOnly(3, time.Microsecond))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		resp, err := send(ctx, t, server.URL+a.path, a.body)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		want := a.first(t, 3)
		for n := range 20 {
			want += strings.ReplaceAll(pings[a.name], "%d", fmt.Sprint(n+3))
		}
		requireRead(t, want, resp.Body)
		cancel()
		<-left
	})
}

func TestClientLeavesDuringText(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		server, left := watched(t, a, chattest.Reply(strings.Repeat("word ", 100), chattest.Pace(time.Hour)))
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := send(ctx, t, server.URL+a.path, a.body)
		require.NoError(t, err)
		cancel()
		<-left
		_ = resp.Body.Close()
	})
}

func TestEventsPerFlushAndChunks(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		full := a.full(t)
		assert.Equal(t, full, a.full(t, chattest.EventsPerFlush(7)))
		assert.Equal(t, full, a.full(t, chattest.ChunkBytes(3)))

		writes := func(opts ...chattest.Option) []string {
			w := &writeRecorder{ResponseRecorder: httptest.NewRecorder()}
			a.fake(chattest.NewScript(chattest.Reply(chattest.DefaultText, opts...))).ServeHTTP(w,
				httptest.NewRequest(http.MethodPost, a.path, strings.NewReader(a.body)))
			return w.writes
		}
		events := a.events(full)
		assert.Equal(t, events, writes())
		assert.Equal(t, strings.Join(events[:3], ""), writes(chattest.EventsPerFlush(3))[0])
		for _, w := range writes(chattest.ChunkBytes(5), chattest.EventsPerFlush(100))[:50] {
			assert.Len(t, w, 5)
		}
	})
}

type writeRecorder struct {
	*httptest.ResponseRecorder
	writes []string
}

func (w *writeRecorder) Write(b []byte) (int, error) {
	w.writes = append(w.writes, string(b))
	return w.ResponseRecorder.Write(b)
}

func TestPace(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			fake := a.fake(chattest.NewScript(chattest.Reply("one two three",
				chattest.Pace(time.Second), chattest.Pings(2, time.Minute))))
			w := httptest.NewRecorder()
			fake.ServeHTTP(w, httptest.NewRequest(http.MethodPost, a.path, strings.NewReader(a.body)))
			assert.Equal(t, 2*time.Minute+3*time.Second, time.Since(start))
			assert.Contains(t, w.Body.String(), a.end)
		})
	})
}

// TestAborted checks that a response whose request ends for another reason than
// the client, such as a server that shuts down, does not look complete.
func TestAborted(t *testing.T) {
	for _, step := range []chattest.Step{chattest.Hang(), chattest.Stall(2), chattest.PingsOnly(2, time.Millisecond)} {
		ctx, cancel := context.WithCancel(t.Context())
		fake := chattest.Anthropic(chattest.NewScript(step))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if step.Fault == chattest.FaultHang {
				cancel() // nothing will come
			}
			fake.ServeHTTP(w, r.WithContext(ctx))
		}))
		resp, err := send(t.Context(), t, server.URL+"/v1/messages", `{"stream":true}`)
		if err == nil {
			_, err = io.ReadFull(resp.Body, make([]byte, 1))
			require.NoError(t, err)
			cancel()
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		cancel()
		require.Error(t, err)
		server.Close()
	}
}

type cleanups []func()

func (c *cleanups) Helper()          {}
func (c *cleanups) Cleanup(f func()) { *c = append(*c, f) }

func TestCleanupEndsStalls(t *testing.T) {
	var c cleanups
	server := chattest.NewAnthropic(&c, chattest.Stall(1))
	resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, f := range c {
			f()
		}
	}()
	<-closed
	_, err := io.ReadAll(resp.Body)
	require.Error(t, err)
}
