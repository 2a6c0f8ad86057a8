package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGuard: a name that leads here is not enough to be answered.
func TestGuard(t *testing.T) {
	handler := guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "demo") }),
		"[::]:8080", "Demo.test", "192.168.1.5", "")
	for host, served := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LOCALHOST:8080": true, "localhost.": true, "a.localhost:8080": true, "a.b.localhost": true,
		"127.0.0.1": true, "127.0.0.1:8080": true, "127.1.2.3:1": true, "[::1]": true, "[::1]:8080": true,
		"demo.test": true, "DEMO.test:8080": true, "demo.test.": true, "192.168.1.5:8080": true, "[::]:8080": true,

		"evil.test": false, "evil.test:8080": false, "localhost.evil.test": false, "notlocalhost": false, "127.0.0.1.evil.test": false,
		"a.demo.test": false, "demo.test.evil.test": false, "192.168.1.6": false, "0.0.0.0:8080": false, "128.0.0.1": false, "10.0.0.1": false,
		"": false, ":8080": false, ".": false, "[::2]": false, "127.0.0.1@evil.test": false, "[::1]evil.test": false, "<script>": false,
	} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.Host = host
		rec := httptest.NewRecorder()
		handler.ServeHTTP(rec, req)
		if served {
			assert.Equal(t, 200, rec.Code, host)
			continue
		}
		assert.Equal(t, http.StatusMisdirectedRequest, rec.Code, host)
		assert.Contains(t, rec.Body.String(), "-host", host)
		assert.NotContains(t, rec.Body.String(), "demo\n", host)
		assert.Contains(t, rec.Header().Get("Content-Type"), "text/plain", host)
	}
}

// TestRunChecksHosts: the program does so too, and says what it was told to allow.
func TestRunChecksHosts(t *testing.T) {
	url, _ := start(t.Context(), t, "-root", t.TempDir(), "-host", "demo.test", "-host", "other.test,third.test")
	for host, status := range map[string]int{
		"demo.test": 404, "other.test": 404, "third.test:80": 404, "": 404, // nothing is there
		"evil.test": http.StatusMisdirectedRequest,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		require.NoError(t, err)
		if host != "" {
			req.Host = host
		}
		res, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		assert.Equal(t, status, res.StatusCode, host)
	}
}
