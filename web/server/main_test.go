package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// start runs the server on a free port and gives its address.
func start(ctx context.Context, t *testing.T, args ...string) (url string, done <-chan error) {
	t.Helper()
	out, stdout := io.Pipe()
	stopped := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), stdout, io.Discard)
		_ = stdout.CloseWithError(io.ErrUnexpectedEOF)
		stopped <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, rest, _ := strings.Cut(line, "http://")
	address, _, ok := strings.Cut(rest, "/")
	require.True(t, ok, line)
	return "http://" + address, stopped
}

func TestRun(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "index.html"), []byte("<p>demo"), 0o644))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	url, done := start(ctx, t, "-root", root, "-pace", "0")

	resp, err := http.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	require.NoError(t, err)
	assert.Equal(t, "<p>demo", string(body))

	stalled, err := http.Post(url+"/fake/anthropic/stall/x/v1/messages", "", strings.NewReader(`{"stream":true}`))
	require.NoError(t, err)
	defer func() { _ = stalled.Body.Close() }()
	cancel()
	require.NoError(t, <-done, "a stalled reply does not keep the server from stopping")
	_, err = io.ReadAll(stalled.Body)
	require.Error(t, err, "a reply that is cut off must not look complete")
}

func TestLinksOutOfTheRootAreNotFollowed(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.html")
	require.NoError(t, os.WriteFile(outside, []byte("secret"), 0o644))
	root := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(root, "index.html")); err != nil {
		t.Skip("no symbolic links here: " + err.Error())
	}
	url, _ := start(t.Context(), t, "-root", root)
	resp, err := http.Get(url)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, 404, resp.StatusCode)
}

func TestPortInUse(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	err = run(t.Context(), []string{"-addr", l.Addr().String()}, io.Discard, io.Discard)
	require.ErrorContains(t, err, l.Addr().String()+" is in use")
	require.ErrorContains(t, err, "-addr")
}

func TestBadArguments(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"-nonsense"}, "not defined"},
		{[]string{"-root", "/does/not/exist"}, "open the project's root"},
		{[]string{"-addr", "nowhere"}, "listen on nowhere"},
	}
	for _, tt := range tests {
		require.ErrorContains(t, run(t.Context(), tt.args, io.Discard, io.Discard), tt.want)
	}
	assert.NoError(t, run(t.Context(), []string{"-h"}, io.Discard, io.Discard))
}
