package chattest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

// watched serves one step and closes the channel when the fake has let go of the
// request. Where it never does, whoever waits for it meets the limit of all tests.
func watched(t *testing.T, a api, step chattest.Step) (*chattest.Server, <-chan struct{}) {
	t.Helper()
	return watchedFrom(t, a, step, func() {})
}

// watchedFrom is watched, and calls came when the request has come.
func watchedFrom(t *testing.T, a api, step chattest.Step, came func()) (*chattest.Server, <-chan struct{}) {
	t.Helper()
	left := make(chan struct{})
	fake := a.fake(chattest.NewScript(step))
	return chattest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		came()
		fake.ServeHTTP(w, r)
	})), left
}

func TestStall(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		all := len(a.events(a.full(t)))
		for _, n := range []int{0, 6, all + 1} {
			server, left := watched(t, a, chattest.Stall(n))
			ctx, cancel := context.WithCancel(t.Context())
			resp, err := send(ctx, t, server.URL+a.path, a.body)
			require.NoError(t, err)
			want := a.first(t, min(n, all))
			requireRead(t, want, resp.Body)
			cancel()
			rest, err := io.ReadAll(resp.Body)
			require.ErrorIs(t, err, context.Canceled)
			assert.Empty(t, rest)
			<-left
			_ = resp.Body.Close()
			synctest.Test(t, func(t *testing.T) { a.requireSilence(t, chattest.Stall(n), want) })
		}
	})
}

// requireSilence asks for a stalling step, of which no more than want comes.
func (a api) requireSilence(t *testing.T, step chattest.Step, want string) {
	t.Helper()
	client := &http.Client{Transport: &chattest.Transport{Handler: a.fake(chattest.NewScript(step))}}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://fake.test"+a.path, strings.NewReader(a.body))
	req.RequestURI = ""
	resp, err := client.Do(req)
	require.NoError(t, err)
	requireRead(t, want, resp.Body)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		n, _ := resp.Body.Read(make([]byte, 1))
		assert.Zero(t, n, "the stream is not silent")
	}()
	select {
	case <-ended:
		assert.Fail(t, "the fake has ended the response")
	case <-time.After(time.Hour):
	}
	require.NoError(t, resp.Body.Close())
	<-ended
}

// requireRead reads what should come next.
func requireRead(t *testing.T, want string, body io.Reader) {
	t.Helper()
	got := make([]byte, len(want))
	_, err := io.ReadFull(body, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
}

func TestHang(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		ctx, cancel := context.WithCancel(t.Context())
		// A client that gave up before its request came would be waited for in vain.
		server, left := watchedFrom(t, a, chattest.Hang(), cancel)
		_, err := send(ctx, t, server.URL+a.path, a.body)
		require.ErrorIs(t, err, context.Canceled)
		<-left
	})
}

func TestPingsOnly(t *testing.T) {
	pings := map[string]string{
		"anthropic":        "event: ping\ndata: {\"type\": \"ping\"}\n\n",
		"openai chat":      ": keep-alive\n\n",
		"openai responses": "event: keepalive\ndata: {\"type\":\"keepalive\",\"sequence_number\":%d}\n\n",
		"gemini":           ": keep-alive\r\n\r\n",
	}
	eachAPI(t, func(t *testing.T, a api) {
		server, left := watched(t, a, chattest.PingsOnly(3, time.Microsecond))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		resp, err := send(ctx, t, server.URL+a.path, a.body)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		want := a.first(t, 3)
		for n := range 20 {
			want += strings.ReplaceAll(pings[a.name], "%d", fmt.Sprint(n+3))
		}
		requireRead(t, want, resp.Body)
		cancel()
		<-left
	})
}

func TestClientLeavesDuringText(t *testing.T) {
	eachAPI(t, func(t *testing.T, a api) {
		server, left := watched(t, a, chattest.Reply(strings.Repeat("word ", 100), chattest.Pace(time.Hour)))
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := send(ctx, t, server.URL+a.path, a.body)
		require.NoError(t, err)
		cancel()
		<-left
		_ = resp.Body.Close()
	})
}

// TestAborted checks that a response whose request ends for another reason than
// the client, such as a server that shuts down, does not look complete.
func TestAborted(t *testing.T) {
	for _, step := range []chattest.Step{chattest.Hang(), chattest.Stall(2), chattest.PingsOnly(2, time.Millisecond)} {
		ctx, cancel := context.WithCancel(t.Context())
		fake := chattest.Anthropic(chattest.NewScript(step))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if step.Fault == chattest.FaultHang {
				cancel() // nothing will come
			}
			fake.ServeHTTP(w, r.WithContext(ctx))
		}))
		resp, err := send(t.Context(), t, server.URL+"/v1/messages", `{"stream":true}`)
		if err == nil {
			_, err = io.ReadFull(resp.Body, make([]byte, 1))
			require.NoError(t, err)
			cancel()
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
		cancel()
		require.Error(t, err)
		server.Close()
	}
}

type cleanups []func()

func (c *cleanups) Helper()          {}
func (c *cleanups) Cleanup(f func()) { *c = append(*c, f) }

func TestCleanupEndsStalls(t *testing.T) {
	var c cleanups
	server := chattest.NewAnthropic(&c, chattest.Stall(1))
	resp := post(t, server.URL+"/v1/messages", `{"stream":true}`)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		for _, f := range c {
			f()
		}
	}()
	<-closed
	_, err := io.ReadAll(resp.Body)
	require.Error(t, err)
}
