package e2e

import (
	"net/http/httptest"
	"strings"
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

// TestBlockedByCORSAsksOnce: one hidden GET without anything of the request.
func TestBlockedByCORSAsksOnce(t *testing.T) {
	t.Parallel()
	provider := chattest.NewOpenAIChat(t)
	tb := openAPI(t)
	allow(tb, "CORS policy")
	checkBlocked(t, read(tb, provider.URL+chatPath, map[string]any{
		"headers": map[string]any{"authorization": "Bearer sk-Zx9vQ2mT7bLw4KpR8sYd", "content-type": "application/json"},
	}), "(CORS)")
	probes := 0
	for _, r := range provider.Requests() {
		if r.Method == "GET" {
			probes++
			assert.Empty(t, r.Header.Get("Authorization"))
			assert.Empty(t, r.Header.Get("Cookie"))
			assert.Empty(t, r.Body)
		}
	}
	assert.Equal(t, 1, probes)
}

// TestACutConnectionIsNotBlocked although the server answers the probe.
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
