package stream_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// TestSecretsStayIn plants secrets wherever an attempt can bring some and
// searches all that a page, a log or a console may show.
func TestSecretsStayIn(t *testing.T) {
	const key = "sk-proj-SECRETSECRETSECRET1234567890"
	headers := map[string]string{"retry-after": key, "x-request-id": key, "set-cookie": key, "authorization": "Bearer " + key}
	fail := func(status int, body string) response {
		return response{status: status, body: body, header: headers}
	}
	for name, resp := range map[string]response{
		"in a sentence":       fail(401, `{"error":{"message":"Incorrect API key provided: `+key+`."}}`),
		"in a code":           fail(503, `{"error":{"message":"","code":"`+key+`"}}`),
		"in a page's title":   fail(502, `<html><title>`+key+`</title></html>`),
		"in plain text":       fail(500, "Authorization: Bearer "+key),
		"in a URL":            fail(500, `{"error":"POST https://u:SECRET@x.test/?key=SECRET failed"}`),
		"in half a body":      fail(429, `{"error":{"message":"`+key),
		"in a 200":            ok(`{"error":{"message":"bad key ` + key + `"}}`),
		"in an event":         ok(delta("Hi"), `data: {"error":{"message":"bad key `+key+`","type":"server_error"}}`+"\n\n"),
		"in an event's type":  ok(delta("Hi"), "event: "+key+"\ndata: {\"error\":{\"message\":\"x\"}}\n\n"),
		"in a damaged event":  ok(delta("Hi"), "data: {\"choices\":[{\"token\":\""+key+"\"\n\n"),
		"in an unframed one":  ok(delta("Hi"), `{"error":{"message":"bad key `+key+`"}}`+"\n"),
		"in no stream":        ok("token=" + key + "\n"),
		"in a huge event":     ok("data: " + key + string(make([]byte, 5000)) + "\n\n"),
		"in the way there":    {refuse: errors.New(`Post "https://u:SECRET@x.test/v1?key=SECRET": connection refused`)},
		"in the way back":     {chunks: []string{delta("Hi")}, err: errors.New("connection reset; x-api-key: " + key)},
		"only in the headers": fail(500, ""),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var shown []any
				s := mustNew(stream.Options{
					URL:         "https://u:SECRET@api.openai.com/v1/chat/completions?key=" + key + "#SECRET",
					MaxAttempts: 2, MaxEventBytes: 4096,
					OnRetry:  func(r event.ChatStreamRetry) { shown = append(shown, r) },
					OnStatus: func(st event.ChatStreamStatus) { shown = append(shown, st) },
				})
				err := s.Run(t.Context(), play(resp))
				var failed *stream.Error
				require.ErrorAs(t, err, &failed)
				shown = append(shown, err.Error(), failed.Wire(), failed.Failure, s.Status(), failure.Classify(err))
				text, err := json.Marshal(shown)
				require.NoError(t, err)
				assert.NotContains(t, string(text), "SECRET")
			})
		})
	}
}
