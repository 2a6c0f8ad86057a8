//go:build !js

package failure_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What Go's own HTTP client says when things break, so that a change of its
// wording is noticed.
func TestClassifyHTTPClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "data: x\n\n")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
			return
		}
		panic(http.ErrAbortHandler) // Cuts the connection in the middle of the body.
	}))
	t.Cleanup(server.Close)
	closed := httptest.NewServer(nil)
	closed.Close()

	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	noDial := &http.Transport{DialContext: (&net.Dialer{Deadline: time.Now().Add(-time.Second)}).DialContext}

	tests := []struct {
		name      string
		ctx       context.Context
		client    *http.Client
		url       string
		kind      failure.Kind
		retryable bool
	}{
		{"refused", t.Context(), http.DefaultClient, closed.URL + "/?key=planted", failure.Network, true},
		{"cut", t.Context(), http.DefaultClient, server.URL + "/cut?key=planted", failure.Network, true},
		{"canceled", canceled, http.DefaultClient, server.URL + "/hang?key=planted", failure.Canceled, false},
		{"timeout of the dial", t.Context(), &http.Client{Transport: noDial}, server.URL + "/?key=planted", failure.Timeout, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requireKind(t, get(tt.ctx, tt.client, tt.url), tt.kind, tt.retryable)
		})
	}
}

func requireKind(t *testing.T, err error, kind failure.Kind, retryable bool) {
	t.Helper()
	require.Error(t, err)
	f := failure.Classify(err)
	assert.Equal(t, kind, f.Kind, "%v", err)
	assert.Equal(t, retryable, f.Retryable, "%v", err)
	assert.Zero(t, f.StatusCode, "%v", err)
	assert.NotContains(t, f.Detail, "planted")
}

// TestClassifyHTTPClientTimeouts: the same for what takes time, which is virtual.
func TestClassifyHTTPClientTimeouts(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n"
	for name, tc := range map[string]struct {
		deadline, client, headers time.Duration
		// answer is what comes, before the server is silent.
		answer    string
		retryable bool
	}{
		"deadline of the caller": {deadline: time.Minute, answer: head},
		"timeout of the client":  {client: time.Minute},
		"timeout of the headers": {headers: time.Minute, retryable: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				transport := &http.Transport{ResponseHeaderTimeout: tc.headers, DialContext: silentAfter(tc.answer)}
				defer transport.CloseIdleConnections()
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel func()
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				err := get(ctx, &http.Client{Transport: transport, Timeout: tc.client}, "http://silent.test/?key=planted")
				requireKind(t, err, failure.Timeout, tc.retryable)
			})
		})
	}
}

// silentAfter dials a server that answers any request with that, and nothing more.
func silentAfter(answer string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			if _, err := http.ReadRequest(bufio.NewReader(server)); err != nil {
				return
			}
			_, _ = io.WriteString(server, answer)
			_, _ = io.Copy(io.Discard, server) // until the client has gone
		}()
		return client, nil
	}
}

func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}
