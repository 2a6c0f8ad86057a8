package stream_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
)

// resuming is a stream that resumes, in virtual time.
func resuming(t *testing.T, o *origin, opts stream.Options, calls ...call) *life {
	opts.URL, opts.Partial = o.api.url, stream.PartialResume
	return live(opts).run(t.Context(), append(calls, o.whole)...)
}

func delays(retries []event.ChatStreamRetry) (all []time.Duration) {
	for _, r := range retries {
		all = append(all, time.Duration(r.DelayMs)*time.Millisecond)
	}
	return all
}

// TestResume_answers: whatever answers the request for the rest, the reply is
// whole in the end and never mixed with another.
func TestResume_answers(t *testing.T) {
	const text = "The quick brown fox jumps over the lazy dog. 敏捷的狐狸 🦊."
	const newText = "A reply that is quite another."
	const (
		rest  = "rest"
		first = "first"
	)
	page := http.Header{"Content-Type": {"text/html"}}
	for name, tc := range map[string]struct {
		// The answers to the request for the rest, and to what follows.
		steps []chattest.Step
		// asks are the requests after the first; wait those that follow.
		asks   []string
		delays []time.Duration
		text   string
		only   string // the API it is about
	}{
		"the rest":              {nil, []string{rest}, []time.Duration{second}, text, ""},
		"with an overlap":       {[]chattest.Step{chattest.Continue(chattest.Replay(3))}, []string{rest}, []time.Duration{second}, text, ""},
		"everything once more":  {[]chattest.Step{chattest.Continue(chattest.Replay(99))}, []string{rest}, []time.Duration{second}, text, ""},
		"with pings":            {[]chattest.Step{chattest.Continue(chattest.Pings(3, 0))}, []string{rest}, []time.Duration{second}, text, ""},
		"404":                   {[]chattest.Step{chattest.Expired(), chattest.Reply(newText)}, []string{rest, first}, []time.Duration{second, 2 * second}, newText, ""},
		"400":                   {[]chattest.Step{chattest.ErrorResponse(chattest.Error{Status: 400}), chattest.Reply(newText)}, []string{rest, first}, []time.Duration{second, 2 * second}, newText, ""},
		"410":                   {[]chattest.Step{chattest.RawResponse(410, nil, "gone"), chattest.Reply(newText)}, []string{rest, first}, []time.Duration{second, 2 * second}, newText, ""},
		"204":                   {[]chattest.Step{chattest.RawResponse(204, nil, ""), chattest.Reply(newText)}, []string{rest, first}, []time.Duration{second, 2 * second}, newText, ""},
		"a web page":            {[]chattest.Step{chattest.RawResponse(200, page, "<html>Hello"), chattest.Reply(newText)}, []string{rest, first}, []time.Duration{second, 2 * second}, newText, ""},
		"429":                   {[]chattest.Step{chattest.ErrorResponse(chattest.Error{Status: 429}, chattest.Header("Retry-After", "30"))}, []string{rest, rest}, []time.Duration{second, 30 * second}, text, ""},
		"503 twice":             {[]chattest.Step{chattest.RawResponse(503, nil, ""), chattest.RawResponse(503, nil, "")}, []string{rest, rest, rest}, []time.Duration{second, 2 * second, 4 * second}, text, ""},
		"the rest of another":   {[]chattest.Step{chattest.ContinueOther(newText), chattest.Reply(newText)}, []string{rest, first}, nil, newText, ""},
		"the same from scratch": {[]chattest.Step{chattest.ContinueAnew(newText)}, []string{rest}, []time.Duration{second}, text, "not event ids"},
		"a new reply":           {[]chattest.Step{chattest.ContinueAnew(newText)}, []string{rest}, []time.Duration{second}, newText, "event ids"},
		"with a gap":            {[]chattest.Step{chattest.Continue(chattest.Replay(-2)), chattest.Reply(newText)}, []string{rest, first}, []time.Duration{second, 2 * second}, newText, "responses"},
		"a clean end at once":   {[]chattest.Step{chattest.EndEarly(0)}, []string{rest, rest}, []time.Duration{second, 2 * second}, text, ""},
		"an error inside, then": {[]chattest.Step{chattest.FailInStream(1, chattest.Error{Status: 503, Message: "Overloaded"}), chattest.Reply(newText)}, []string{rest, first}, nil, newText, ""},
	} {
		for apiName, api := range resumables() {
			if tc.only != "" && tc.only != apiName && (tc.only != "not event ids" || apiName == "event ids") {
				continue
			}
			inBubble(t, name+"/"+apiName, func(t *testing.T) {
				begin := chattest.EndEarly(9, chattest.Text(text), chattest.Background())
				o := newOrigin(api, append([]chattest.Step{begin}, tc.steps...)...)
				l := resuming(t, o, stream.Options{MaxAttempts: 6})
				require.NoError(t, l.err)
				assert.Equal(t, tc.text, l.text)
				if tc.delays != nil {
					assert.Equal(t, tc.delays, delays(l.retries))
				}
				want := []asked{api.first()}
				for _, ask := range tc.asks {
					want = append(want, map[string]asked{rest: api.after(o.given[0]), first: api.first()}[ask])
				}
				assert.Equal(t, want, o.asked)
				assert.NotEqual(t, api.first(), want[1])
				if tc.text == text {
					assert.Empty(t, l.resets)
				} else {
					assert.Equal(t, []int{len(o.asked)}, l.resets)
				}
				for i, n := range l.numbers {
					assert.Equal(t, i+1, n, "each request counts")
				}
			})
		}
	}
}

// TestResume_final: a key that is no longer good stays so, and the text stays.
func TestResume_final(t *testing.T) {
	for name, api := range resumables() {
		inBubble(t, name, func(t *testing.T) {
			o := newOrigin(api, chattest.EndEarly(9, chattest.Background()), chattest.ErrorResponse(chattest.Error{Status: 401}))
			l := resuming(t, o, stream.Options{})
			assert.Equal(t, failure.Auth, l.failed(t).Kind)
			assert.Equal(t, 2, l.failed(t).Attempts)
			assert.Empty(t, l.resets)
			assert.NotEmpty(t, l.text)
			assert.NotContains(t, l.err.Error()+l.last().Message+l.last().Detail, "SECRET")
		})
	}
}

// TestResume_count: the count starts anew after each attempt that got further,
// and not because a stream merely opened.
func TestResume_count(t *testing.T) {
	further := chattest.EndEarly(2)
	opened := chattest.EndEarly(0)
	begin := chattest.EndEarly(9, chattest.Background())
	again := chattest.EndEarly(3, chattest.Replay(3))
	pings := chattest.RawResponse(200, http.Header{"Content-Type": {"text/event-stream"}}, ": ping\n\n: ping\n\n")
	down := chattest.RawResponse(503, nil, "")
	for name, tc := range map[string]struct {
		steps  []chattest.Step
		delays []time.Duration
		limit  bool // MaxFruitlessAttempts of 3 ends it
	}{
		"further each time":       {[]chattest.Step{begin, further, further, further, further}, []time.Duration{1, 1, 1, 1, 1}, false},
		"merely opened":           {[]chattest.Step{begin, opened, opened}, []time.Duration{1, 2, 4}, false},
		"only pings":              {[]chattest.Step{begin, pings, pings}, []time.Duration{1, 2, 4}, false},
		"only what was had":       {[]chattest.Step{begin, again, again}, []time.Duration{1, 2, 4}, false},
		"refused":                 {[]chattest.Step{begin, down, down}, []time.Duration{1, 2, 4}, false},
		"between":                 {[]chattest.Step{begin, opened, down, further, down, opened, further}, []time.Duration{1, 2, 4, 1, 2, 4, 1}, false},
		"failures before":         {[]chattest.Step{down, down, begin, down}, []time.Duration{1, 2, 1, 2}, false},
		"too often since":         {[]chattest.Step{begin, further, down, down, down}, []time.Duration{1, 1, 2, 4}, true},
		"too often before":        {[]chattest.Step{down, down, down}, []time.Duration{1, 2}, true},
		"too often merely opened": {[]chattest.Step{begin, opened, opened, opened}, []time.Duration{1, 2, 4}, true},
	} {
		for apiName, api := range resumables() {
			inBubble(t, name+"/"+apiName, func(t *testing.T) {
				steps := append([]chattest.Step(nil), tc.steps...)
				for i := range steps {
					steps[i].Background = true
				}
				o := newOrigin(api, steps...)
				l := resuming(t, o, stream.Options{MaxFruitlessAttempts: 3})
				var want []time.Duration
				for _, d := range tc.delays {
					want = append(want, d*second)
				}
				assert.Equal(t, want, delays(l.retries))
				for i, n := range l.numbers {
					assert.Equal(t, i+1, n, "numbers go on")
				}
				assert.Empty(t, l.resets)
				if tc.limit {
					assert.Equal(t, len(want)+1, l.failed(t).Attempts)
					return
				}
				require.NoError(t, l.err)
				assert.Equal(t, chattest.DefaultText, l.text)
			})
		}
	}
	inBubble(t, "a reply that starts over counts on", func(t *testing.T) {
		o := newOrigin(resumables()["responses"], further, chattest.EndEarly(9), chattest.EndEarly(9))
		l := resuming(t, o, stream.Options{})
		require.NoError(t, l.err)
		assert.Equal(t, []time.Duration{second, 2 * second, 4 * second}, delays(l.retries))
	})
}

// TestResume_beforeRetry: another URL is another reply.
func TestResume_beforeRetry(t *testing.T) {
	for apiName, api := range resumables() {
		for name, to := range map[string]string{"": "", "elsewhere": "https://other.test/x", "the same": api.url} {
			inBubble(t, apiName+"/"+name, func(t *testing.T) {
				var s *stream.Stream
				o := newOrigin(api, chattest.EndEarly(9, chattest.Background()))
				l := live(stream.Options{URL: api.url, Partial: stream.PartialResume,
					BeforeRetry: func(context.Context, stream.RetryContext) error {
						if to != "" {
							s.SetURL(to)
						}
						return nil
					}})
				s = l.Stream
				l.run(t.Context(), o.whole)
				require.NoError(t, l.err)
				assert.Equal(t, chattest.DefaultText, l.text)
				assert.Equal(t, to == "", o.asked[1] != api.first())
				assert.Equal(t, to != "", len(l.resets) == 1)
			})
		}
	}
	inBubble(t, "refused", func(t *testing.T) {
		o := newOrigin(resumables()["responses"], chattest.EndEarly(9, chattest.Background()))
		l := resuming(t, o, stream.Options{BeforeRetry: func(context.Context, stream.RetryContext) error { return stream.ErrRefused }})
		assert.Equal(t, failure.Truncated, l.failed(t).Kind)
		assert.NotEmpty(t, l.text)
		assert.Empty(t, l.resets)
	})
}

// TestResume_offline: a lost network is no failure, and the reply goes on after.
func TestResume_offline(t *testing.T) {
	for name, api := range resumables() {
		inBubble(t, name, func(t *testing.T) {
			o := newOrigin(api, chattest.Reply(chattest.DefaultText, chattest.Background()))
			whole := newOrigin(api, chattest.Reply(chattest.DefaultText, chattest.Background()))
			require.NoError(t, mustNew(stream.Options{URL: api.url}).Run(t.Context(), whole.whole))
			n := len(whole.given[0]) * 2 / 3
			l := live(stream.Options{URL: api.url, Partial: stream.PartialResume})
			at(second, func() { l.SetOnline(false) })
			at(time.Minute, func() { l.SetOnline(true) })
			l.run(t.Context(), delayed(2*second, o.cut(n, errReset)), o.whole)
			require.NoError(t, l.err)
			assert.Equal(t, time.Minute, l.took)
			assert.Equal(t, []int{1, 1}, l.numbers)
			assert.Empty(t, l.retries)
			assert.Empty(t, l.resets)
			assert.Equal(t, chattest.DefaultText, l.text)
			assert.Equal(t, []asked{api.first(), api.after(o.given[0][:n])}, o.asked)
		})
	}
}

// TestResume_overlap: what the server sends again is not handed out again.
func TestResume_overlap(t *testing.T) {
	for name, api := range resumables() {
		for _, again := range []int{0, 1, 3, 7, 99} {
			inBubble(t, name, func(t *testing.T) {
				var j joined
				whole := newOrigin(api, chattest.Reply(chattest.DefaultText, chattest.Background()))
				require.NoError(t, mustNew(stream.Options{URL: api.url}).Run(t.Context(), whole.whole))
				o := newOrigin(api, chattest.EndEarly(9, chattest.Background()), chattest.Continue(chattest.Replay(again)))
				s := mustNew(stream.Options{URL: api.url, Partial: stream.PartialResume, OnEvent: j.onEvent})
				require.NoError(t, s.Run(t.Context(), o.whole))
				all := inEvents(whole.given[0])
				assert.Len(t, o.asked, 2)
				assert.Empty(t, j.resets)
				assert.Equal(t, chattest.DefaultText, j.text.String())
				assert.GreaterOrEqual(t, len(j.events), len(all)-2, "what follows the end may be left out")
				assert.Equal(t, all[:min(len(all), len(j.events))], j.events)
			})
		}
	}
}
