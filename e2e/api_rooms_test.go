package e2e

import (
	"testing"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
)

// TestRooms: whatever may tell two callers apart tells their waits apart, so that
// the delay that one was asked for holds nobody else; what tells nobody apart does not.
func TestRooms(t *testing.T) {
	t.Parallel()
	tb := openAPI(t)
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
		provider := newFakeExposing(t, "Retry-After", chattest.OpenAIChat, chattest.OpenAIRateLimitResponse("60"))
		got := call[string](tb, `async (url) => {
			const send = ({ query = "", ...init }) => {
				let seen;
				const phase = new Promise((resolve) => { seen = resolve; });
				const stream = ask(url + query, { ...init, onStatus: ({ phase }) => { if (phase === "retrying") seen("waits"); } });
				stream.text().then((text) => seen(text), () => {});
				return { stream, phase };
			};
			const first = send(`+tt.first+`);
			await first.phase;
			const second = send(`+tt.second+`);
			const came = await second.phase;
			first.stream.cancel();
			second.stream.cancel();
			return came;
		}`, provider.URL+chatPath)
		want := chattest.DefaultText
		if tt.shared {
			want = "waits"
		}
		assert.Equal(t, want, got, tt.name)
	}
}
