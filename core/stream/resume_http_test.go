//go:build !js

package stream_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// postOrResume is post for streams that resume.
func postOrResume(url string) call {
	return func(ctx context.Context, a *stream.Attempt) error {
		q := asked{method: "POST", url: url, body: askedBody}.request(a)
		req, err := http.NewRequestWithContext(ctx, q.method, q.url, strings.NewReader(q.body))
		if err != nil {
			return err
		}
		if q.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		if q.lastEventID != "" {
			req.Header.Set("Last-Event-ID", q.lastEventID)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		head := provider.Response{StatusCode: res.StatusCode, Header: res.Header.Get}
		if res.StatusCode >= 300 {
			head.Body, _ = io.ReadAll(res.Body)
		}
		if !a.Respond(head) {
			return nil
		}
		return a.ReadBody(res.Body)
	}
}

// TestResume_http resumes over real connections that are reset and ended.
func TestResume_http(t *testing.T) {
	bg := chattest.Background()
	for name, api := range resumables() {
		for fault, steps := range map[string][]chattest.Step{
			"reset after bytes":   {chattest.CutAfterBytes(3000, bg), chattest.CutAfterBytes(500), chattest.CutAfterBytes(700)},
			"reset after events":  {chattest.CutAfterEvents(8, bg), chattest.CutAfterEvents(2), chattest.CutAfterEvents(0)},
			"a clean end":         {chattest.EndEarly(8, bg), chattest.EndEarly(2)},
			"torn into pieces":    {chattest.EndEarly(8, bg, chattest.ChunkBytes(7)), chattest.Continue(chattest.ChunkBytes(5), chattest.Replay(2))},
			"down for a while":    {chattest.EndEarly(8, bg), chattest.RawResponse(503, nil, ""), chattest.CutAfterBytes(0)},
			"another one's reply": {chattest.EndEarly(8, bg), chattest.ContinueOther(strings.Repeat(" other", 20)), chattest.DefaultReply()},
		} {
			t.Run(name+"/"+fault, func(t *testing.T) {
				t.Parallel()
				server := chattest.NewServer(t, api.fake(chattest.NewScript(steps...)))
				path := api.url[strings.Index(api.url, "/v1"):]
				var j joined
				s := mustNew(stream.Options{
					URL: server.URL + path, Partial: stream.PartialResume, OnEvent: j.onEvent, MaxAttempts: 9,
					Delays: retry.Delays{Initial: 1, Max: 1},
				})
				require.NoError(t, s.Run(t.Context(), postOrResume(server.URL+path)))
				assert.Equal(t, chattest.DefaultText, j.text.String())
				assert.Equal(t, fault == "another one's reply", len(j.resets) == 1)
				for i, r := range server.Requests()[1:] {
					if fault == "another one's reply" && i > 0 {
						break
					}
					if name == "event ids" {
						assert.Equal(t, "POST", r.Method)
						assert.NotEmpty(t, r.Header.Get("Last-Event-ID"))
						assert.Equal(t, askedBody, string(r.Body))
						continue
					}
					assert.Equal(t, "GET", r.Method)
					assert.Empty(t, r.Body)
					assert.Empty(t, r.Header.Get("Content-Type"))
					assert.Contains(t, r.Query, "stream=true&")
				}
			})
		}
	}
}
