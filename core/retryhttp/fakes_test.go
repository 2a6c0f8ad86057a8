package retryhttp_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// TestFakes plays what goes wrong at each fake provider.
func TestFakes(t *testing.T) {
	busy := chattest.Error{Status: 503, Message: "The model is overloaded."}
	type end struct {
		requests int
		took     time.Duration
		// told is in the last event if the reply fails, "" if it is whole.
		told string
	}
	whole := end{requests: 2, took: time.Second}
	steps := map[string]struct {
		step          func(open int) chattest.Step
		want, resumed end
	}{
		"429": {func(int) chattest.Step {
			return chattest.ErrorResponse(chattest.Error{Status: 429, Message: "slower"}, chattest.Header("Retry-After", "7"))
		}, end{requests: 2, took: 7 * time.Second}, end{requests: 2, took: 7 * time.Second}},
		"529":                     {func(int) chattest.Step { return chattest.ErrorResponse(chattest.Error{Status: 529}) }, whole, whole},
		"no response":             {func(int) chattest.Step { return chattest.CutAfterBytes(0) }, whole, whole},
		"an error in the opening": {func(open int) chattest.Step { return chattest.FailInStream(open, busy) }, whole, whole},
		"cut in the opening":      {func(open int) chattest.Step { return chattest.CutAfterEvents(open) }, whole, whole},
		"cut after content":       {func(open int) chattest.Step { return chattest.CutAfterEvents(open + 3) }, end{1, 0, "failed"}, whole},
		"an error after content":  {func(open int) chattest.Step { return chattest.FailInStream(open+3, busy) }, end{1, 0, busy.Message}, end{1, 0, busy.Message}},
		"stalled after content": {
			func(open int) chattest.Step { return chattest.Stall(open + 3) },
			end{1, stream.DefaultSilenceTimeout, "halt"}, end{requests: 2, took: stream.DefaultSilenceTimeout + time.Second},
		},
		"stalled in the opening": {
			func(open int) chattest.Step { return chattest.Stall(open) },
			// The hold is over by then; what was handed out is not replaced.
			end{1, stream.DefaultSilenceTimeout, "halt"}, end{requests: 2, took: stream.DefaultSilenceTimeout + time.Second},
		},
		"nothing": {func(int) chattest.Step { return chattest.DefaultReply() }, end{requests: 1}, end{requests: 1}},
	}
	for api, fake := range map[string]struct {
		fake    func(*chattest.Script) http.Handler
		url     string
		opening int
		resumes bool
	}{
		"anthropic":    {chattest.Anthropic, "https://api.anthropic.com/v1/messages", 3, false},
		"chat":         {chattest.OpenAIChat, "https://api.openai.com/v1/chat/completions", 1, false},
		"responses":    {chattest.OpenAIResponses, "https://api.openai.com/v1/responses", 4, false},
		"gemini":       {chattest.Gemini, "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse", 0, false},
		"interactions": {chattest.Interactions, "https://generativelanguage.googleapis.com/v1beta/interactions", 3, true},
		"event ids":    {chattest.EventIDs, "https://example.test/v1/chat/completions", 1, true},
	} {
		for name, tc := range steps {
			if name == "stalled in the opening" && fake.opening == 0 {
				continue // nothing can be held
			}
			inBubble(t, api+"/"+name, func(t *testing.T) {
				want := tc.want
				if fake.resumes {
					want = tc.resumed
				}
				first := tc.step(fake.opening)
				p, client := retrying(&retryhttp.Transport{}, fake.fake(chattest.NewScript(first)))
				start := time.Now()
				res, err := client.Do(post(t, fake.url))
				require.NoError(t, err)
				assert.Equal(t, 200, res.StatusCode)
				got := read(t, res)
				assert.Equal(t, want.took, time.Since(start))
				assert.Len(t, p.Requests(), want.requests)
				if want.told == "" {
					// The ids in it count the requests.
					reply := want.requests
					if p.Requests()[reply-1].Method == "GET" || p.Requests()[reply-1].Header.Get("Last-Event-Id") != "" {
						reply = 1
					}
					assert.Equal(t, plain(fake.fake, fake.url, reply), got)
					return
				}
				events := strings.Split(strings.TrimSpace(got), "\n\n")
				assert.Contains(t, events[len(events)-1], want.told)
				assert.Contains(t, events[len(events)-1], "error")
			})
		}
	}
}

// TestStatus: a final error is the response that a client expects.
func TestStatus(t *testing.T) {
	for name, tc := range map[string]struct {
		steps    []chattest.Step
		tr       *retryhttp.Transport
		status   int
		requests int
	}{
		"a wrong key":         {[]chattest.Step{chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key")}, &retryhttp.Transport{}, 401, 1},
		"no more attempts":    {[]chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse()}, &retryhttp.Transport{Options: stream.Options{MaxAttempts: 2}}, 529, 2},
		"a delay of an hour":  {[]chattest.Step{chattest.AnthropicRateLimitResponse("3600")}, &retryhttp.Transport{}, 429, 1},
		"beforeRetry refuses": {[]chattest.Step{chattest.AnthropicOverloadedResponse()}, &retryhttp.Transport{Options: stream.Options{BeforeRetry: refuse}}, 529, 1},
		"a long error body":   {[]chattest.Step{chattest.Fail(400, strings.Repeat("x", 200<<10))}, &retryhttp.Transport{}, 400, 1},
	} {
		inBubble(t, name, func(t *testing.T) {

			p, client := anthropic(tc.tr, tc.steps...)
			req := post(t, messagesURL)
			res, err := client.Do(req)
			require.NoError(t, err)
			assert.Equal(t, tc.status, res.StatusCode)
			assert.Same(t, req, res.Request)
			last := tc.steps[len(tc.steps)-1]
			assert.Equal(t, "application/json", res.Header.Get("Content-Type"))
			assert.Equal(t, string(last.Body), read(t, res))
			assert.Len(t, p.Requests(), tc.requests)
		})
	}
}

// TestBodyErrors: where no event can tell, the read of the body does.
func TestBodyErrors(t *testing.T) {
	const url = "https://example.test/ask?key=SECRET"
	inBubble(t, "an unknown kind of stream", func(t *testing.T) {
		_, client := retrying(&retryhttp.Transport{}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "data: hello\n\ndata: hal")
			panic(http.ErrAbortHandler)
		}))
		res, err := client.Do(post(t, url))
		require.NoError(t, err)
		got, err := io.ReadAll(res.Body)
		assert.Equal(t, "data: hello\n\n", string(got))
		var failed *stream.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, "network", string(failed.Kind))
		assert.NotContains(t, err.Error(), "SECRET")
		require.NoError(t, res.Body.Close())
	})
	inBubble(t, "no response", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{Options: stream.Options{MaxAttempts: 2}}, chattest.CutAfterBytes(0), chattest.CutAfterBytes(0))
		_, err := client.Do(post(t, "https://api.anthropic.com/v1/messages"))
		var failed *stream.Error
		require.ErrorAs(t, err, &failed)
		assert.Equal(t, 2, failed.Attempts)
		assert.Equal(t, "network", string(failed.Kind))
	})
	inBubble(t, "a base that tells secrets", func(t *testing.T) {
		tr := &retryhttp.Transport{Base: failing{errors.New(`Post "` + messagesURL + `": x509: certificate signed by unknown authority`)}}
		_, err := tr.RoundTrip(post(t, messagesURL))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "SECRET")
	})
}

type failing struct{ err error }

func (f failing) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return nil, f.err
}
