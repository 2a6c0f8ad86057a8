package stream_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/stream"
)

// TestRelayDocuments: what is no event stream is passed on as it is.
func TestRelayDocuments(t *testing.T) {
	big := `{"text":"` + strings.Repeat("x", 200<<10) + `"}`
	for name, tc := range map[string]struct {
		answer answer
		unseen bool
	}{
		"a reply":             {claude(`{"id":"msg","content":[]}`), true},
		"an empty body":       {answer{}, true},
		"white space":         {claude(" \n\n"), true},
		"large":               {claude(big), true},
		"a list":              {claude(`[{"a":1}]`), true},
		"what is no JSON":     {claude(`[INFO] all is well`), true},
		"an error that is no": {claude(`{"error":null,"id":"resp"}`), true},
		"a web page":          {claude("<html>"), true},
		"text":                {claude("Good evening."), true},
		"binary":              {claude("\x89PNG\x00\x01"), true},
		"a mark and text":     {claude("\ufeffGood evening."), true},
		"204":                 {answer{status: 204}, true},
		"304":                 {answer{status: 304}, true},
		"a redirect":          {answer{status: 302, body: []byte("moved")}, true},
		"opaque":              {answer{status: opaque}, true},
	} {
		for _, size := range []int{1 << 30, 1, 7} {
			relayInBubble(t, name, stream.Options{}, func(t *testing.T, r *relayed) {
				tc.answer.chunks = func(rest int) int { return min(rest, size) }
				r.run(t.Context(), tc.answer)
				r.is(t, string(tc.answer.body))
				assert.Equal(t, 1, r.attempts)
			})
		}
	}
	relayInBubble(t, "held no longer", stream.Options{}, func(t *testing.T, r *relayed) {
		first := answer{body: []byte(`{"id":`), held: true, rest: func(context.Context, *stream.Attempt) error {
			t.Error("nothing more is fed")
			return nil
		}}
		r.run(t.Context(), first).is(t, `{"id":`)
		assert.True(t, r.unseen)
		assert.Equal(t, 1, r.passes, "at once")
	})
	limits := stream.Options{SilenceTimeout: time.Second, ProgressTimeout: time.Second}
	relayInBubble(t, "held no longer, and slow", limits, func(t *testing.T, r *relayed) {
		r.runWith(t.Context(), func(ctx context.Context, a *stream.Attempt) error {
			a.Respond(provider.Response{StatusCode: 200})
			r.undecided = []byte(`{"id":`)
			a.Feed(r.undecided)
			a.Waiting()
			assert.False(t, a.PassHeld())
			select {
			case <-ctx.Done():
				t.Error("what has its reader is ended")
			case <-time.After(time.Hour):
			}
			return nil
		}).is(t, `{"id":`)
	})
	relayInBubble(t, "larger than is kept", stream.Options{MaxEventBytes: 100}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(`{"id":"` + strings.Repeat("x", 100)), err: errReset}).
			is(t, `{"id":"`+strings.Repeat("x", 100))
		assert.True(t, r.unseen)
	})
}

// TestRelayLines: a body of lines is a stream too.
func TestRelayLines(t *testing.T) {
	line := func(text, done string) string {
		return `{"model":"m","message":{"role":"assistant","content":"` + text + `"},"done":` + done + "}\n"
	}
	const url = "http://localhost:11434/api/chat"
	open, hi, bye := line("", "false"), line("Hi", "false"), line("", "true")
	for _, size := range []int{1 << 30, 1, 7} {
		chunks := func(rest int) int { return min(rest, size) }
		relayInBubble(t, "good", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), answer{body: []byte(open), err: errReset, chunks: chunks}, answer{body: []byte(open + hi + bye), chunks: chunks}).
				is(t, open+hi+bye)
		})
		relayInBubble(t, "cut", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), answer{body: []byte(open + hi + bye[:9]), err: errReset, chunks: chunks})
			assert.Equal(t, stream.EndBody, r.failed(t).Ending)
			assert.Equal(t, open+hi+r.made[0], string(r.passed))
			assert.True(t, strings.HasPrefix(r.made[0], `{"error":"`) && strings.HasSuffix(r.made[0], "}\n"), r.made[0])
		})
		relayInBubble(t, "an error", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
			const raw = `{"error":"an error was encountered"}` + "\n"
			r.run(t.Context(), answer{body: []byte(open + hi), then: []byte(raw), chunks: chunks})
			assert.Equal(t, stream.EndBody, r.failed(t).Ending)
			assert.Equal(t, open+hi+raw, string(r.passed))
		})
		relayInBubble(t, "no end of the last line", stream.Options{URL: url}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), answer{body: []byte(open + hi + strings.TrimSpace(bye)), chunks: chunks}).
				is(t, open+hi+strings.TrimSpace(bye))
		})
	}
}

// TestRelayEnds: what comes after a reply's end is passed on unseen, and what
// becomes of the connection then does not matter.
func TestRelayEnds(t *testing.T) {
	const usage = `data: {"choices":[],"usage":{}}` + "\n\n"
	hi := delta("Hi")
	for name, tc := range map[string]struct {
		url, want string
		answer    answer
	}{
		"more follows":             {claudeURL, claudeGood + ping + claudeBusy, claude(claudeGood, ping, claudeBusy)},
		"cut after the end":        {claudeURL, claudeGood, answer{body: []byte(claudeGood), err: errReset}},
		"cut after the reason":     {chatURL, hi + stop, answer{body: []byte(hi + stop), err: errReset}},
		"cut in the usage":         {chatURL, hi + stop, answer{body: []byte(hi + stop + usage[:20]), err: errReset}},
		"usage":                    {chatURL, hi + stop + usage + done, answer{body: []byte(hi + stop + usage + done)}},
		"ended without [DONE]":     {chatURL, hi + stop, answer{body: []byte(hi + stop)}},
		"no blank line":            {claudeURL, claudeGood + "\n", answer{body: []byte(claudeGood[:len(claudeGood)-1])}},
		"cut before the blank one": {claudeURL, claudeGood + "\n", answer{body: []byte(claudeGood[:len(claudeGood)-1]), err: errReset}},
		"a damaged one is no end":  {claudeURL, "", answer{body: []byte(claudeGood[:len(claudeGood)-9]), err: errReset}},
	} {
		relayInBubble(t, name, stream.Options{URL: tc.url}, func(t *testing.T, r *relayed) {
			r.run(t.Context(), tc.answer)
			if tc.want == "" {
				assert.Error(t, r.err)
				return
			}
			assert.NoError(t, r.err)
			assert.Equal(t, tc.want, string(r.passed))
			assert.Equal(t, 1, r.attempts)
			assert.Empty(t, r.wrong)
		})
	}
	relayInBubble(t, "[DONE] too early", stream.Options{URL: "https://api.openai.com/v1/chat/completions"}, func(t *testing.T, r *relayed) {
		r.run(t.Context(), answer{body: []byte(hi), then: []byte(done)})
		assert.Equal(t, failure.Truncated, r.failed(t).Kind)
		assert.Equal(t, hi+r.made[0], string(r.passed), "an SDK would stop at [DONE]")
	})
}
