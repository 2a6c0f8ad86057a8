package chattest_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
)

// TestTransport: without a network a client meets what it meets with one.
func TestTransport(t *testing.T) {
	const url = "https://api.anthropic.com/v1/messages?x=1"
	ask := func(ctx context.Context, step chattest.Step) (*chattest.Transport, *http.Response, error) {
		tr := &chattest.Transport{Handler: chattest.Anthropic(chattest.NewScript(step))}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"stream":true}`))
		require.NoError(t, err)
		res, err := (&http.Client{Transport: tr}).Do(req)
		return tr, res, err
	}
	inTime := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	inTime("a reply at its pace", func(t *testing.T) {
		start := time.Now()
		tr, res, err := ask(t.Context(), chattest.Reply("Hi", chattest.Pace(time.Hour)))
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		assert.Contains(t, string(body), "message_stop")
		assert.Equal(t, time.Hour, time.Since(start))
		require.NoError(t, res.Body.Close())
		sent := tr.Requests()
		require.Len(t, sent, 1)
		assert.Equal(t, "/v1/messages", sent[0].Path)
		assert.Equal(t, "x=1", sent[0].Query)
		assert.Equal(t, `{"stream":true}`, string(sent[0].Body))
	})
	inTime("an error", func(t *testing.T) {
		_, res, err := ask(t.Context(), chattest.AnthropicOverloadedResponse())
		require.NoError(t, err)
		assert.Equal(t, 529, res.StatusCode)
		assert.Equal(t, "application/json", res.Header.Get("Content-Type"))
		require.NoError(t, res.Body.Close())
	})
	inTime("cut", func(t *testing.T) {
		_, res, err := ask(t.Context(), chattest.CutAfterEvents(2))
		require.NoError(t, err)
		body, err := io.ReadAll(res.Body)
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.Contains(t, string(body), "message_start")
		require.NoError(t, res.Body.Close())
	})
	inTime("cut at once", func(t *testing.T) {
		_, _, err := ask(t.Context(), chattest.CutAfterBytes(0))
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
	inTime("a client that goes away", func(t *testing.T) {
		_, res, err := ask(t.Context(), chattest.Stall(1))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _, err = ask(ctx, chattest.Hang())
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, res, err = ask(ctx, chattest.Stall(1))
		require.NoError(t, err)
		_, err = io.ReadAll(res.Body)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, res.Body.Close())
	})
}
