//go:build !js

package failure_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What Go's own HTTP client says when things break, so that a change of its
// wording is noticed.
func TestClassifyHTTPClient(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/silent" {
			<-r.Context().Done()
			return
		}
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
	soon, cancelSoon := context.WithTimeout(t.Context(), 50*time.Millisecond)
	t.Cleanup(cancelSoon)

	slowHeaders := http.DefaultTransport.(*http.Transport).Clone()
	slowHeaders.ResponseHeaderTimeout = 50 * time.Millisecond
	t.Cleanup(slowHeaders.CloseIdleConnections)
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
		{"deadline of the caller", soon, http.DefaultClient, server.URL + "/hang?key=planted", failure.Timeout, false},
		{"timeout of the client", t.Context(), &http.Client{Timeout: 50 * time.Millisecond}, server.URL + "/silent?key=planted", failure.Timeout, false},
		{"timeout of the headers", t.Context(), &http.Client{Transport: slowHeaders}, server.URL + "/silent?key=planted", failure.Timeout, true},
		{"timeout of the dial", t.Context(), &http.Client{Transport: noDial}, server.URL + "/?key=planted", failure.Timeout, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := get(tt.ctx, tt.client, tt.url)
			require.Error(t, err)
			f := failure.Classify(err)
			assert.Equal(t, tt.kind, f.Kind, "%v", err)
			assert.Equal(t, tt.retryable, f.Retryable, "%v", err)
			assert.Zero(t, f.StatusCode, "%v", err)
			assert.NotContains(t, f.Detail, "planted")
		})
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
