package retryhttp_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/retryhttp"
	"github.com/retrystream/retrystream/core/stream"
)

// slowly writes the parts with pauses between them, and then keeps the body open.
func slowly(status int, pause time.Duration, parts ...string) *http.Response {
	r, w := io.Pipe()
	go func() {
		for i, part := range parts {
			if i > 0 {
				time.Sleep(pause)
			}
			if _, err := io.WriteString(w, part); err != nil {
				return
			}
		}
	}()
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: r}
}

// TestErrorBodyStaysOpen: it delays the verdict no longer than in a page.
func TestErrorBodyStaysOpen(t *testing.T) {
	for name, tc := range map[string]struct {
		first func() *http.Response
		took  time.Duration
	}{
		"nothing comes":   {func() *http.Response { return slowly(500, 0) }, time.Second},
		"its start comes": {func() *http.Response { return slowly(500, 0, `{"error":`) }, 500 * time.Millisecond},
		"it drips for ever": {func() *http.Response {
			return slowly(500, 400*time.Millisecond, strings.Split(strings.Repeat("x", 100), "")...)
		}, 3 * time.Second},
	} {
		inBubble(t, name, func(t *testing.T) {
			sent := 0
			transport := &retryhttp.Transport{
				Options: stream.Options{Delays: retry.Delays{Initial: time.Millisecond}},
				Base: base(func(*http.Request) (*http.Response, error) {
					if sent++; sent == 1 {
						return tc.first(), nil
					}
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("done"))}, nil
				}),
			}
			start := time.Now()
			res, err := transport.RoundTrip(post(t, messagesURL))
			require.NoError(t, err)
			assert.Equal(t, tc.took+time.Millisecond, time.Since(start))
			assert.Equal(t, "done", read(t, res))
			time.Sleep(time.Second) // until the one who drips has noticed
		})
	}
}

// TestErrorBodyComesLate: whoever reads the response gets all of it.
func TestErrorBodyComesLate(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		r, w := io.Pipe()
		go func() {
			_, _ = io.WriteString(w, `{"error":`)
			time.Sleep(time.Minute)
			_, _ = io.WriteString(w, `"bad key"`)
			time.Sleep(time.Minute)
			_, _ = io.WriteString(w, `}`)
			_ = w.CloseWithError(errors.New("broke off"))
		}()
		transport := &retryhttp.Transport{Base: base(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 401, Header: http.Header{}, Body: r}, nil
		})}
		start := time.Now()
		res, err := transport.RoundTrip(post(t, messagesURL))
		require.NoError(t, err)
		assert.Equal(t, 500*time.Millisecond, time.Since(start))
		body, err := io.ReadAll(res.Body)
		assert.Equal(t, `{"error":"bad key"}`, string(body))
		require.ErrorContains(t, err, "broke off")
		require.NoError(t, res.Body.Close())
	})
}
