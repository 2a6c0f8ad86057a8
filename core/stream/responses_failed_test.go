package stream_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

const (
	responsesURL    = "https://example.test/v1/responses"
	responseCreated = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n\n"
	responseHi      = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n"
	responseFailed  = "event: response.failed\ndata: {\"type\":\"response.failed\",\"response\":{\"id\":\"r\",\"error\":null}}\n\n"
	responseReason  = "event: error\ndata: {\"type\":\"error\",\"code\":\"content_filter\",\"message\":\"x\"}\n\n"
	responseDone    = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n\n"
)

// TestResponseFailed: whoever fails without a reason may give it in the next event. No
// reader is handed the first alone, which would look like a reply that went on.
func TestResponseFailed(t *testing.T) {
	inBubble(t, "events", func(t *testing.T) {
		r := run(t.Context(), stream.Options{URL: responsesURL}, play(
			ok(responseCreated, responseHi, responseFailed), ok(responseCreated, responseHi, responseDone)))
		require.NoError(t, r.err)
		assert.Equal(t, []failure.Kind{failure.Server}, kinds(r.retries))
		assert.Equal(t, 3, r.events)
		r = run(t.Context(), stream.Options{URL: responsesURL}, play(ok(responseCreated, responseHi, responseFailed, responseReason)))
		assert.Equal(t, failure.ContentFilter, failure.Classify(r.err).Kind)
		assert.Equal(t, 2, r.events)
	})
	for name, tc := range map[string]struct {
		body string
		// want is what the reader has, without an event that was made.
		want string
		kind failure.Kind
	}{
		"a reason":          {responseFailed + responseReason, responseFailed + responseReason, failure.ContentFilter},
		"no reason":         {responseFailed, "", failure.Server},
		"something else":    {responseFailed + responseCreated, responseFailed + responseCreated, failure.Server},
		"half of something": {responseFailed + responseReason[:20], "", failure.Server},
	} {
		relayInBubble(t, "relayed, "+name, stream.Options{URL: responsesURL}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), answer{body: []byte(responseCreated + responseHi), then: []byte(tc.body)})
			assert.Equal(t, tc.kind, r.failed(t).Kind)
			want := responseCreated + responseHi + tc.want
			for _, made := range r.made {
				want += made
			}
			assert.Equal(t, tc.want == "", len(r.made) == 1)
			assert.Equal(t, want, string(r.passed))
			assert.Empty(t, r.wrong)
		})
	}
	relayInBubble(t, "relayed, before any content", stream.Options{URL: responsesURL}, func(t *testing.T, r *relayed) {
		good := responseCreated + responseHi + responseDone
		r.run(t.Context(), answer{body: []byte(responseCreated + responseFailed)}, answer{body: []byte(good)})
		r.is(t, good)
	})
}
