//go:build !js

package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// prints returns an error in every way in which programs print one.
func prints(t *testing.T, err, value any) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%30.50v"} {
		all[verb] = fmt.Sprintf(verb, err)
		all["in a struct, "+verb] = fmt.Sprintf(verb, struct{ Err any }{err})
		all["value, "+verb] = fmt.Sprintf(verb, value)
	}
	for name, of := range map[string]any{"json": err, "json in a struct": struct{ Err any }{err}, "json of a value": value} {
		text, jsonErr := json.Marshal(of)
		require.NoError(t, jsonErr)
		all[name] = string(text)
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Error("failed", "err", err, "in", []any{err}, "value", value)
	require.True(t, json.Valid(out.Bytes()), out.String())
	slog.New(slog.NewTextHandler(&out, nil)).Error("failed", "err", err, "in", []any{err}, "value", value)
	all["slog"] = out.String()
	return all
}

// TestErrorsPrintNoSecret: the errors of net/http and net/url hold the whole URL, and
// ours hold these.
func TestErrorsPrintNoSecret(t *testing.T) {
	lost := &url.Error{Op: "Post", URL: "https://u:SECRET@api.openai.com/v1/responses?api_key=SECRET&x=y#SECRET", Err: errors.New("connection refused")}
	for name, tc := range map[string]struct {
		opts stream.Options
		err  error
		want string
	}{
		"a request that failed": {stream.Options{MaxAttempts: 1}, lost, "The connection to OpenAI failed"},
		"wrapped":               {stream.Options{MaxAttempts: 1}, fmt.Errorf("sending: %w", lost), "The connection to OpenAI failed"},
		"judged before":         {stream.Options{MaxAttempts: 1}, &failure.Error{Failure: failure.New(failure.Network, 0), Cause: lost}, "The connection to"},
		"bytes that are no text": {stream.Options{MaxAttempts: 1},
			&failure.Error{Failure: failure.Failure{Kind: "a\xff", Message: "b\xff", Detail: "c\xff"}, Cause: lost}, "The request to OpenAI failed"},
		"BeforeRetry": {stream.Options{BeforeRetry: func(context.Context, stream.RetryContext) error { return lost }},
			errReset, "It was not tried again: beforeRetry failed."},
		"BeforeRetry says why": {stream.Options{BeforeRetry: func(context.Context, stream.RetryContext) error {
			return fmt.Errorf("the token service is gone: %w", lost)
		}}, errReset, `BeforeRetry: the token service is gone: Post "https://api.openai.com/v1/responses`},
	} {
		inBubble(t, name, func(t *testing.T) {
			tc.opts.URL = "https://u:SECRET@api.openai.com/v1/responses?api_key=SECRET#SECRET"
			l := live(tc.opts).run(t.Context(), play(response{refuse: tc.err}))
			failed := l.failed(t)
			assert.Contains(t, failed.Error(), tc.want)
			assert.ErrorAs(t, failed, new(*url.Error), "whoever looks for the cause finds it")
			limit := &retry.LimitError{Limit: retry.LimitAttempts, Attempts: 1, Err: tc.err}
			judged := &failure.Error{Failure: failed.Failure, Cause: tc.err}
			for err, value := range map[error]any{failed: *failed, limit: *limit, judged: *judged} {
				assert.Equal(t, err.Error(), fmt.Sprint(err))
				for how, text := range prints(t, err, value) {
					assert.NotContains(t, text, "SECRET", how)
					assert.NotContains(t, text, fmt.Sprintf("%x", "SECRET"), how)
				}
			}
			wire, err := json.Marshal(failed.Wire())
			require.NoError(t, err)
			own, err := json.Marshal(failed)
			require.NoError(t, err)
			assert.JSONEq(t, string(wire), string(own))
			value, err := json.Marshal(*failed)
			require.NoError(t, err)
			assert.JSONEq(t, string(wire), string(value))
		})
	}
}
