package retryhttp_test

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// fakeAPI is a provider's fake and its URL.
type fakeAPI struct {
	fake func(*chattest.Script) http.Handler
	url  string
}

var (
	claude    = fakeAPI{chattest.Anthropic, messagesURL}
	responses = fakeAPI{chattest.OpenAIResponses, "https://api.openai.com/v1/responses?key=SECRET"}
)

// serve returns a provider with this script and a client without retries of its own.
func (f fakeAPI) serve(steps ...chattest.Step) (*chattest.Transport, *http.Client) {
	p := &chattest.Transport{Handler: f.fake(chattest.NewScript(steps...))}
	return p, &http.Client{Transport: p}
}

// ends counts the provider's responses that have ended.
func ends(p *chattest.Transport) *atomic.Int64 {
	ended, handler := new(atomic.Int64), p.Handler
	p.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer ended.Add(1) // also where the connection breaks
		handler.ServeHTTP(w, r)
	})
	return ended
}

// had is what a loop had of a reply.
type had struct {
	text   string
	resets []int
	events int
	errs   []error
}

// readAll ranges over a reply to its end.
func readAll(ctx context.Context, client *http.Client, req *http.Request, opts stream.Options) (h had) {
	for ev, err := range retryhttp.Read(ctx, client, req, opts) {
		switch {
		case err != nil:
			h.errs = append(h.errs, err)
		case ev.Reset > 0:
			h.resets, h.text = append(h.resets, ev.Reset), ""
		default:
			h.events++
			h.text += string(ev.Text)
		}
	}
	return h
}

// TestRead: each failure is got over in its time, and what it voids is said to be void.
func TestRead(t *testing.T) {
	busy := chattest.Error{Status: 529, Type: "overloaded_error", Message: "Overloaded"}
	bg := chattest.Background()
	one := []string{"POST"}
	for name, tc := range map[string]struct {
		api    fakeAPI
		opts   stream.Options
		steps  []chattest.Step
		sent   []string // the methods
		resets []int
		took   time.Duration
	}{
		"nothing":                   {claude, stream.Options{}, nil, one, nil, 0},
		"429":                       {claude, stream.Options{}, []chattest.Step{chattest.AnthropicRateLimitResponse("7")}, []string{"POST", "POST"}, nil, 7 * time.Second},
		"529":                       {claude, stream.Options{}, []chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse()}, []string{"POST", "POST", "POST"}, nil, 3 * time.Second},
		"no response":               {claude, stream.Options{}, []chattest.Step{chattest.CutAfterBytes(0)}, []string{"POST", "POST"}, nil, time.Second},
		"an error in the middle":    {claude, stream.Options{}, []chattest.Step{chattest.FailInStream(6, busy)}, []string{"POST", "POST"}, []int{2}, time.Second},
		"cut":                       {claude, stream.Options{}, []chattest.Step{chattest.CutAfterEvents(6)}, []string{"POST", "POST"}, []int{2}, time.Second},
		"silence in the middle":     {claude, stream.Options{SilenceTimeout: 9 * time.Second}, []chattest.Step{chattest.Stall(6)}, []string{"POST", "POST"}, []int{2}, 10 * time.Second},
		"no head":                   {claude, stream.Options{ConnectTimeout: 9 * time.Second}, []chattest.Step{chattest.Hang()}, []string{"POST", "POST"}, nil, 10 * time.Second},
		"torn":                      {claude, stream.Options{}, []chattest.Step{chattest.Reply(chattest.DefaultText, chattest.ChunkBytes(7))}, one, nil, 0},
		"goes on":                   {responses, stream.Options{}, []chattest.Step{chattest.EndEarly(8, bg), chattest.Continue()}, []string{"POST", "GET"}, nil, time.Second},
		"goes on twice":             {responses, stream.Options{}, []chattest.Step{chattest.CutAfterEvents(8, bg), chattest.CutAfterEvents(2), chattest.Continue()}, []string{"POST", "GET", "GET"}, nil, 2 * time.Second},
		"cannot go on":              {responses, stream.Options{}, []chattest.Step{chattest.EndEarly(8, bg), chattest.Expired()}, []string{"POST", "GET", "POST"}, []int{3}, 3 * time.Second},
		"starts over, as was asked": {responses, stream.Options{Partial: stream.PartialRestart}, []chattest.Step{chattest.EndEarly(8, bg)}, []string{"POST", "POST"}, []int{2}, time.Second},
		"not the reply's own error": {claude, stream.Options{}, []chattest.Step{chattest.RawResponse(502, http.Header{"Content-Type": {"text/html"}}, "<html>")}, []string{"POST", "POST"}, nil, time.Second},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := tc.api.serve(append(tc.steps, chattest.DefaultReply())...)
			ended := ends(p)
			start := time.Now()
			h := readAll(t.Context(), client, post(t, tc.api.url), tc.opts)
			require.Empty(t, h.errs)
			assert.Equal(t, chattest.DefaultText, h.text)
			assert.Equal(t, tc.resets, h.resets)
			assert.Equal(t, tc.took, time.Since(start))
			var sent []string
			for _, req := range p.Requests() {
				sent = append(sent, req.Method)
				if req.Method == "POST" {
					assert.Equal(t, streamBody, string(req.Body))
				} else {
					assert.Empty(t, req.Body)
				}
				assert.Equal(t, "SECRET", req.Header.Get("X-Api-Key"))
			}
			assert.Equal(t, tc.sent, sent)
			synctest.Wait()
			assert.EqualValues(t, len(sent), ended.Load(), "no response is left open")
		})
	}
}

// TestRead_fails: what cannot be had is one error, the last of all.
func TestRead_fails(t *testing.T) {
	for name, tc := range map[string]struct {
		opts  stream.Options
		steps []chattest.Step
		kind  failure.Kind
		sent  int
		text  bool
	}{
		"a wrong key":      {stream.Options{}, []chattest.Step{chattest.AnthropicErrorResponse(401, "authentication_error", "invalid x-api-key")}, failure.Auth, 1, false},
		"a limit":          {stream.Options{MaxAttempts: 2}, []chattest.Step{chattest.AnthropicOverloadedResponse(), chattest.AnthropicOverloadedResponse()}, failure.Overloaded, 2, false},
		"the text is kept": {stream.Options{Partial: stream.PartialFail}, []chattest.Step{chattest.CutAfterEvents(6)}, failure.Network, 1, true},
		"no stream":        {stream.Options{}, []chattest.Step{chattest.RawResponse(200, nil, `{"type":"error","error":{"type":"invalid_request_error","message":"no"}}`)}, failure.InvalidRequest, 1, false},
		"compressed":       {stream.Options{}, []chattest.Step{chattest.RawResponse(200, http.Header{"Content-Encoding": {"br"}}, "\x0b\x02\x80")}, failure.Unknown, 1, false},
		"redirect refused": {stream.Options{}, []chattest.Step{chattest.Redirect("https://example.com/")}, failure.Unknown, 1, false},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := claude.serve(append(tc.steps, chattest.DefaultReply())...)
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			h := readAll(t.Context(), client, post(t, claude.url), tc.opts)
			require.Len(t, h.errs, 1)
			failed, ok := errors.AsType[*stream.Error](h.errs[0])
			require.True(t, ok, "%v", h.errs[0])
			assert.Equal(t, tc.kind, failed.Kind)
			assert.NotContains(t, failed.Error(), "SECRET")
			assert.Equal(t, tc.text, h.text != "")
			assert.Len(t, p.Requests(), tc.sent)
			if name == "compressed" {
				assert.Contains(t, failed.Detail, "Accept-Encoding")
			}
		})
	}
}

// TestRead_breaks: who leaves the loop ends the request at once, wherever it is.
func TestRead_breaks(t *testing.T) {
	for name, steps := range map[string][]chattest.Step{
		"in the reply":           {chattest.Reply(chattest.DefaultText, chattest.Pace(time.Minute))},
		"in a chunk of many":     {chattest.Reply(chattest.DefaultText, chattest.EventsPerFlush(100))},
		"before a silence":       {chattest.Stall(6)},
		"after the reset":        {chattest.CutAfterEvents(4), chattest.Reply(chattest.DefaultText, chattest.Pace(time.Minute))},
		"in what was asked anew": {chattest.AnthropicOverloadedResponse(), chattest.Stall(6)},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := claude.serve(steps...)
			ended := ends(p)
			seen := 0
			var statuses []event.Phase
			for ev, err := range retryhttp.Read(t.Context(), client, post(t, claude.url), stream.Options{
				SilenceTimeout: time.Hour,
				OnStatus:       func(s event.ChatStreamStatus) { statuses = append(statuses, s.Phase) },
			}) {
				require.NoError(t, err)
				if seen++; len(ev.Text) > 0 && (len(steps) == 1 || len(p.Requests()) > 1) {
					break
				}
			}
			left := time.Now()
			synctest.Wait()
			assert.NotZero(t, seen)
			last := event.PhaseCanceled
			if name == "in a chunk of many" {
				last = event.PhaseDone // the whole reply had come
			}
			assert.Equal(t, last, statuses[len(statuses)-1])
			assert.EqualValues(t, len(p.Requests()), ended.Load(), "the server has heard of it")
			assert.Equal(t, left, time.Now())
		})
	}
}

// TestRead_loopPanics: what the loop throws comes out of it, and nothing stays behind.
func TestRead_loopPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, client := claude.serve(chattest.Stall(6))
		ended := ends(p)
		assert.PanicsWithValue(t, "the loop's", func() {
			for range retryhttp.Read(t.Context(), client, post(t, claude.url), stream.Options{}) {
				panic("the loop's")
			}
		})
		synctest.Wait()
		assert.EqualValues(t, 1, ended.Load())
	})
}

// TestRead_context: the context ends all, with its cause.
func TestRead_context(t *testing.T) {
	gone := errors.New("the user has gone")
	for name, steps := range map[string][]chattest.Step{
		"before the head": {chattest.Hang()},
		"in the reply":    {chattest.Stall(6)},
		"in a wait":       {chattest.AnthropicRateLimitResponse("60")},
	} {
		inBubble(t, name, func(t *testing.T) {
			p, client := claude.serve(steps...)
			ended := ends(p)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(5*time.Second, func() { cancel(gone) })
			start := time.Now()
			h := readAll(ctx, client, post(t, claude.url), stream.Options{})
			assert.Equal(t, []error{gone}, h.errs)
			assert.Equal(t, 5*time.Second, time.Since(start))
			synctest.Wait()
			assert.EqualValues(t, 1, ended.Load())
			assert.Len(t, p.Requests(), 1)
		})
	}
	inBubble(t, "before all", func(t *testing.T) {
		p, client := claude.serve()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(gone)
		assert.Equal(t, []error{gone}, readAll(ctx, client, post(t, claude.url), stream.Options{}).errs)
		assert.Empty(t, p.Requests())
	})
}

// TestRead_slowLoop: a loop that takes its time is no silence of the provider's.
func TestRead_slowLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, client := claude.serve(chattest.DefaultReply())
		text := ""
		for ev, err := range retryhttp.Read(t.Context(), client, post(t, claude.url), stream.Options{SilenceTimeout: time.Second, ProgressTimeout: time.Second}) {
			require.NoError(t, err)
			time.Sleep(time.Minute)
			text += string(ev.Text)
		}
		assert.Equal(t, chattest.DefaultText, text)
		assert.Len(t, p.Requests(), 1)
	})
}

// TestRead_facts: they come with their event.
func TestRead_facts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, client := claude.serve()
		finish := ""
		for ev, err := range retryhttp.Read(t.Context(), client, post(t, claude.url), stream.Options{Facts: true}) {
			require.NoError(t, err)
			require.NotNil(t, ev.Facts)
			finish = cmp.Or(ev.Facts.Finish, finish)
		}
		assert.Equal(t, "end_turn", finish)
	})
}
