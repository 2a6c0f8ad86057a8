package chattest_test

import (
	"context"
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

// TestUntil: the fault comes when the test says so, and not before.
func TestUntil(t *testing.T) {
	for name, step := range map[string]chattest.Step{
		"end":   chattest.EndEarly(3),
		"error": chattest.FailInStream(3, chattest.Error{}),
		"cut":   chattest.CutAfterEvents(3),
		"bytes": chattest.CutAfterBytes(300),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				until := make(chan struct{})
				time.AfterFunc(time.Minute, func() { close(until) })
				step.Until = until
				a := apiNamed(t, "anthropic")
				w := httptest.NewRecorder()
				play := func() {
					a.fake(chattest.NewScript(step)).ServeHTTP(w, httptest.NewRequest(http.MethodPost, a.path, strings.NewReader(a.body)))
				}
				if name == "cut" || name == "bytes" {
					// A recorder has no connection to reset.
					assert.PanicsWithValue(t, http.ErrAbortHandler, play)
				} else {
					play()
				}
				assert.Equal(t, time.Minute, time.Since(start))
				assert.Contains(t, w.Body.String(), "message_start")
			})
		})
	}
}

// TestUntilTheClientLeaves: a fault that never comes keeps nothing alive.
func TestUntilTheClientLeaves(t *testing.T) {
	a := apiNamed(t, "anthropic")
	server, left := watched(t, a, chattest.EndEarly(3, chattest.Until(make(chan struct{}))))
	ctx, cancel := context.WithCancel(t.Context())
	resp, err := send(ctx, t, server.URL+a.path, a.body)
	require.NoError(t, err)
	cancel()
	<-left
	_ = resp.Body.Close()
}
