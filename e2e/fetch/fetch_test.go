package fetch_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// openFetch opens a tab with the library and the functions of the page.
func openFetch(t testing.TB) *browser.Tab {
	t.Helper()
	tb := library.Open(t)
	// What a connection brought that was reset before anybody read is lost.
	tb.Run(`retrystream.init()`)
	return tb
}

// relayLate does so with a fault that is put off until some of the reply was read.
// begins starts the fake with it.
func relayLate(tb *browser.Tab, begin func(until chattest.Option) string, options map[string]any) library.Fetched {
	tb.T.Helper()
	read := make(chan struct{})
	url := begin(chattest.Until(read))
	tb.Call("relayLater", url, options)
	tb.WaitFor(`tests.begun`)
	close(read)
	tb.WaitFor(`tests.relayed`)
	return browser.Eval[library.Fetched](tb, `tests.relayed`)
}

// silence has a stall noticed soon; other steps get all the time of a busy machine.
func silence(step chattest.Step) map[string]any {
	if step.Fault == chattest.FaultStall {
		return map[string]any{"silenceTimeoutMs": 2000}
	}
	return nil
}

// plain sends the same with the page's own fetch.
func plain(tb *browser.Tab, url string) library.Fetched {
	tb.T.Helper()
	return browser.Call[library.Fetched](tb, "plain", url)
}

// TestFetchPassesBytes: what needs no help passes as it is.
func TestFetchPassesBytes(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for _, api := range []struct {
		name, path string
		fake       func(*chattest.Script) http.Handler
	}{
		{"OpenAI chat", site.ChatPath, chattest.OpenAIChat},
		{"OpenAI responses", "/v1/responses", chattest.OpenAIResponses},
		{"Anthropic", "/v1/messages", chattest.Anthropic},
		{"Gemini", "/v1beta/models/gemini:streamGenerateContent?alt=sse", chattest.Gemini},
	} {
		t.Run(api.name, func(t *testing.T) {
			want := plain(tb, site.NewFake(t, api.fake).URL+api.path)
			provider := site.NewFake(t, api.fake)
			got := library.Relay(tb, provider.URL+api.path)
			assert.Equal(t, want.Status, got.Status)
			assert.Equal(t, provider.URL+api.path, got.URL)
			assert.Equal(t, want.Type, got.Type)
			assert.Equal(t, want.Header, got.Header)
			assert.True(t, got.Real)
			assert.Nil(t, got.Error)
			assert.True(t, want.Text == got.Text, "the bytes are not the same")
			assert.Empty(t, got.Retries)
			assert.Len(t, provider.Requests(), 1)
		})
	}
}

// TestFetchSurvives: what fails before the first content is replaced unseen.
func TestFetchSurvives(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	overloaded := chattest.Error{Status: 529, Type: "overloaded_error", Message: "Overloaded"}
	for _, tt := range []struct {
		name string
		step chattest.Step
		kind string
	}{
		{"rate limit", chattest.AnthropicRateLimitResponse("1"), "rate_limit"},
		{"overloaded", chattest.AnthropicOverloadedResponse(), "overloaded"},
		{"error in the opening", chattest.FailInStream(2, overloaded), "overloaded"},
		{"cut in the opening", chattest.CutAfterEvents(2), "network"},
		{"end in the opening", chattest.EndEarly(2), "truncated"},
		{"stall in the opening", chattest.Stall(2), "stalled"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			provider := site.NewFake(t, chattest.Anthropic, tt.step, chattest.Reply("All is well."))
			got := library.Relay(tb, provider.URL+"/v1/messages", silence(tt.step))
			require.Nil(t, got.Error)
			assert.Equal(t, 200, got.Status)
			assert.Equal(t, 1, strings.Count(got.Text, "event: message_start"))
			assert.Equal(t, 1, strings.Count(got.Text, "event: message_stop"))
			assert.NotContains(t, got.Text, "event: error")
			require.NotEmpty(t, got.Retries)
			assert.Equal(t, tt.kind, got.Retries[0])
		})
	}
}

// TestFetchFailsInTheProvidersWords: what no attempt cures, or what came too
// late to be replaced, reaches the page as the provider itself would tell it.
func TestFetchFailsInTheProvidersWords(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	t.Run("a wrong key", func(t *testing.T) {
		step := chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key")
		provider := site.NewFake(t, chattest.Anthropic, step, step)
		want := plain(tb, provider.URL+"/v1/messages")
		got := library.Relay(tb, provider.URL+"/v1/messages")
		assert.Equal(t, 401, got.Status)
		assert.Equal(t, want.URL, got.URL)
		assert.JSONEq(t, want.Text, got.Text)
		assert.Empty(t, got.Retries)
	})
	t.Run("attempts used up", func(t *testing.T) {
		provider := site.NewFake(t, chattest.Anthropic, chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse())
		got := library.Relay(tb, provider.URL+"/v1/messages", map[string]any{"maxAttempts": 2})
		assert.Equal(t, 529, got.Status)
		assert.Contains(t, got.Text, "overloaded_error")
		assert.Len(t, provider.Requests(), 2)
	})
	t.Run("an error in the opening, attempts used up", func(t *testing.T) {
		provider := site.NewFake(t, chattest.Anthropic, chattest.FailInStream(2, chattest.Error{Status: 529}))
		got := library.Relay(tb, provider.URL+"/v1/messages", map[string]any{"maxAttempts": 1})
		require.Nil(t, got.Error)
		assert.Equal(t, 200, got.Status)
		assert.Equal(t, 1, strings.Count(got.Text, "event: message_start"))
		assert.True(t, strings.HasSuffix(got.Text, "\n\n"))
		assert.Contains(t, lastEvent(got.Text), "overloaded_error")
	})
	for name, step := range map[string]chattest.Step{
		"a cut after text":      chattest.CutAfterEvents(6),
		"an early end":          chattest.EndEarly(6),
		"a stall":               chattest.Stall(6),
		"an error in the reply": chattest.FailInStream(6, chattest.Error{Status: 529}),
	} {
		t.Run(name, func(t *testing.T) {
			var provider *site.Site
			got := relayLate(tb, func(until chattest.Option) string {
				until(&step)
				provider = site.NewFake(t, chattest.Anthropic, step)
				return provider.URL + "/v1/messages"
			}, silence(step))
			require.Nil(t, got.Error)
			assert.Equal(t, 1, strings.Count(got.Text, "event: message_start"))
			assert.Equal(t, 1, strings.Count(got.Text, "event: error"))
			assert.True(t, strings.HasPrefix(lastEvent(got.Text), "event: error\n"), got.Text)
			assert.Empty(t, got.Retries)
			assert.Len(t, provider.Requests(), 1)
		})
	}
	t.Run("no network", func(t *testing.T) {
		got := library.Relay(tb, site.DeadURL(t)+"/v1/messages", map[string]any{"maxAttempts": 1})
		assert.True(t, got.Refused)
		require.NotNil(t, got.Error)
		assert.Equal(t, "RetryStreamError", got.Error.Name)
	})
}

// lastEvent gives the last event of a body that ends with a whole one.
func lastEvent(body string) string {
	body = strings.TrimSuffix(body, "\n\n")
	return body[strings.LastIndex(body, "\n\n")+2:]
}

// TestFetchResumes: where the provider can give the rest, the page sees one
// unbroken reply.
func TestFetchResumes(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for _, api := range []struct {
		name, path string
		fake       func(*chattest.Script) http.Handler
	}{
		{"OpenAI responses", "/v1/responses", chattest.OpenAIResponses},
		{"Interactions", "/v1beta/interactions", chattest.Interactions},
		{"event ids", site.ChatPath, chattest.EventIDs},
	} {
		t.Run(api.name, func(t *testing.T) {
			whole := site.NewFake(t, api.fake, chattest.Reply(chattest.DefaultText, chattest.Background()))
			want := plain(tb, whole.URL+api.path)
			var provider *site.Site
			got := relayLate(tb, func(until chattest.Option) string {
				provider = site.NewFake(t, api.fake, chattest.CutAfterEvents(7, chattest.Background(), until), chattest.Continue())
				return provider.URL + api.path
			}, map[string]any{})
			require.Nil(t, got.Error)
			assert.True(t, want.Text == got.Text, "the bytes are not the same")
			assert.Equal(t, []string{"network"}, got.Retries)
			assert.Len(t, provider.Requests(), 2)
		})
		t.Run(api.name+", not wanted", func(t *testing.T) {
			var provider *site.Site
			got := relayLate(tb, func(until chattest.Option) string {
				provider = site.NewFake(t, api.fake, chattest.CutAfterEvents(7, chattest.Background(), until), chattest.Continue())
				return provider.URL + api.path
			}, map[string]any{"partial": "fail"})
			require.Nil(t, got.Error)
			assert.Contains(t, lastEvent(got.Text), "error")
			assert.Len(t, provider.Requests(), 1)
		})
	}
}

// TestFetchOfOtherThings: what is no stream of a provider behaves as with fetch.
func TestFetchOfOtherThings(t *testing.T) {
	t.Parallel()
	binary := strings.Repeat("\x00\xff\x89PNG", 30_000)
	large := `{"data":"` + strings.Repeat("x", 300_000) + `"}`
	mux := http.NewServeMux()
	say := func(path string, status int, contentType, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			if contentType != "" {
				w.Header().Set("Content-Type", contentType)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
	}
	say("/binary", 200, "image/png", binary)
	say("/page", 200, "text/html", "<!doctype html><title>App</title>")
	say("/json", 200, "application/json", `{"object":"list","data":[]}`)
	say("/large", 200, "application/json", large)
	say("/words", 200, "text/plain", "Hello!\n")
	say("/empty", 200, "", "")
	say("/204", 204, "", "")
	say("/404", 404, "application/json", `{"error":{"message":"no such thing"}}`)
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/json", http.StatusTemporaryRedirect)
	})
	var seen []string
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "content-type")
		w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD, POST")
		if r.Method == http.MethodOptions {
			return
		}
		seen = append(seen, r.Method+" "+r.URL.Path)
		mux.ServeHTTP(w, r)
	}))
	tb := openFetch(t)
	for _, request := range []struct{ path, init string }{
		{"/binary", `{}`}, {"/page", `{}`}, {"/json", `{}`}, {"/large", `{}`}, {"/words", `{}`}, {"/empty", `{}`},
		{"/204", `{}`}, {"/404", `{}`}, {"/moved", `{}`}, {"/json", `{ method: "HEAD" }`},
		{"/json", `{ mode: "no-cors" }`}, {"/moved", `{ redirect: "manual" }`}, {"/moved", `{ redirect: "error" }`},
		{"/json", `{ method: "GET", body: "x" }`}, {"/json", `{ headers: { "a b": "c" } }`},
		{"/json", `post()`}, {"/json", `{ method: "POST", body: new Blob(["{}"]) }`},
	} {
		t.Run(request.path+" "+request.init, func(t *testing.T) {
			seen = nil
			got := browser.Call[struct{ Want, Got library.Fetched }](tb, "both", server.URL+request.path, browser.JS("({ post }) => ("+request.init+")"))
			if got.Want.Error != nil {
				require.NotNil(t, got.Got.Error)
				assert.Equal(t, got.Want.Refused, got.Got.Refused)
				return
			}
			require.Nil(t, got.Got.Error)
			assert.Equal(t, got.Want, got.Got)
			require.NotEmpty(t, seen)
			assert.Equal(t, seen[:len(seen)/2], seen[len(seen)/2:])
		})
	}
	t.Run("other addresses", func(t *testing.T) {
		tb := library.OpenAt(t, site.New(t, library.Page(t, library.Policy+" data:", nil)).URL)
		assert.Equal(t, "hi", browser.Call[string](tb, "textOfData"))
	})
	t.Run("a Request, and one that was used", func(t *testing.T) {
		got := browser.Call[[]string](tb, "requests", server.URL+"/json")
		assert.Equal(t, []string{`{"object":"list","data":[]}`, "TypeError"}, got)
	})
	t.Run("what a response can do", func(t *testing.T) {
		got := browser.Call[[]any](tb, "abilities", server.URL+"/json")
		body := `{"object":"list","data":[]}`
		assert.Equal(t, []any{"list", "list", true, true, float64(len(body)), body, body}, got)
	})
}

// TestFetchAbort: an abort looks as it does with fetch, at any moment, and the
// request is over.
func TestFetchAbort(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for name, step := range map[string]chattest.Step{
		"head": chattest.Hang(), "opening": chattest.Stall(2), "reply": chattest.Stall(6),
	} {
		t.Run(name, func(t *testing.T) {
			provider := site.NewFake(t, chattest.Anthropic, step)
			tb.Call("sendAbortable", provider.URL+"/v1/messages")
			provider.WaitForRequests(t, "/v1/messages", 1)
			tb.Call("abort")
			tb.WaitFor(`tests.seen`)
			got := browser.Eval[library.Fetched](tb, `tests.seen`)
			require.NotNil(t, got.Error)
			assert.Equal(t, "AbortError", got.Error.Name)
			provider.WaitForGone(t, 1)
		})
	}
	t.Run("before", func(t *testing.T) {
		got := browser.Call[library.Fetched](tb, "sendAborted", site.DeadURL(t))
		assert.True(t, got.Refused)
		assert.Equal(t, "AbortError", got.Error.Name)
	})
}

// TestFetchLeavesNothing: a body that is canceled, or let go of unread, ends the
// request.
func TestFetchLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"canceled", "canceled later", "never read", "read a little"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := openFetch(t)
			provider := site.NewFake(t, chattest.Anthropic, chattest.Stall(6))
			tb.Call("letGo", provider.URL+"/v1/messages", name)
			require.Eventually(t, func() bool {
				tb.Heap() // collects the garbage
				return provider.Gone() == 1
			}, browser.Patience, 50*time.Millisecond)
		})
	}
}

// TestFetchThroughAPipe: nothing but the pipe holds a body that is piped, and collecting
// garbage must not end it.
func TestFetchThroughAPipe(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	later := make(chan struct{})
	const tail = "event: ping\ndata: {\"type\":\"ping\",\"n\":1}\n\n"
	provider := site.NewFake(t, chattest.Anthropic, chattest.RawInStream(6, tail, chattest.Until(later)))
	tb.Call("readThroughPipe", provider.URL+"/v1/messages")
	tb.WaitFor(`tests.piped !== ""`)
	tb.Call("makeGarbage")
	tb.Heap()
	close(later)
	tb.Call("pipeEnded")
	assert.Contains(t, browser.Eval[string](tb, `tests.piped`), tail)
	assert.Zero(t, provider.Gone())
}

// TestFetchIsNoFasterThanItsReader: a body that nobody reads is not read from
// the network, but for one chunk.
func TestFetchIsNoFasterThanItsReader(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	got := browser.Call[[]int](tb, "pulls")
	assert.LessOrEqual(t, got[0], 2)
	assert.LessOrEqual(t, got[1], 12)
	assert.Zero(t, got[2], "bytes too many")
}

// TestFetchHolds: the hold ends in time, so that a slow model does not look like
// a slow server.
func TestFetchHolds(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for _, hold := range []int{0, 100} {
		provider := site.NewFake(t, chattest.Anthropic, chattest.Stall(2))
		got := browser.Call[string](tb, "firstChunk", provider.URL+"/v1/messages", hold)
		assert.Contains(t, got, "event: message_start")
	}
}

// TestFetchWithoutModule: a page must not suffer from what was to help it.
func TestFetchWithoutModule(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.Anthropic)
	page := site.New(t, library.Page(t, library.Policy, map[string]http.HandlerFunc{library.WASMPath: site.Answer(404, "text/plain", []byte("no"))}))
	tb := library.OpenAt(t, page.URL)
	got := library.Relay(tb, provider.URL+"/v1/messages")
	require.Nil(t, got.Error)
	assert.Contains(t, got.Text, "event: message_stop")
	assert.Contains(t, browser.Eval[string](tb, `logged.join()`), "could not load")
}

// TestFetchOptions: what cannot work is told at once, by its name.
func TestFetchOptions(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for given, want := range map[string]string{
		`null`:                   "createRetryFetch: options must be an object.",
		`{ holdMs: -1 }`:         "createRetryFetch: holdMs must be a number of milliseconds, 0 or more.",
		`{ holdMS: 1 }`:          `createRetryFetch: unknown option "holdMS". Did you mean "holdMs"?`,
		`{ method: "POST" }`:     `createRetryFetch: unknown option "method".`,
		`{ partial: "restart" }`: `createRetryFetch: partial must be one of "resume", "fail".`,
	} {
		assert.Equal(t, want, browser.Call[string](tb, "complaint", browser.JS(given)))
	}
	assert.Equal(t, `TypeError: retryFetch: unknown option "holdMS". Did you mean "holdMs"?`,
		browser.Call[string](tb, "complaintOfInit"))
}

// TestFetchTells: the banner can be given the fetch itself.
func TestFetchTells(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	provider := site.NewFake(t, chattest.Anthropic, chattest.AnthropicOverloadedResponse())
	got := browser.Call[[]string](tb, "phases", provider.URL+"/v1/messages")
	assert.Equal(t, []string{"done", "connecting", "connecting", "retrying", "connecting", "streaming", "done", "done"}, got)

	hanging := site.NewFake(t, chattest.Anthropic, chattest.Hang())
	assert.Equal(t, "AbortError", browser.Call[string](tb, "cancelAtOnce", hanging.URL+"/v1/messages"))
}

// TestFetchWarnsOnce: an SDK that retries too is told, once.
func TestFetchWarnsOnce(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	provider := site.NewFake(t, chattest.Anthropic)
	assert.Equal(t, 1, browser.Call[int](tb, "warnings", provider.URL+"/v1/messages"))
}
