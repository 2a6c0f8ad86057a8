package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
)

// checkBlocked: told at once, with the cause and the cure, and without a retry.
func checkBlocked(t *testing.T, got seen, cure string) {
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
	tb := openAPI(t)
	allow(tb, "CORS policy")
	got := read(tb, provider.URL+chatPath+"?key=sk-Zx9vQ2mT7bLw4KpR8sYd", withKey)
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
			assert.Equal(t, chatPath, r.Path)
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
	site := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		got := call[seen](openAPI(t), `(url) => read(url, { method: undefined, body: undefined, headers: undefined, maxAttempts: 2, ...`+init+` }, { hurry: true })`, site.URL+"/chat/tell-me-a-story")
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
	return newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	})).URL + chatPath, posts
}

// TestBrokenConnectionsKeepToTheLimits: whatever is found out about them, no request
// is sent that the page did not allow, and none that it is not told of.
func TestBrokenConnectionsKeepToTheLimits(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
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
		got := call[seen](tb, `(url, init) => read(url, { ...init, ...`+tt.options+` }, { hurry: true })`, url, withKey)
		require.NotNil(t, got.Error, tt.name)
		assert.Equal(t, failure.Network, got.Error.Kind, tt.name)
		assert.Contains(t, got.Error.Message, tt.message, tt.name)
		assert.Equal(t, got.Error.Message, got.Statuses[len(got.Statuses)-1].Message, tt.name)
		assert.Equal(t, tt.attempts, got.Error.Attempts, tt.name)
		assert.EqualValues(t, tt.attempts, posts.Load(), tt.name)
	}
	url, posts := newBreaking(t, 0)
	got := read(tb, url, withKey)
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Blocked, got.Error.Kind)
	assert.Equal(t, 3, got.Error.Attempts)
	assert.EqualValues(t, 3, posts.Load())
}

// TestAnAnswerIsNotBlocked: a server that has answered this very request allows it.
func TestAnAnswerIsNotBlocked(t *testing.T) {
	t.Parallel()
	url, posts := newBreaking(t, 1)
	got := read(openAPI(t), url, withKey, map[string]any{"maxAttempts": 6})
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Network, got.Error.Kind)
	assert.NotContains(t, got.Error.Message, "CORS")
	assert.EqualValues(t, 6, posts.Load())
}

// TestBlockedIsAskedOfTheNextServer: where beforeRetry goes elsewhere, it is that
// server whose refusal counts.
func TestBlockedIsAskedOfTheNextServer(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
	allow(tb, "CORS policy")
	next := chattest.NewOpenAIChat(t)
	url, _ := newBreaking(t, 1)
	got := call[seen](tb, `(url, input) => read(url, { beforeRetry: ({ status_code }) => status_code &&
		({ input, init: { method: "POST", headers: { authorization: "Bearer sk-next" }, body: "{}" } }) }, { hurry: true })`, url, next.URL+chatPath)
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Blocked, got.Error.Kind)
	assert.Equal(t, 4, got.Error.Attempts)
}

// TestACutConnectionIsNotBlocked although the server answers the question.
func TestACutConnectionIsNotBlocked(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat, chattest.CutAfterBytes(0))
	got := read(openAPI(t), provider.URL+chatPath)
	require.Nil(t, got.Error)
	assert.Equal(t, chattest.DefaultText, got.Text)
}

func TestBlockedByThePagesPolicy(t *testing.T) {
	t.Parallel()
	provider := newFake(t, chattest.OpenAIChat)
	policy := strings.Replace(apiPolicy, "connect-src *", "connect-src 'self'", 1)
	tb := openAPIAt(t, newSite(t, apiPage(t, policy, nil)).URL)
	allow(tb, "Content Security Policy", "connect-src")
	checkBlocked(t, read(tb, provider.URL+chatPath), "connect-src")
	assert.Empty(t, provider.Requests())
}

func TestBlockedAsMixedContent(t *testing.T) {
	t.Parallel()
	site := httptest.NewTLSServer(apiPage(t, apiPolicy, nil))
	t.Cleanup(site.Close)
	tb := newTab(t)
	allow(tb, "Mixed Content", "insecure")
	_, err := chromedp.Call(tb.ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	require.NoError(t, err)
	navigate(tb, site.URL)
	waitFor(tb, `globalThis.retrystream`, actionTimeout)
	eval[chromedp.Void](tb, readScript)
	checkBlocked(t, read(tb, "http://provider.test"+chatPath), "https")
}

// TestNobodyThereIsNotBlocked: a server that does not answer may be back soon.
func TestNobodyThereIsNotBlocked(t *testing.T) {
	t.Parallel()
	got := read(openAPI(t), deadURL(t)+chatPath, map[string]any{"maxAttempts": 2})
	require.NotNil(t, got.Error)
	assert.Equal(t, failure.Network, got.Error.Kind)
	assert.Len(t, got.Retries, 1)
}
