package retry_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// checkBlocked: told at once, with the cause and the cure, and without a retry.
func checkBlocked(t *testing.T, got library.Seen, cure string) {
	t.Helper()
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Blocked, got.Error.Kind)
	assert.Contains(t, got.Error.Message, cure)
	assert.False(t, got.Error.Retryable)
	assert.Equal(t, 1, got.Error.Attempts)
	assert.Empty(t, got.Retries)
}

// withKey is a request that CORS asks about beforehand.
var withKey = map[string]any{
	"headers": map[string]any{"authorization": "Bearer sk-Zx9vQ2mT7bLw4KpR8sYd", "content-type": "application/json"},
}

// TestCORSIsPresumed: nothing proves it, so it is presumed after three attempts that
// fail although the server answers a GET without anything of the request.
func TestCORSIsPresumed(t *testing.T) {
	t.Parallel()
	provider := chattest.NewOpenAIChat(t)
	tb := library.Open(t)
	tb.Allow("CORS policy")
	got := library.Read(tb, provider.URL+site.ChatPath+"?key=sk-Zx9vQ2mT7bLw4KpR8sYd", withKey)
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Blocked, got.Error.Kind)
	assert.Contains(t, got.Error.Message, "(CORS)")
	assert.Contains(t, got.Error.Message, "If it never worked")
	assert.False(t, got.Error.Retryable)
	assert.Equal(t, 3, got.Error.Attempts)
	assert.Len(t, got.Retries, 2)
	for _, retry := range got.Retries {
		assert.Equal(t, failure.Network, retry.Kind)
		assert.Contains(t, retry.Error, "although its server answers")
	}
	questions := 0
	for _, r := range provider.Requests() {
		if r.Method == http.MethodGet {
			questions++
			assert.Equal(t, site.ChatPath, r.Path)
			assert.Empty(t, r.Query)
			for _, name := range []string{"Authorization", "Cookie", "Referer"} {
				assert.Empty(t, r.Header.Get(name))
			}
			assert.Empty(t, r.Body)
		}
	}
	assert.Equal(t, 3, questions)
}

// TestTheQuestionAsksNoModel: a GET may have its prompt in the path, and is not sent
// again to ask whether its server is there.
func TestTheQuestionAsksNoModel(t *testing.T) {
	t.Parallel()
	var prompts, others atomic.Int32
	server := site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		if r.URL.Path != "/chat/tell-me-a-story" {
			others.Add(1)
			return
		}
		prompts.Add(1)
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_ = conn.Close()
		}
	}))
	for _, init := range []string{`{}`, `{ method: "get" }`} {
		prompts.Store(0)
		others.Store(0)
		got := browser.Call[library.Seen](library.Open(t), "readGet", server.URL+"/chat/tell-me-a-story", browser.JS(init))
		require.NotNil(t, got.Error)
		assert.Equal(t, 2, got.Error.Attempts)
		assert.EqualValues(t, 2, prompts.Load())
		assert.EqualValues(t, 2, others.Load())
	}
}

// newBreaking serves pages of all origins, but breaks the connection of every POST
// after the first ones, which it answers with 503.
func newBreaking(t *testing.T, answered int32) (url string, posts *atomic.Int32) {
	posts = &atomic.Int32{}
	return site.New(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Headers", "*, authorization")
		// Chromium itself sends again what breaks on a connection that was used before.
		w.Header().Set("Connection", "close")
		if r.Method != http.MethodPost {
			return
		}
		if posts.Add(1) <= answered {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_ = conn.Close()
		}
	})).URL + site.ChatPath, posts
}

// TestBrokenConnectionsKeepToTheLimits: whatever is found out about them, no request
// is sent that the page did not allow, and none that it is not told of.
func TestBrokenConnectionsKeepToTheLimits(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct {
		name, options string
		attempts      int
		message       string
	}{
		{"one attempt", `{ maxAttempts: 1 }`, 1, "it broke, or this page is not allowed there (CORS)"},
		{"two attempts", `{ maxAttempts: 2 }`, 2, "it broke, or this page is not allowed there (CORS)"},
		{"refused", `{ beforeRetry: () => false }`, 1, "beforeRetry refused"},
	} {
		url, posts := newBreaking(t, 0)
		got := browser.Call[library.Seen](tb, "readWith", url, withKey, browser.JS(tt.options))
		require.NotNil(t, got.Error, tt.name)
		assert.Equal(t, failure.Network, got.Error.Kind, tt.name)
		assert.Contains(t, got.Error.Message, tt.message, tt.name)
		assert.Equal(t, got.Error.Message, got.Statuses[len(got.Statuses)-1].Message, tt.name)
		assert.Equal(t, tt.attempts, got.Error.Attempts, tt.name)
		assert.EqualValues(t, tt.attempts, posts.Load(), tt.name)
	}
	url, posts := newBreaking(t, 0)
	got := library.Read(tb, url, withKey)
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Blocked, got.Error.Kind)
	assert.Equal(t, 3, got.Error.Attempts)
	assert.EqualValues(t, 3, posts.Load())
}

// TestAnAnswerIsNotBlocked: a server that has answered this very request allows it.
func TestAnAnswerIsNotBlocked(t *testing.T) {
	t.Parallel()
	url, posts := newBreaking(t, 1)
	got := library.Read(library.Open(t), url, withKey, map[string]any{"maxAttempts": 6})
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Network, got.Error.Kind)
	assert.NotContains(t, got.Error.Message, "CORS")
	assert.EqualValues(t, 6, posts.Load())
}

// TestBlockedIsAskedOfTheNextServer: where beforeRetry goes elsewhere, it is that
// server whose refusal counts.
func TestBlockedIsAskedOfTheNextServer(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	tb.Allow("CORS policy")
	next := chattest.NewOpenAIChat(t)
	url, _ := newBreaking(t, 1)
	got := browser.Call[library.Seen](tb, "readElsewhere", url, next.URL+site.ChatPath)
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Blocked, got.Error.Kind)
	assert.Equal(t, 4, got.Error.Attempts)
}

// TestACutConnectionIsNotBlocked although the server answers the question.
func TestACutConnectionIsNotBlocked(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat, chattest.CutAfterBytes(0))
	got := library.Read(library.Open(t), provider.URL+site.ChatPath)
	require.Nil(t, got.Error)
	assert.Equal(t, chattest.DefaultText, got.Text)
}

func TestBlockedByThePagesPolicy(t *testing.T) {
	t.Parallel()
	provider := site.NewFake(t, chattest.OpenAIChat)
	policy := strings.Replace(library.Policy, "connect-src *", "connect-src 'self'", 1)
	tb := library.OpenAt(t, site.New(t, library.Page(t, policy, nil)).URL)
	tb.Allow("Content Security Policy", "connect-src")
	checkBlocked(t, library.Read(tb, provider.URL+site.ChatPath), "connect-src")
	assert.Empty(t, provider.Requests())
}

func TestBlockedAsMixedContent(t *testing.T) {
	t.Parallel()
	secure := httptest.NewTLSServer(library.Page(t, library.Policy, nil))
	t.Cleanup(secure.Close)
	tb := browser.NewTab(t)
	tb.Allow("Mixed Content", "insecure")
	tb.TrustAll()
	library.Show(tb, secure.URL)
	checkBlocked(t, library.Read(tb, "http://provider.test"+site.ChatPath), "https")
}

// TestNobodyThereIsNotBlocked: a server that does not answer may be back soon.
func TestNobodyThereIsNotBlocked(t *testing.T) {
	t.Parallel()
	got := library.Read(library.Open(t), site.DeadURL(t)+site.ChatPath, map[string]any{"maxAttempts": 2})
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Network, got.Error.Kind)
	assert.Len(t, got.Retries, 1)
}
