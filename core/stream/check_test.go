//go:build !js

package stream_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/provider"
	"github.com/retrystream/retrystream/core/retry"
	"github.com/retrystream/retrystream/core/stream"
)

// TestNew_refuses: what cannot be meant is named, with a cure and without a secret.
func TestNew_refuses(t *testing.T) {
	for name, tc := range map[string]struct {
		opts stream.Options
		want string
	}{
		"a URL without a scheme":      {stream.Options{URL: "api.openai.com/v1/responses?key=SECRET"}, "URL has no scheme and host; write all of it, like https://example.com/v1/responses"},
		"a URL without a host":        {stream.Options{URL: "https:///v1/responses?key=SECRET"}, "URL has no scheme and host; write all of it, like https://example.com/v1/responses"},
		"a path":                      {stream.Options{URL: "/v1/responses?key=SECRET"}, "URL has no scheme and host; write all of it, like https://example.com/v1/responses"},
		"a URL with a line end":       {stream.Options{URL: "https://user:SECRET@api.openai.com/\n"}, "URL cannot be parsed; write it like https://example.com/v1/responses, with everything else escaped"},
		"a URL with a wrong port":     {stream.Options{URL: "https://api.openai.com:SECRET/"}, "URL cannot be parsed; write it like https://example.com/v1/responses, with everything else escaped"},
		"letters swapped":             {stream.Options{Provider: "opnai"}, `Provider is no provider's id; did you mean "openai"?`},
		"a name in capitals":          {stream.Options{Provider: "OpenAI"}, `Provider is no provider's id; did you mean "openai"?`},
		"two letters swapped":         {stream.Options{Provider: "antrhopic"}, `Provider is no provider's id; did you mean "anthropic"?`},
		"an unknown partial":          {stream.Options{Partial: "keep"}, "Partial is unknown; use PartialRestart, PartialFail or PartialResume"},
		"a negative MaxAttempts":      {stream.Options{MaxAttempts: -1}, "MaxAttempts is negative; 0 is for no limit"},
		"negative fruitless attempts": {stream.Options{MaxFruitlessAttempts: -1}, "MaxFruitlessAttempts is negative; 0 is for no limit"},
		"a negative MaxEventBytes":    {stream.Options{MaxEventBytes: -1}, "MaxEventBytes is negative; 0 is for 16 MiB"},
		"a negative MaxElapsed":       {stream.Options{MaxElapsed: -1}, "MaxElapsed is negative; 0 is for no limit"},
		"a negative ConnectTimeout":   {stream.Options{ConnectTimeout: -1}, "ConnectTimeout is negative; 0 is for as long as SilenceTimeout"},
		"a negative ProgressTimeout":  {stream.Options{ProgressTimeout: -1}, "ProgressTimeout is negative; 0 is for no limit"},
		"seconds that are none":       {stream.Options{SilenceTimeout: 30}, "SilenceTimeout is less than a millisecond; a number alone counts nanoseconds: write 30*time.Second, say"},
		"milliseconds that are none":  {stream.Options{MaxRetryAfter: 60_000}, "MaxRetryAfter is less than a millisecond; a number alone counts nanoseconds: write 30*time.Second, say"},
		"an unknown jitter":           {stream.Options{Delays: retry.Delays{Jitter: "some"}}, "Delays.Jitter is none of none, full and equal"},
		"a multiplier below 1":        {stream.Options{Delays: retry.Delays{Multiplier: 0.5}}, "Delays.Multiplier is less than 1"},
		"a multiplier without end":    {stream.Options{Delays: retry.Delays{Multiplier: math.Inf(1)}}, "Delays.Multiplier is not a finite number"},
		"a negative delay":            {stream.Options{Delays: retry.Delays{Initial: -1}}, "Delays.Initial is negative"},
		"delays that shrink":          {stream.Options{Delays: retry.Delays{Initial: 2, Max: 1}}, "Delays.Max is less than Initial"},
		"facts and a relay":           {stream.Options{Facts: true, Host: stream.Host{Relay: &relayed{}}}, "Facts has no meaning where bytes are relayed (by Host.Relay, or by a retryhttp.Transport) and no events handed out; leave it out"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := stream.New(tc.opts)
			assert.Nil(t, s)
			assert.EqualError(t, err, "stream: Options."+tc.want)
			var wrong *stream.OptionError
			require.ErrorAs(t, err, &wrong)
			assert.NotContains(t, err.Error(), "SECRET")
		})
	}
}

// TestNew_listsProviders: where no id is near, all are named, and not what was given.
func TestNew_listsProviders(t *testing.T) {
	for _, id := range []string{"https://key:SECRET@example.com", "SECRET", "x", "somebody"} {
		_, err := stream.New(stream.Options{Provider: id})
		require.Error(t, err)
		for _, known := range append(provider.IDs(), "auto") {
			assert.Contains(t, err.Error(), `"`+known+`"`)
		}
		assert.NotContains(t, err.Error(), "SECRET")
	}
}

// TestNew_accepts what has a meaning, however rare.
func TestNew_accepts(t *testing.T) {
	for name, opts := range map[string]stream.Options{
		"nothing":             {},
		"no limits":           {MaxAlike: -1, EmptyAttempts: -1, MaxRetryAfter: -1, SilenceTimeout: -1},
		"a millisecond":       {ConnectTimeout: time.Millisecond, SilenceTimeout: time.Millisecond, ProgressTimeout: time.Millisecond},
		"short delays":        {Delays: retry.Delays{Initial: 1, Max: 1, Multiplier: 1, Jitter: retry.JitterFull}},
		"a URL with a secret": {URL: "https://user:SECRET@example.com:8443/v1/?key=SECRET#part"},
		"an IPv6 address":     {URL: "http://[::1]:11434/api/chat"},
		"what a host sets": {Host: stream.Host{
			Relay: &relayed{}, Sent: true, Clock: func() time.Duration { return 0 },
			Body: func(context.Context) []byte { return nil },
		}},
		"a relay that does not go on": {Partial: stream.PartialRestart, Host: stream.Host{Relay: &relayed{}}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := stream.New(opts)
			require.NoError(t, err)
			assert.NotNil(t, s)
		})
	}
	for _, id := range append(provider.IDs(), "auto") {
		_, err := stream.New(stream.Options{Provider: id})
		assert.NoError(t, err, id)
	}
}
