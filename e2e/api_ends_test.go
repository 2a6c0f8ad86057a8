package e2e

import (
	_ "embed"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/api/aborts.js
var abortsScript string

// TestAborts ends requests at each step of what a server does, in every way. The tab
// tells of each promise that rejects while nobody hears it.
func TestAborts(t *testing.T) {
	// Not in parallel: it makes some hundred requests, and shortens the page's timers.
	tb := openFetch(t)
	eval[chromedp.Void](tb, bodiesScript)
	got := call[struct {
		Steps  int      `json:"steps"`
		Others []string `json:"others"`
	}](tb, abortsScript)
	assert.Greater(t, got.Steps, 10)
	assert.Empty(t, got.Others)
}

// newOpen serves pages of all origins, with bodies that go on until the client leaves.
func newOpen(t *testing.T, status int, contentType, body string) *site {
	return newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "*")
		if r.Method == http.MethodOptions {
			return
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
}

// TestFetchCancelEndsWhatIsUnseen: cancel ends each body that is still read, though
// its call has ended long ago.
func TestFetchCancelEndsWhatIsUnseen(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	for name, tt := range map[string]struct {
		status            int
		contentType, body string
	}{
		"a document":      {200, "text/html", "<p>so far"},
		"JSON":            {200, "application/json", `{"so": "far`},
		"an error":        {404, "application/json", `{"error": `},
		"a whole reply":   {200, "text/event-stream", "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so far\"},\"finish_reason\":\"stop\"}]}\n\n"},
		"a reply in part": {200, "text/event-stream", "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so far\"},\"finish_reason\":null}]}\n\n"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newOpen(t, tt.status, tt.contentType, tt.body)
			got := call[[]string](tb, `async (url) => {
				const send = retrystream.createRetryFetch({ holdMs: 1 });
				const response = await send(url, post());
				const reader = response.body.getReader();
				const { value } = await reader.read();
				const next = reader.read().then(({ done }) => "done " + done, ({ name }) => name);
				await new Promise((resolve) => setTimeout(resolve));
				send.cancel();
				return [new TextDecoder().decode(value), await next, send.status.phase];
			}`, server.URL+chatPath)
			require.Equal(t, []string{tt.body, "AbortError", "canceled"}, got)
			server.waitForGone(t, 1)
		})
	}
}

// TestAnOpenErrorBodyHoldsNothing: what came of it tells enough. Here no timer of
// three seconds ever ends.
func TestAnOpenErrorBodyHoldsNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ body, ask string }{
		"nothing of a stream": {"", `ask(url, { maxAttempts: 2, delays: { initialMs: 1 } }).text()`},
		"some of a stream":    {`{"error": `, `ask(url, { maxAttempts: 2, delays: { initialMs: 1 } }).text()`},
		"some of a fetch":     {`{"error": `, `retrystream.createRetryFetch({ maxAttempts: 2, delays: { initialMs: 1 } })(url, post()).then(({ status }) => { throw { message: "status " + status } })`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := openFetch(t)
			server := newOpen(t, 500, "application/json", tt.body)
			got := call[string](tb, `(url) => {
				const plain = setTimeout;
				globalThis.setTimeout = (run, ms, ...args) => ms > 2500 ? 0 : plain(run, ms, ...args);
				return `+tt.ask+`.catch(({ message }) => message);
			}`, server.URL+chatPath)
			assert.Regexp(t, "^(status 500|.* is temporarily unavailable)", got)
			assert.Len(t, server.asked(chatPath), 2)
		})
	}
}

// TestFetchOfManyChunks: as many chunks as bytes are passed on as they came, read or
// unseen.
func TestFetchOfManyChunks(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	eval[chromedp.Void](tb, bodiesScript)
	for name, reply := range map[string]string{
		"unseen": `"{" + " ".repeat(200_000)`,
	} {
		got := call[[]any](tb, `async () => {
			const reply = `+reply+`;
			serve(body(cut(utf8(reply), 1)));
			const response = await retrystream.createRetryFetch()(chatURL, post());
			const text = await response.text();
			return [text.length, text === reply];
		}`)
		assert.Equal(t, []any{float64(200_001), true}, got, name)
	}
}
