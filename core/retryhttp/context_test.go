package retryhttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// TestContext: a request ends when its context does or its body is closed,
// whatever it was doing, and leaves nothing behind.
func TestContext(t *testing.T) {
	stopped := errors.New("stopped")
	stall := chattest.Stall(6)
	inBubble(t, "before the response", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{}, chattest.Hang())
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stopped) })
		_, err := client.Do(post(t, messagesURL).WithContext(ctx))
		assert.ErrorIs(t, err, stopped)
	})
	inBubble(t, "in a wait", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{}, chattest.AnthropicRateLimitResponse("60"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Do(post(t, messagesURL).WithContext(ctx))
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
	inBubble(t, "in the body", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{}, stall)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(stopped) })
		res, err := client.Do(post(t, messagesURL).WithContext(ctx))
		require.NoError(t, err)
		got, err := io.ReadAll(res.Body)
		assert.ErrorIs(t, err, stopped)
		assert.Contains(t, string(got), "content_block_delta")
		assert.NotContains(t, string(got), "event: error", "nobody failed")
		require.NoError(t, res.Body.Close())
	})
	inBubble(t, "the client's time is over", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{}, stall)
		client.Timeout = time.Second
		res, err := client.Do(post(t, messagesURL))
		require.NoError(t, err)
		_, err = io.ReadAll(res.Body)
		var timeout interface{ Timeout() bool }
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
		require.NoError(t, res.Body.Close())
	})
	for name, after := range map[string]int{"closed unread": 0, "closed in the middle": 10} {
		inBubble(t, name, func(t *testing.T) {
			p, client := anthropic(&retryhttp.Transport{}, stall)
			o := observe(p)
			res, err := client.Do(post(t, messagesURL))
			require.NoError(t, err)
			_, err = io.CopyN(io.Discard, res.Body, int64(after))
			require.NoError(t, err)
			require.NoError(t, res.Body.Close())
			require.NoError(t, res.Body.Close())
			_, err = res.Body.Read(make([]byte, 1))
			assert.ErrorContains(t, err, "closed")
			synctest.Wait()
			assert.EqualValues(t, 1, o.ends.Load(), "the request has ended")
		})
	}
	inBubble(t, "closed while it is read", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{}, stall)
		res, err := client.Do(post(t, messagesURL))
		require.NoError(t, err)
		time.AfterFunc(time.Second, func() { _ = res.Body.Close() })
		_, err = io.ReadAll(res.Body)
		assert.ErrorContains(t, err, "closed")
	})
	inBubble(t, "closed after the end", func(t *testing.T) {
		p, client := anthropic(&retryhttp.Transport{}, chattest.DefaultReply())
		o := observe(p)
		res, err := client.Do(post(t, messagesURL))
		require.NoError(t, err)
		read(t, res)
		synctest.Wait()
		assert.EqualValues(t, 1, o.ends.Load())
	})
	inBubble(t, "never read, but its context ends", func(t *testing.T) {
		_, client := anthropic(&retryhttp.Transport{}, chattest.DefaultReply())
		ctx, cancel := context.WithCancel(t.Context())
		_, err := client.Do(post(t, messagesURL).WithContext(ctx)) //nolint:bodyclose // that is the point
		require.NoError(t, err)
		cancel()
	})
}

// TestHold: a reader is kept waiting no longer than that.
func TestHold(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request) {
		says("text/event-stream", "event: message_start\ndata: {\"type\":\"message_start\"}\n\n")(w, r)
		select {
		case <-time.After(time.Minute):
		case <-r.Context().Done():
		}
		_, _ = io.WriteString(w, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
	}
	document := func(w http.ResponseWriter, r *http.Request) {
		says("application/json", `{"id":`)(w, r)
		time.Sleep(time.Minute)
		_, _ = io.WriteString(w, `"x"}`)
	}
	silent := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(200)
		time.Sleep(time.Minute)
		_, _ = io.WriteString(w, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}\n\n")
		_, _ = io.WriteString(w, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
	}
	for name, handler := range map[string]http.HandlerFunc{"a stream": slow, "a document": document, "nothing": silent} {
		for _, tc := range []struct{ hold, want time.Duration }{{0, 10 * time.Second}, {time.Second, time.Second}, {-1, 0}} {
			inBubble(t, name, func(t *testing.T) {
				_, client := retrying(&retryhttp.Transport{Hold: tc.hold}, handler)
				start := time.Now()
				res, err := client.Do(post(t, messagesURL))
				require.NoError(t, err)
				assert.Equal(t, tc.want, time.Since(start))
				assert.NotEmpty(t, read(t, res))
				assert.Equal(t, time.Minute, time.Since(start))
			})
		}
	}
	inBubble(t, "a document that breaks off later", func(t *testing.T) {
		p, client := retrying(&retryhttp.Transport{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			says("application/json", `{"id":`)(w, r)
			time.Sleep(time.Minute)
			panic(http.ErrAbortHandler)
		}))
		res, err := client.Do(post(t, messagesURL))
		require.NoError(t, err)
		got, err := io.ReadAll(res.Body)
		assert.Equal(t, `{"id":`, string(got))
		assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		assert.Len(t, p.Requests(), 1)
		require.NoError(t, res.Body.Close())
	})
}

// TestSlowReader: a body is read no faster than its reader reads, and a reader who
// takes his time is no silent provider.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent atomic.Int64
		delta := `{"choices":[{"index":0,"delta":{"content":"` + strings.Repeat("x", 1000) + `"}}]}`
		_, client := retrying(&retryhttp.Transport{Options: stream.Options{SilenceTimeout: time.Second}}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for range 1000 {
				sent.Add(1)
				if _, err := io.WriteString(w, "data: "+delta+"\n\n"); err != nil {
					return
				}
			}
			_, _ = io.WriteString(w, "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n")
		}))
		res, err := client.Do(post(t, "https://api.openai.com/v1/chat/completions"))
		require.NoError(t, err)
		time.Sleep(time.Hour)
		assert.Less(t, sent.Load(), int64(100))
		got := read(t, res)
		assert.Equal(t, 1000, strings.Count(got, delta))
	})
}
