package sdktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// patience is how long somebody waits for a reply that may never come.
const patience = time.Hour

// trouble is what the first request meets; the next ones are answered well.
type trouble struct {
	// name is for a stream, whole for a reply that is none, if that differs.
	name, whole string
	// step is for the fake, where open events only open the reply; nil where there is
	// none for a reply that is no stream.
	step func(open int) *chattest.Step
	// after, if not nil, tells how many events of a reply come before it breaks, and
	// how: for replies that the fakes do not give.
	after func(open int) int
	how   fault
	// canceled: the caller has enough after a second. final: nothing can help.
	canceled, final bool
}

type fault int

const (
	cut fault = iota
	stall
	fails
)

func troubles() []trouble {
	busy := chattest.Error{Status: 503, Message: "The model is overloaded."}
	of := func(s chattest.Step) *chattest.Step { return &s }
	inStream := func(step func(open int) chattest.Step) func(int) *chattest.Step {
		return func(open int) *chattest.Step {
			if open == 0 {
				return nil
			}
			return of(step(open))
		}
	}
	later := func(open int) int { return open + 3 }
	return []trouble{
		{name: "429, Retry-After: 7", step: func(int) *chattest.Step {
			return of(chattest.ErrorResponse(chattest.Error{Status: 429, Message: "slower"}, chattest.Header("Retry-After", "7")))
		}},
		{name: "529 three times", step: func(int) *chattest.Step {
			return of(chattest.ErrorResponse(chattest.Error{Status: 529, Message: "Overloaded"}))
		}},
		{name: "an error in the opening", step: inStream(func(open int) chattest.Step { return chattest.FailInStream(open, busy) }), after: func(open int) int { return open }, how: fails},
		{name: "cut before the first text", whole: "cut in the reply", step: func(open int) *chattest.Step {
			if open == 0 {
				return of(chattest.CutAfterBytes(100))
			}
			return of(chattest.CutAfterEvents(open))
		}, after: func(open int) int { return open }, how: cut},
		{name: "cut after some text", step: inStream(func(open int) chattest.Step { return chattest.CutAfterEvents(open + 3) }), after: later, how: cut},
		{name: "ended after some text", step: inStream(func(open int) chattest.Step { return chattest.EndEarly(open + 3) }), after: nil},
		{name: "an error after some text", step: inStream(func(open int) chattest.Step { return chattest.FailInStream(open+3, busy) }), after: later, how: fails},
		{name: "silence after some text", whole: "no answer", step: func(open int) *chattest.Step {
			if open == 0 {
				return of(chattest.Hang())
			}
			return of(chattest.Stall(open + 3))
		}, after: later, how: stall},
		{name: "a wrong key", final: true, step: func(int) *chattest.Step {
			return of(chattest.ErrorResponse(chattest.Error{Status: 401, Message: "Incorrect API key"}))
		}},
		{name: "canceled after some text", whole: "canceled", canceled: true, step: func(open int) *chattest.Step {
			if open == 0 {
				return of(chattest.Hang())
			}
			return of(chattest.Stall(open + 3))
		}, after: later, how: stall},
	}
}

// handler answers as the trouble is; nil where it cannot happen to the API.
func (tr trouble) handler(a api) http.Handler {
	if len(a.events) > 0 && tr.after == nil && strings.Contains(tr.name, "text") {
		return nil
	}
	step := tr.step(a.opening)
	if step == nil {
		return nil
	}
	if len(step.Text) > 0 {
		step.Text = text
	}
	steps := []chattest.Step{*step}
	if strings.HasSuffix(tr.name, "three times") {
		steps = append(steps, *step, *step)
	}
	script := chattest.NewScript(steps...)
	then := chattest.Reply(text)
	script.Then = &then
	if len(a.events) == 0 {
		return a.fake(script)
	}
	fake := a.fake(script)
	used := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if used++; used <= len(steps) && (tr.after == nil) {
			fake.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		if used > len(steps) {
			_, _ = io.WriteString(w, strings.Join(a.events, ""))
			return
		}
		_, _ = io.WriteString(w, strings.Join(a.events[:tr.after(a.opening)], ""))
		switch tr.how {
		case cut:
			panic(http.ErrAbortHandler)
		case stall:
			<-r.Context().Done()
		case fails:
			_, _ = io.WriteString(w, `data: {"error":{"message":"The model is overloaded.","type":"server_error","code":null}}`+"\n\n")
		}
	})
}

// outcome is what became of one request of a program.
type outcome struct {
	got      string
	err      error
	requests int
	hung     bool
}

// measure has an SDK ask once.
func (tr trouble) measure(t *testing.T, a api, handler http.Handler, base func(http.RoundTripper) http.RoundTripper, retries int) (o outcome) {
	provider := &chattest.Transport{Handler: handler}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if tr.canceled {
		time.AfterFunc(time.Second, cancel)
	}
	o.got, o.err = a.ask(ctx, &http.Client{Transport: base(provider)}, retries)
	o.requests = len(provider.Requests())
	o.hung = !tr.canceled && ctx.Err() != nil
	return o
}

// tell tells the outcome in the words of the table.
func (o outcome) tell(a api) string {
	requests := fmt.Sprintf("%d requests", o.requests)
	if o.requests == 1 {
		requests = "1 request"
	}
	part := "nothing"
	switch {
	case o.got == a.want:
		part = "the whole reply"
	case o.got != "":
		part = "part of the reply"
	}
	switch {
	case o.hung:
		return fmt.Sprintf("**hangs** with %s, for an hour at least", part)
	case o.err == nil && o.got == a.want:
		return "the whole reply, " + requests
	case o.err == nil:
		return fmt.Sprintf("**%s, and no error**", part)
	case o.got == "":
		return fmt.Sprintf("%s, %s", errorOf(o.err), requests)
	}
	return fmt.Sprintf("%s, then %s", part, errorOf(o.err))
}

// errorOf names an error as a program would tell it.
func errorOf(err error) string {
	var inEvent *ssestream.StreamError
	var ofAnthropic *anthropic.Error
	var ofOpenAI *openai.Error
	var ours *stream.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "`context.Canceled`"
	case errors.As(err, &inEvent):
		return "`*ssestream.StreamError`"
	case errors.As(err, &ofAnthropic):
		return fmt.Sprintf("`*anthropic.Error` (%d, `%s`)", ofAnthropic.StatusCode, ofAnthropic.Type())
	case errors.As(err, &ofOpenAI):
		return fmt.Sprintf("`*openai.Error` (%d)", ofOpenAI.StatusCode)
	case errors.As(err, &ours):
		return fmt.Sprintf("`*stream.Error` (%s)", ours.Kind)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "`io.ErrUnexpectedEOF`"
	}
	return "`" + strings.ReplaceAll(reflect.TypeOf(err).String(), "|", "") + "`"
}

// TestTable measures everything, and holds docs/go-sdks.md to it.
func TestTable(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for _, a := range apis() {
		fmt.Fprintf(&b, "\n## %s\n\n| what happens | the SDK alone | with retryhttp |\n| --- | --- | --- |\n", a.name)
		for _, tr := range troubles() {
			if tr.handler(a) == nil {
				continue
			}
			name := tr.name
			if a.opening == 0 && tr.whole != "" {
				name = tr.whole
			}
			t.Run(a.name+"/"+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					plain := func(base http.RoundTripper) http.RoundTripper { return base }
					ours := func(base http.RoundTripper) http.RoundTripper { return &retryhttp.Transport{Base: base} }
					without := tr.measure(t, a, tr.handler(a), plain, sdkRetries)
					with := tr.measure(t, a, tr.handler(a), ours, 0)
					fmt.Fprintf(&b, "| %s | %s | %s |\n", name, without.tell(a), with.tell(a))
					// Whatever the table says, these hold.
					assert.False(t, with.hung)
					assert.True(t, strings.HasPrefix(a.want, with.got), "nothing is doubled: %q", with.got)
					assert.Equal(t, with.err == nil, with.got == a.want, "an error unless it is whole")
					switch {
					case tr.canceled:
						assert.ErrorIs(t, with.err, context.Canceled)
					case tr.final:
						assert.Equal(t, errorOf(without.err), errorOf(with.err), "the SDK's own error")
					case a.resumes && tr.how != fails:
						assert.NoError(t, with.err)
					}
				})
			})
		}
	}
	path := filepath.Join("..", "..", "..", "docs", "go-sdks.md")
	if os.Getenv("WRITE") != "" {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(written), b.String(), "docs/go-sdks.md is stale: look at the difference, then run make docs")
}

const head = "<!-- Written by `make docs` from what core/retryhttp/sdktest measures. Do not edit. -->\n" + `
# What becomes of a failure in Go

Measured with both SDKs against the fake providers of ` + "`core/chattest`" + `, in one test. Alone, an SDK has its own two retries; with [retryhttp](go.md#keep-your-sdk) they are off (` + "`WithMaxRetries(0)`" + `) and everything else is as it comes. The first request meets what the table says, each later one would be answered well.
`
