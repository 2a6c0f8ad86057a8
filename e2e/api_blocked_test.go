package e2e

import (
	"net/http"
	"testing"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBlocked: to a page a refusal by the browser looks like a lost connection.
// A refusal fails at once and says what to change; a lost connection is retried.
func TestBlocked(t *testing.T) {
	t.Parallel()
	const closed = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; img-src data:; connect-src 'self'"
	for _, tt := range []struct {
		name, policy string
		url          func(testing.TB) string
		want         failure.Kind
		says         string
		excused      string
	}{
		{
			"no CORS", apiPolicy, func(t testing.TB) string { return chattest.NewOpenAIChat(t).URL },
			failure.Blocked, "(CORS)", "CORS policy",
		},
		{
			"policy of the page", closed, func(t testing.TB) string { return newFake(t, chattest.OpenAIChat).URL },
			failure.Blocked, "Content-Security-Policy", "Content Security Policy",
		},
		{
			"nobody there", apiPolicy, func(t testing.TB) string { return deadURL(t) },
			failure.Network, "connection", "nothing",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tb := openAPIAt(t, newSite(t, apiPage(t, tt.policy, nil)).URL)
			allow(tb, tt.excused)
			got := read(tb, tt.url(t)+chatPath, map[string]any{"maxAttempts": 2})
			require.NotNil(t, got.Error)
			assert.Equal(t, tt.want, got.Error.Kind)
			assert.Contains(t, got.Error.Message, tt.says)
			if tt.want == failure.Blocked {
				assert.Empty(t, got.Retries)
			} else {
				assert.Len(t, got.Retries, 1)
			}
		})
	}
}

// TestLostBeforeTheResponse: a server that allows the page and breaks the
// connection before its response is not taken for one that refuses.
func TestLostBeforeTheResponse(t *testing.T) {
	t.Parallel()
	lost := chattest.CutAfterBytes(0)
	// Browsers may ask once more by themselves, and so does the library.
	for _, steps := range [][]chattest.Step{{lost}, {lost, lost}} {
		provider := newFake(t, chattest.OpenAIChat, steps...)
		got := read(openAPI(t), provider.URL+chatPath)
		require.Nil(t, got.Error)
		assert.Equal(t, chattest.DefaultText, got.Text)
		for _, r := range provider.Requests() {
			// What is asked to learn whether the server is there has no secrets.
			if r.Method != http.MethodPost {
				assert.Empty(t, r.Body)
				assert.Empty(t, r.Header.Get("Authorization"))
			}
		}
	}
}
