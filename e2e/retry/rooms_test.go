package retry_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
	"github.com/retrystream/retrystream/e2e/internal/site"
)

// TestRooms: whatever may tell two callers apart tells their waits apart, so that
// the delay that one was asked for holds nobody else; what tells nobody apart does not.
func TestRooms(t *testing.T) {
	t.Parallel()
	tb := library.Open(t)
	for _, tt := range []struct {
		name, first, second string
		shared              bool
	}{
		{"a key", `{ headers: { authorization: "Bearer a" } }`, `{ headers: { authorization: "Bearer b" } }`, false},
		{"a token", `{ headers: { "x-auth-token": "a" } }`, `{ headers: { "x-auth-token": "b" } }`, false},
		{"a subscription", `{ headers: { "Ocp-Apim-Subscription-Key": "a" } }`, `{ headers: { "Ocp-Apim-Subscription-Key": "b" } }`, false},
		{"a query", `{ query: "?api_key=a" }`, `{ query: "?api_key=b" }`, false},
		{"cookies", `{ credentials: "omit" }`, `{ credentials: "same-origin" }`, false},
		{"the header's name", `{ headers: { "x-one": "a" } }`, `{ headers: { "x-two": "a" } }`, false},
		{"the same", `{ headers: { "x-auth-token": "a" }, query: "?k=1" }`, `{ headers: { "x-auth-token": "a" }, query: "?k=1" }`, true},
		{"a number", `{ headers: { "x-request-id": "a", "X-Stainless-Retry-Count": "0" } }`, `{ headers: { "x-request-id": "b", accept: "*/*" } }`, true},
		{"the default", `{}`, `{ credentials: "same-origin" }`, true},
	} {
		provider := site.NewFakeExposing(t, "Retry-After", chattest.OpenAIChat, chattest.OpenAIRateLimitResponse("60"))
		got := browser.Call[string](tb, "second", provider.URL+site.ChatPath, browser.JS(tt.first), browser.JS(tt.second))
		want := chattest.DefaultText
		if tt.shared {
			want = "waits"
		}
		assert.Equal(t, want, got, tt.name)
	}
}
