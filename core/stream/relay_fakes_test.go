package stream_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// fakeAPI is a fake provider; opening is how many of its events only open a reply,
// and resumes tells that it gives the rest of one.
type fakeAPI struct {
	fake    func(*chattest.Script) http.Handler
	url     string
	opening int
	resumes bool
}

func fakeAPIs() map[string]fakeAPI {
	return map[string]fakeAPI{
		"anthropic":    {chattest.Anthropic, claudeURL, 3, false},
		"chat":         {chattest.OpenAIChat, "https://api.openai.com/v1/chat/completions", 1, false},
		"responses":    {chattest.OpenAIResponses, "https://api.openai.com/v1/responses", 4, false},
		"gemini":       {chattest.Gemini, "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse", 0, false},
		"interactions": {chattest.Interactions, "https://generativelanguage.googleapis.com/v1beta/interactions", 3, true},
		"event ids":    {chattest.EventIDs, "https://example.test/v1/chat/completions", 1, true},
		"background":   {chattest.OpenAIResponses, "https://api.openai.com/v1/responses", 5, true},
	}
}

// wire is the connection to a fake: what the fake writes is fed at once.
type wire struct {
	r       *relayed
	a       *stream.Attempt
	header  http.Header
	status  int
	pending []byte
	fed     []byte
	over    bool
}

func (w *wire) Header() http.Header { return w.header }

func (w *wire) WriteHeader(status int) {
	w.status = status
	if status < 400 {
		w.over = !w.a.Respond(provider.Response{StatusCode: status, Header: w.header.Get})
		w.a.Waiting()
	}
}

func (w *wire) Write(b []byte) (int, error) {
	w.pending = append(w.pending, b...)
	return len(b), nil
}

func (w *wire) Flush() {
	if w.status >= 400 || len(w.pending) == 0 {
		return
	}
	chunk := w.pending
	w.pending = nil
	w.fed = append(w.fed, chunk...)
	w.r.undecided = append(w.r.undecided, chunk...)
	w.over = w.over || !w.a.Feed(chunk)
	w.a.Waiting()
}

// ask sends the attempt's request to the fake and plays its answer.
func (r *relayed) ask(handler http.Handler, url string, bodies *[]string) call {
	return func(ctx context.Context, a *stream.Attempt) (err error) {
		r.attempts++
		r.undecided = nil
		q := asked{method: "POST", url: url, body: askedBody}.request(a)
		req := httptest.NewRequestWithContext(ctx, q.method, q.url, strings.NewReader(q.body))
		if q.lastEventID != "" {
			req.Header.Set("Last-Event-ID", q.lastEventID)
		}
		w := &wire{r: r, a: a, header: http.Header{}}
		defer func() {
			w.Flush()
			*bodies = append(*bodies, string(w.fed))
			r.status = w.status
			if broken := recover(); broken != nil {
				err = errReset // how a handler breaks the connection
				if ctx.Err() != nil {
					err = ctx.Err()
				}
			}
			if w.over {
				err = nil
			}
		}()
		handler.ServeHTTP(w, req)
		if w.status >= 400 {
			a.Respond(provider.Response{StatusCode: w.status, Header: w.header.Get, Body: w.pending})
		}
		return nil
	}
}

// relayEnd is what a reader gets after so many attempts.
type relayEnd struct {
	attempts int
	took     time.Duration
	// kind is "" for the whole reply. made: the error was made here.
	kind   failure.Kind
	made   bool
	ending stream.Ending
}

// TestRelayFakes plays what goes wrong at providers, in virtual time.
func TestRelayFakes(t *testing.T) {
	busy := chattest.Error{Status: 503, Message: "The model is overloaded."}
	replaced := relayEnd{attempts: 2, took: time.Second}
	for name, tc := range map[string]struct {
		// step is what the first request meets; open is how many events only open.
		step func(open int) chattest.Step
		want relayEnd
		// resumed is what becomes of it where the rest can be had.
		resumed relayEnd
	}{
		"429": {func(int) chattest.Step {
			return chattest.ErrorResponse(chattest.Error{Status: 429, Message: "slower"}, chattest.Header("Retry-After", "7"))
		}, relayEnd{attempts: 2, took: 7 * time.Second}, relayEnd{attempts: 2, took: 7 * time.Second}},
		"529": {func(int) chattest.Step {
			return chattest.ErrorResponse(chattest.Error{Status: 529, Message: "Overloaded"})
		}, replaced, replaced},
		"an error at once":        {func(int) chattest.Step { return chattest.FailInStream(0, busy) }, replaced, replaced},
		"an error in the opening": {func(open int) chattest.Step { return chattest.FailInStream(open, busy) }, replaced, replaced},
		"a bare error in it":      {func(open int) chattest.Step { return chattest.UnframedError(open, busy) }, replaced, replaced},
		"cut at once":             {func(int) chattest.Step { return chattest.CutAfterEvents(0) }, replaced, replaced},
		"cut in the opening":      {func(open int) chattest.Step { return chattest.CutAfterEvents(open) }, replaced, replaced},
		"cut after content": {
			func(open int) chattest.Step { return chattest.CutAfterEvents(open + 3) },
			relayEnd{1, 0, failure.Network, true, stream.EndBody}, replaced,
		},
		"ended after content": {
			func(open int) chattest.Step { return chattest.EndEarly(open + 3) },
			relayEnd{1, 0, failure.Truncated, true, stream.EndBody}, replaced,
		},
		"an error after content": {
			func(open int) chattest.Step { return chattest.FailInStream(open+3, busy) },
			relayEnd{1, 0, failure.Overloaded, false, stream.EndBody}, relayEnd{1, 0, failure.Overloaded, false, stream.EndBody},
		},
		"stalled in the opening": {
			func(open int) chattest.Step { return chattest.Stall(open) },
			relayEnd{attempts: 2, took: stream.DefaultSilenceTimeout + time.Second}, relayEnd{attempts: 2, took: stream.DefaultSilenceTimeout + time.Second},
		},
		"stalled after content": {
			func(open int) chattest.Step { return chattest.Stall(open + 3) },
			relayEnd{1, stream.DefaultSilenceTimeout, failure.Stalled, true, stream.EndBody},
			relayEnd{attempts: 2, took: stream.DefaultSilenceTimeout + time.Second},
		},
		"a wrong key": {
			func(int) chattest.Step {
				return chattest.ErrorResponse(chattest.Error{Status: 401, Message: "Incorrect API key"})
			},
			relayEnd{1, 0, failure.Auth, false, stream.EndResponse}, relayEnd{1, 0, failure.Auth, false, stream.EndResponse},
		},
		"nothing": {func(int) chattest.Step { return chattest.DefaultReply() }, relayEnd{attempts: 1}, relayEnd{attempts: 1}},
	} {
		apis := fakeAPIs()
		for _, api := range slices.Sorted(maps.Keys(apis)) {
			t.Run(name+"/"+api, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { apis[api].play(t, tc.step, tc.want, tc.resumed) })
			})
		}
	}
}

func (api fakeAPI) play(t *testing.T, step func(int) chattest.Step, want, resumed relayEnd) {
	if api.resumes {
		want = resumed
	}
	first, then := step(api.opening), chattest.DefaultReply()
	if api.opening == 5 {
		first.Background, then.Background = true, true
	}
	script := chattest.NewScript(first, then)
	r := relay(stream.Options{URL: api.url})
	start := time.Now()
	var bodies []string
	r.runWith(t.Context(), r.ask(api.fake(script), api.url, &bodies))
	assert.Empty(t, r.wrong)
	assert.Equal(t, want.attempts, r.attempts)
	assert.Equal(t, want.took, time.Since(start))
	if want.kind == "" {
		require.NoError(t, r.err)
		kind, err := kindOf(api.url, r.passed)
		assert.NoError(t, err)
		assert.Empty(t, kind)
		assert.Empty(t, r.made)
		if len(bodies) == 1 || strings.HasSuffix(bodies[len(bodies)-1], string(r.passed)) {
			assert.Equal(t, bodies[len(bodies)-1], string(r.passed))
		} else { // joined
			assert.Equal(t, strings.Join(bodies, ""), string(r.passed))
		}
		return
	}
	failed := r.failed(t)
	assert.Equal(t, want.kind, failed.Kind)
	assert.Equal(t, want.ending, failed.Ending)
	if want.ending == stream.EndResponse {
		assert.Empty(t, r.passed)
		assert.Equal(t, 401, r.status)
		return
	}
	kind, err := kindOf(api.url, r.passed)
	assert.NoError(t, err)
	assert.Equal(t, want.kind, kind)
	alone := strings.Join(r.made, "")
	if want.made {
		assert.NotEmpty(t, r.made)
		assert.Equal(t, bodies[0]+alone, string(r.passed))
		return
	}
	assert.LessOrEqual(t, len(r.made), 1, "Google's is sent twice, once as no event")
	assert.True(t, strings.HasPrefix(bodies[0], strings.Replace(string(r.passed), alone, "", 1)), "as it came")
}
