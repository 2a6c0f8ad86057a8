package retryhttp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/chattest"
	"github.com/retrystream/retrystream/core/retryhttp"
)

// inBubble runs a test in virtual time; it fails if a goroutine stays behind.
func inBubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// observed notes of a handler's requests what chattest does not.
type observed struct {
	http.Handler
	lengths []int64
	hosts   []string
	ends    atomic.Int64 // of calls
}

func (o *observed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.lengths, o.hosts = append(o.lengths, r.ContentLength), append(o.hosts, r.URL.Host)
	defer o.ends.Add(1)
	o.Handler.ServeHTTP(w, r)
}

// observe has what a transport's requests meet observed.
func observe(p *chattest.Transport) *observed {
	o := &observed{Handler: p.Handler}
	p.Handler = o
	return o
}

// anthropic is a provider with this script, and a client that retries.
func anthropic(tr *retryhttp.Transport, steps ...chattest.Step) (*chattest.Transport, *http.Client) {
	return retrying(tr, chattest.Anthropic(chattest.NewScript(steps...)))
}

func retrying(tr *retryhttp.Transport, handler http.Handler) (*chattest.Transport, *http.Client) {
	p := &chattest.Transport{Handler: handler}
	tr.Base = p
	return p, &http.Client{Transport: tr}
}

const (
	messagesURL = "https://api.anthropic.com/v1/messages?key=SECRET"
	streamBody  = `{"stream":true,"stream_options":{"include_usage":true}}`
)

func post(t *testing.T, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(streamBody))
	require.NoError(t, err)
	req.Header.Set("X-Api-Key", "SECRET")
	return req
}

// plain returns the whole reply as the fake sends it to request number n.
func plain(fake func(*chattest.Script) http.Handler, url string, n int) string {
	steps := make([]chattest.Step, n)
	for i := range steps {
		steps[i] = chattest.DefaultReply()
	}
	handler := fake(chattest.NewScript(steps...))
	for {
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, url, strings.NewReader(streamBody)))
		if n--; n == 0 {
			return rec.Body.String()
		}
	}
}

// read reads a body to its clean end and closes it.
func read(t *testing.T, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return string(body)
}
