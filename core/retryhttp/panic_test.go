package retryhttp_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/event"
	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// breaking is a body that begins a reply and then ends in some way.
type breaking struct {
	io.Reader
	end func() error
}

func (b *breaking) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = b.end()
	}
	return n, err
}

func (b *breaking) Close() error { return nil }

// begins is a base that answers with the beginning of a reply and this end.
func begins(end func() error) base {
	const delta = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n"
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: &breaking{strings.NewReader(delta), end}}, nil
	}
}

// TestPanics: what panics on the transport's goroutine does so on that of whoever
// called, who can recover, and ends no process.
func TestPanics(t *testing.T) {
	down := base(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })
	for name, tc := range map[string]struct {
		tr   *retryhttp.Transport
		read bool // it is the body's Read that panics
	}{
		"OnRetry": {tr: &retryhttp.Transport{Base: down, Options: stream.Options{OnRetry: func(event.ChatStreamRetry) { panic("oops") }}}},
		"OnStatus": {tr: &retryhttp.Transport{Base: begins(func() error { return io.EOF }), Options: stream.Options{OnStatus: func(s event.ChatStreamStatus) {
			if s.Phase == event.PhaseStreaming {
				panic("oops")
			}
		}}}},
		"BeforeRetry": {tr: &retryhttp.Transport{Base: down, BeforeRetry: func(context.Context, stream.RetryContext, *http.Request) (*http.Request, error) {
			panic("oops")
		}}},
		"Fallback": {tr: &retryhttp.Transport{Base: down, Options: stream.Options{MaxAttempts: 1}, Fallback: func(context.Context, stream.RetryContext, *http.Request) (*http.Request, error) {
			panic("oops")
		}}},
		"Base":     {tr: &retryhttp.Transport{Base: base(func(*http.Request) (*http.Response, error) { panic("oops") })}},
		"Goexit":   {tr: &retryhttp.Transport{Base: down, Options: stream.Options{OnRetry: func(event.ChatStreamRetry) { runtime.Goexit() }}}},
		"the body": {tr: &retryhttp.Transport{Base: begins(func() error { panic("oops") })}, read: true},
	} {
		inBubble(t, name, func(t *testing.T) {
			var value any
			recovering := func(f func()) {
				defer func() { value = recover() }()
				f()
			}
			var res *http.Response
			recovering(func() { res, _ = tc.tr.RoundTrip(post(t, "https://api.openai.com/v1/chat/completions")) })
			if tc.read {
				require.NotNil(t, res)
				recovering(func() { _, _ = io.ReadAll(res.Body) })
				require.NoError(t, res.Body.Close())
			}
			require.Implements(t, (*error)(nil), value)
			assert.Contains(t, value.(error).Error(), map[bool]string{true: "Goexit", false: "oops"}[name == "Goexit"])
		})
	}
}

// TestForeignFailure: an error of a body may be a failure.Error that was not made
// here, with anything in it.
func TestForeignFailure(t *testing.T) {
	for _, url := range []string{
		"https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/responses", "https://api.anthropic.com/v1/messages", "https://example.test/",
	} {
		for _, kind := range []failure.Kind{"", "ours not", "a\"b\n\ndata: {}"} {
			inBubble(t, url+" "+string(kind), func(t *testing.T) {
				broken := &failure.Error{Failure: failure.Failure{Kind: kind, RetryAfter: -1, StatusCode: -1, Message: "\n\n"}}
				client := &http.Client{Transport: &retryhttp.Transport{Base: begins(func() error { return broken })}}
				res, err := client.Do(post(t, url))
				if err != nil {
					assert.ErrorIs(t, err, broken)
					return
				}
				body, err := io.ReadAll(res.Body)
				require.NoError(t, res.Body.Close())
				if err != nil {
					assert.ErrorIs(t, err, broken)
					return
				}
				assert.Contains(t, string(body), `"error"`)
			})
		}
	}
}
