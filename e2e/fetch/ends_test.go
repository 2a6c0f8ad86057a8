package fetch_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestAborts ends requests at each step of what a server does, in every way. The tab
// tells of each promise that rejects while nobody hears it.
func TestAborts(t *testing.T) {
	// Not in parallel: it makes some hundred requests, and shortens the page's timers.
	tb := openFetch(t)
	got := browser.Call[struct {
		Steps  int      `json:"steps"`
		Others []string `json:"others"`
	}](tb, "endEverywhere")
	assert.Greater(t, got.Steps, 10)
	assert.Empty(t, got.Others)
}

// newOpen serves pages of all origins, with bodies that go on until the client leaves.
func newOpen(t *testing.T, status int, contentType, body string) *site.Site {
	return site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
			got := browser.Call[[]string](tb, "cancelWhileOpen", server.URL+site.ChatPath)
			require.Equal(t, []string{tt.body, "AbortError", "canceled"}, got)
			server.WaitForGone(t, 1)
		})
	}
}

// TestAnOpenErrorBodyHoldsNothing: what came of it tells enough. Here no timer of
// three seconds ever ends.
func TestAnOpenErrorBodyHoldsNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		body   string
		relays bool
	}{
		"nothing of a stream": {"", false},
		"some of a stream":    {`{"error": `, false},
		"some of a fetch":     {`{"error": `, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tb := openFetch(t)
			server := newOpen(t, 500, "application/json", tt.body)
			got := browser.Call[string](tb, "openError", server.URL+site.ChatPath, tt.relays)
			assert.Regexp(t, "^(status 500|.* is temporarily unavailable)", got)
			assert.Len(t, server.Asked(site.ChatPath), 2)
		})
	}
}

// TestFetchOfManyChunks: as many chunks as bytes are passed on as they came, read or
// unseen.
func TestFetchOfManyChunks(t *testing.T) {
	t.Parallel()
	tb := openFetch(t)
	assert.Equal(t, []any{float64(200_001), true}, browser.Call[[]any](tb, "manyChunks"))
}
