package retryhttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// TestRead_bodies: what is sent is sent again whole, or refused before it is sent.
func TestRead_bodies(t *testing.T) {
	again := func(req *http.Request) { req.GetBody = nil }
	for name, tc := range map[string]struct {
		change func(*http.Request)
		most   int64
		want   string
	}{
		"with GetBody":                 {func(*http.Request) {}, 0, ""},
		"without":                      {again, 0, ""},
		"just short enough":            {again, int64(len(streamBody)), ""},
		"too long":                     {again, int64(len(streamBody)) - 1, "retryhttp: the request's body is longer than MaxBody and cannot be sent again; give the request a GetBody"},
		"any, where none is kept":      {again, -1, "retryhttp: the request's body is longer than MaxBody and cannot be sent again; give the request a GetBody"},
		"too long to keep, but it has": {func(*http.Request) {}, 1, ""},
	} {
		inBubble(t, name, func(t *testing.T) {
			p := &chattest.Transport{Handler: chattest.Anthropic(chattest.NewScript(chattest.AnthropicOverloadedResponse(), chattest.DefaultReply()))}
			client := &http.Client{Transport: &retryhttp.Transport{Base: p, MaxBody: tc.most}}
			req := post(t, claude.url)
			closed := &closes{Reader: req.Body}
			req.Body = closed
			tc.change(req)
			h := readAll(t.Context(), client, req, stream.Options{})
			assert.Equal(t, 1, closed.times)
			if tc.want != "" {
				require.Len(t, h.errs, 1)
				assert.EqualError(t, h.errs[0], tc.want)
				assert.Empty(t, p.Requests())
				return
			}
			require.Empty(t, h.errs)
			assert.Equal(t, chattest.DefaultText, h.text)
			require.Len(t, p.Requests(), 2)
			for _, req := range p.Requests() {
				assert.Equal(t, streamBody, string(req.Body))
			}
		})
	}
	inBubble(t, "that cannot be read", func(t *testing.T) {
		p, client := claude.serve()
		req := post(t, claude.url)
		broken := errors.New("the disk is gone")
		req.Body, req.GetBody = io.NopCloser(io.MultiReader(strings.NewReader("{"), &tornBody{broken})), nil
		h := readAll(t.Context(), client, req, stream.Options{})
		require.Len(t, h.errs, 1)
		assert.ErrorIs(t, h.errs[0], broken)
		assert.Empty(t, p.Requests())
	})
}

type tornBody struct{ err error }

func (f *tornBody) Read([]byte) (int, error) { return 0, f.err }

// TestRead_refuses: what cannot be meant is an error before anything is sent.
func TestRead_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		opts stream.Options
		want string
	}{
		"events":     {stream.Options{OnEvent: func(*stream.Event) {}}, "stream: Options.OnEvent is not called by retryhttp.Read, whose loop is given the events; leave it out"},
		"a URL":      {stream.Options{URL: "https://example.com"}, "stream: Options.URL is the request's; leave it out"},
		"a fallback": {stream.Options{Fallback: func(context.Context, stream.RetryContext) (*stream.Target, error) { return nil, nil }}, "stream: Options.Fallback names an address but no request; set that of a retryhttp.Transport"},
		"a host":     {stream.Options{Host: stream.Host{Sent: true}}, "stream: Options.Host is for whoever sends the requests, which retryhttp does; leave it out"},
		"a body":     {stream.Options{Host: stream.Host{Body: func(context.Context) []byte { return nil }}}, "stream: Options.Host.Body is the request's; leave it out"},
		"a provider": {stream.Options{Provider: "opnai"}, `stream: Options.Provider is no provider's id; did you mean "openai"?`},
	} {
		t.Run(name, func(t *testing.T) {
			p, client := claude.serve()
			req := post(t, claude.url)
			closed := &closes{Reader: req.Body}
			req.Body = closed
			h := readAll(t.Context(), client, req, tc.opts)
			require.Len(t, h.errs, 1)
			assert.EqualError(t, h.errs[0], tc.want)
			_, ok := errors.AsType[*stream.OptionError](h.errs[0])
			assert.True(t, ok)
			assert.Equal(t, 1, closed.times)
			assert.Empty(t, p.Requests())

			if name == "events" {
				return
			}
			req = post(t, claude.url)
			closed = &closes{Reader: req.Body}
			req.Body = closed
			_, err := (&retryhttp.Transport{Base: p, Options: tc.opts}).RoundTrip(req)
			assert.EqualError(t, err, tc.want)
			assert.Equal(t, 1, closed.times)
			assert.Empty(t, p.Requests())
		})
	}
	t.Run("no URL", func(t *testing.T) {
		h := readAll(t.Context(), nil, &http.Request{}, stream.Options{})
		require.Len(t, h.errs, 1)
		assert.EqualError(t, h.errs[0], "retryhttp: the request has no URL; make it with http.NewRequestWithContext")
	})
}

// TestRead_served: a request that came to a server is none to send.
func TestRead_served(t *testing.T) {
	p, client := claude.serve()
	h := readAll(t.Context(), client, httptest.NewRequest("POST", claude.url, strings.NewReader(streamBody)), stream.Options{})
	require.Len(t, h.errs, 1)
	assert.EqualError(t, h.errs[0], "retryhttp: the request is one that a server was sent, as it has a RequestURI; make one to send with http.NewRequestWithContext")
	assert.Empty(t, p.Requests())
}

// TestRead_once: a sequence is for one loop.
func TestRead_once(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, client := claude.serve()
		seq := retryhttp.Read(t.Context(), client, post(t, claude.url), stream.Options{})
		assert.Empty(t, p.Requests(), "nothing is sent before the range")
		for range seq {
			break
		}
		var errs []error
		for _, err := range seq {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1)
		assert.EqualError(t, errs[0], "retryhttp: a reply can be read once; call Read again to ask again")
		assert.Len(t, p.Requests(), 1)
	})
}
