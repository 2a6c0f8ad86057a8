package chattest_test

import (
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
