package retryhttp_test

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/retryhttp"
)

// base makes a RoundTripper of a function.
type base func(*http.Request) (*http.Response, error)

func (b base) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, err := io.Copy(io.Discard, req.Body)
		if err := errors.Join(err, req.Body.Close()); err != nil {
			return nil, err
		}
	}
	return b(req)
}

// answers is a base that always gives this body, a byte a read.
func answers(body string) base {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{}, Request: req,
			Body: io.NopCloser(iotest.OneByteReader(strings.NewReader(body))),
		}, nil
	}
}

// TestLinear: neither a body that comes in single bytes nor one that is read in such
// is copied again and again. See the test of this name in the package stream.
func TestLinear(t *testing.T) {
	const few, many = 32 << 10, 128 << 10
	const event = `data: {"choices":[{"index":0,"delta":{"content":"`
	const end = "\"}}]}\n\ndata: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
	for name, body := range map[string]func(n int) string{
		"one event":  func(n int) string { return event + strings.Repeat("x", n) + end },
		"a document": func(n int) string { return `{"a":"` + strings.Repeat("x\n", n/2) + `"}` },
		"a web page": func(n int) string { return "<html>" + strings.Repeat("<p>\n", n/4) },
	} {
		allocated := func(n int) uint64 {
			text, got := body(n), make([]byte, 2*n+1<<10)
			client := &http.Client{Transport: &retryhttp.Transport{Base: answers(text)}}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			res, err := client.Do(post(t, "https://api.openai.com/v1/chat/completions"))
			require.NoError(t, err)
			n, err = io.ReadFull(iotest.OneByteReader(res.Body), got)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			require.NoError(t, res.Body.Close())
			require.Equal(t, text, string(got[:n]))
			return after.TotalAlloc - before.TotalAlloc
		}
		a, b := allocated(few), allocated(many)
		t.Logf("%s: %d and %d", name, a, b)
		assert.LessOrEqual(t, b, 6*a+many, name)
	}
}
