package e2e

import (
	_ "embed"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/api/fetch.js
var fetchScript string

// fetched is what a page can see of a response. It is what look and relay in
// testdata/api/fetch.js give.
type fetched struct {
	Status     int          `json:"status"`
	Type       string       `json:"type"`
	URL        string       `json:"url"`
	Redirected bool         `json:"redirected"`
	Header     string       `json:"header"`
	Real       bool         `json:"real"`
	Text       string       `json:"text"`
	Error      *streamError `json:"error"`
	Refused    bool         `json:"refused"`
	Retries    []string     `json:"retries"`
}

// openFetch opens a tab with the library and the functions of fetch.js.
func openFetch(t testing.TB) *tab {
	t.Helper()
	tb := openAPI(t)
	eval[chromedp.Void](tb, fetchScript)
	// What a connection brought that was reset before anybody read is lost.
	eval[chromedp.Void](tb, `retrystream.init()`)
	return tb
}

// relay sends a request through createRetryFetch.
func relay(tb *tab, url string, options ...map[string]any) fetched {
	tb.t.Helper()
	all := map[string]any{}
	for _, o := range options {
		for name, value := range o {
			all[name] = value
		}
	}
	return call[fetched](tb, `(url, options) => relay(url, options)`, url, all)
}

// relayLate does so with a fault that is put off until some of the reply was read.
// begins starts the fake with it.
func relayLate(tb *tab, begin func(until chattest.Option) string, options map[string]any) fetched {
	tb.t.Helper()
	read := make(chan struct{})
	url := begin(chattest.Until(read))
	call[chromedp.Void](tb, `(url, options) => {
		globalThis.begun = globalThis.answer = undefined;
		void relay(url, options).then((seen) => { answer = seen });
	}`, url, options)
	waitFor(tb, `globalThis.begun`, actionTimeout)
	close(read)
	waitFor(tb, `globalThis.answer`, actionTimeout)
	return eval[fetched](tb, `answer`)
}

// silence has a stall noticed soon; other steps get all the time of a busy machine.
func silence(step chattest.Step) map[string]any {
	if step.Fault == chattest.FaultStall {
		return map[string]any{"silenceTimeoutMs": 2000}
	}
	return nil
}

// plain sends the same with the page's own fetch.
func plain(tb *tab, url string) fetched {
	tb.t.Helper()
	return call[fetched](tb, `(url) => look(fetch(url, post()))`, url)
}

// TestFetchPassesBytes: what needs no help passes as it is.
func TestFetchPassesBytes(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for _, api := range []struct {
		name, path string
		fake       func(*chattest.Script) http.Handler
	}{
		{"OpenAI chat", chatPath, chattest.OpenAIChat},
		{"OpenAI responses", "/v1/responses", chattest.OpenAIResponses},
		{"Anthropic", "/v1/messages", chattest.Anthropic},
		{"Gemini", "/v1beta/models/gemini:streamGenerateContent?alt=sse", chattest.Gemini},
	} {
		t.Run(api.name, func(t *testing.T) {
			want := plain(tb, newFake(t, api.fake).URL+api.path)
			provider := newFake(t, api.fake)
			got := relay(tb, provider.URL+api.path)
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
			provider := newFake(t, chattest.Anthropic, tt.step, chattest.Reply("All is well."))
			got := relay(tb, provider.URL+"/v1/messages", silence(tt.step))
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
		provider := newFake(t, chattest.Anthropic, step, step)
		want := plain(tb, provider.URL+"/v1/messages")
		got := relay(tb, provider.URL+"/v1/messages")
		assert.Equal(t, 401, got.Status)
		assert.Equal(t, want.URL, got.URL)
		assert.JSONEq(t, want.Text, got.Text)
		assert.Empty(t, got.Retries)
	})
	t.Run("attempts used up", func(t *testing.T) {
		provider := newFake(t, chattest.Anthropic, chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse())
		got := relay(tb, provider.URL+"/v1/messages", map[string]any{"maxAttempts": 2})
		assert.Equal(t, 529, got.Status)
		assert.Contains(t, got.Text, "overloaded_error")
		assert.Len(t, provider.Requests(), 2)
	})
	t.Run("an error in the opening, attempts used up", func(t *testing.T) {
		provider := newFake(t, chattest.Anthropic, chattest.FailInStream(2, chattest.Error{Status: 529}))
		got := relay(tb, provider.URL+"/v1/messages", map[string]any{"maxAttempts": 1})
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
			var provider *site
			got := relayLate(tb, func(until chattest.Option) string {
				until(&step)
				provider = newFake(t, chattest.Anthropic, step)
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
		got := relay(tb, deadURL(t)+"/v1/messages", map[string]any{"maxAttempts": 1})
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
		{"event ids", chatPath, chattest.EventIDs},
	} {
		t.Run(api.name, func(t *testing.T) {
			whole := newFake(t, api.fake, chattest.Reply(chattest.DefaultText, chattest.Background()))
			want := plain(tb, whole.URL+api.path)
			var provider *site
			got := relayLate(tb, func(until chattest.Option) string {
				provider = newFake(t, api.fake, chattest.CutAfterEvents(7, chattest.Background(), until), chattest.Continue())
				return provider.URL + api.path
			}, map[string]any{})
			require.Nil(t, got.Error)
			assert.True(t, want.Text == got.Text, "the bytes are not the same")
			assert.Equal(t, []string{"network"}, got.Retries)
			assert.Len(t, provider.Requests(), 2)
		})
		t.Run(api.name+", not wanted", func(t *testing.T) {
			var provider *site
			got := relayLate(tb, func(until chattest.Option) string {
				provider = newFake(t, api.fake, chattest.CutAfterEvents(7, chattest.Background(), until), chattest.Continue())
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
	server := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
			type pair struct{ Want, Got fetched }
			got := call[pair](tb, `async (url) => ({
				Want: await look(fetch(url, `+request.init+`)),
				Got: await look(retrystream.createRetryFetch()(url, `+request.init+`)),
			})`, server.URL+request.path)
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
		tb := openAPIAt(t, newSite(t, apiPage(t, apiPolicy+" data:", nil)).URL)
		assert.Equal(t, "hi", eval[string](tb, `retrystream.createRetryFetch()("data:text/plain,hi").then(r => r.text()).catch(String)`))
	})
	t.Run("a Request, and one that was used", func(t *testing.T) {
		got := call[[]string](tb, `async (url) => {
			const send = retrystream.createRetryFetch();
			const request = new Request(url, { method: "POST", body: "x" });
			const first = await send(request).then(r => r.text());
			await request.text();
			return [first, await send(request).catch(e => e.name)];
		}`, server.URL+"/json")
		assert.Equal(t, []string{`{"object":"list","data":[]}`, "TypeError"}, got)
	})
	t.Run("what a response can do", func(t *testing.T) {
		got := call[[]any](tb, `async (url) => {
			const send = retrystream.createRetryFetch();
			const response = await send(url);
			const clone = response.clone();
			const tees = (await send(url)).body.tee().map(body => new Response(body).text());
			return [
				(await response.json()).object, (await clone.json()).object, clone.url === url, response.bodyUsed,
				(await (await send(url)).blob()).size, ...(await Promise.all(tees)),
			];
		}`, server.URL+"/json")
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
			provider := newFake(t, chattest.Anthropic, step)
			eval[chromedp.Void](tb, `globalThis.controller = new AbortController()`)
			call[chromedp.Void](tb, `(url) => {
				globalThis.seen = undefined;
				void look(retrystream.createRetryFetch({ holdMs: 60_000 })(url, post({ signal: controller.signal }))).then(s => { seen = s });
			}`, provider.URL+"/v1/messages")
			provider.waitForRequests(t, "/v1/messages", 1)
			eval[chromedp.Void](tb, `controller.abort()`)
			waitFor(tb, `seen`, actionTimeout)
			got := eval[fetched](tb, `seen`)
			require.NotNil(t, got.Error)
			assert.Equal(t, "AbortError", got.Error.Name)
			provider.waitForGone(t, 1)
		})
	}
	t.Run("before", func(t *testing.T) {
		got := call[fetched](tb, `(url) => look(retrystream.createRetryFetch()(url, post({ signal: AbortSignal.abort() })))`, deadURL(t))
		assert.True(t, got.Refused)
		assert.Equal(t, "AbortError", got.Error.Name)
	})
}

// TestFetchLeavesNothing: a body that is canceled, or let go of unread, ends the
// request.
func TestFetchLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]string{
		"canceled":       `send(url, post()).then(r => r.body.cancel())`,
		"canceled later": `send(url, post()).then(async r => { const reader = r.body.getReader(); await reader.read(); await reader.cancel() })`,
		"never read":     `send(url, post()).then(() => {})`,
		"read a little":  `send(url, post()).then(r => r.body.getReader().read().then(() => {}))`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := openFetch(t)
			provider := newFake(t, chattest.Anthropic, chattest.Stall(6))
			call[chromedp.Void](tb, `(url) => { const send = retrystream.createRetryFetch({ holdMs: 100 }); return `+way+` }`, provider.URL+"/v1/messages")
			require.Eventually(t, func() bool {
				_, err := chromedp.Call(tb.ctx, heapprofiler.CollectGarbage, cdp.Empty{})
				require.NoError(t, err)
				provider.mu.Lock()
				defer provider.mu.Unlock()
				return provider.gone == 1
			}, actionTimeout, 50*time.Millisecond)
		})
	}
}

// TestFetchIsNoFasterThanItsReader: a body that nobody reads is not read from
// the network, but for one chunk.
func TestFetchIsNoFasterThanItsReader(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	eval[chromedp.Void](tb, bodiesScript)
	got := eval[[]int](tb, `(async () => {
		const source = body([...Array(100)].map(() => delta("word ")).concat(chatEnd));
		serve(source);
		const response = await retrystream.createRetryFetch()(chatURL, post());
		const pulls = [];
		await new Promise(done => setTimeout(done, 100));
		pulls.push(source.pulls);
		const reader = response.body.getReader();
		for (let i = 0; i < 10; i++) await reader.read();
		await new Promise(done => setTimeout(done, 100));
		pulls.push(source.pulls);
		let left = 0;
		for (let part; !(part = await reader.read()).done; ) left += part.value.length;
		return [...pulls, left - 90 * delta("word ").length - chatEnd.length];
	})()`)
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
		provider := newFake(t, chattest.Anthropic, chattest.Stall(2))
		got := call[string](tb, `async (url, holdMs) => {
			const response = await retrystream.createRetryFetch({ holdMs })(url, post());
			const { value } = await response.body.getReader().read();
			return new TextDecoder().decode(value);
		}`, provider.URL+"/v1/messages", hold)
		assert.Contains(t, got, "event: message_start")
	}
}

// TestFetchWithoutModule: a page must not suffer from what was to help it.
func TestFetchWithoutModule(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.Anthropic)
	page := newSite(t, apiPage(t, apiPolicy, map[string]http.HandlerFunc{wasmPath: answer(404, "text/plain", []byte("no"))}))
	tb := openAPIAt(t, page.URL)
	eval[chromedp.Void](tb, fetchScript)
	got := relay(tb, provider.URL+"/v1/messages")
	require.Nil(t, got.Error)
	assert.Contains(t, got.Text, "event: message_stop")
	assert.Contains(t, eval[string](tb, `logged.join()`), "could not load")
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
		assert.Equal(t, want, eval[string](tb, `(() => { try { retrystream.createRetryFetch(`+given+`); } catch (e) { return e.message } })()`))
	}
	assert.Equal(t, `TypeError: retryFetch: unknown option "holdMS". Did you mean "holdMs"?`,
		eval[string](tb, `retrystream.retryFetch("/", { method: "POST", holdMS: 1 }).catch(String)`))
}

// TestFetchTells: the banner can be given the fetch itself.
func TestFetchTells(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	provider := newFake(t, chattest.Anthropic, chattest.AnthropicOverloadedResponse())
	got := call[[]string](tb, `async (url) => {
		const send = retrystream.createRetryFetch();
		const phases = [];
		const unsubscribe = send.subscribe(status => {
			phases.push(status.phase);
			if (status.phase === "retrying") send.retryNow();
		});
		await send(url, post()).then(r => r.text());
		await new Promise(done => setTimeout(done));
		unsubscribe();
		await send(url, post()).then(r => r.text());
		return [...phases, send.status.phase];
	}`, provider.URL+"/v1/messages")
	assert.Equal(t, []string{"done", "connecting", "connecting", "retrying", "connecting", "streaming", "done", "done"}, got)

	hanging := newFake(t, chattest.Anthropic, chattest.Hang())
	assert.Equal(t, "AbortError", call[string](tb, `(url) => {
		const send = retrystream.createRetryFetch();
		const answer = send(url, post()).catch(e => e.name);
		send.cancel();
		return answer;
	}`, hanging.URL+"/v1/messages"))
}

// TestFetchWarnsOnce: an SDK that retries too is told, once.
func TestFetchWarnsOnce(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	provider := newFake(t, chattest.Anthropic)
	assert.Equal(t, 1, call[int](tb, `async (url) => {
		const send = retrystream.createRetryFetch();
		for (const count of [0, 1, 2]) await send(url, post({ headers: { "x-stainless-retry-count": count } })).then(r => r.text());
		return logged.filter(line => line.includes("maxRetries: 0")).length;
	}`, provider.URL+"/v1/messages"))
}
