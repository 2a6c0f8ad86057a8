package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/stream"
	"github.com/retrystream/retrystream/core/testdata"
)

// vector is one case of vectors/streams.json, which README.md beside it
// describes.
type vector struct {
	Name        string `json:"name"`
	Why         string `json:"why"`
	Provider    string `json:"provider"`
	URL         string `json:"url"`
	Option      string `json:"option"`
	Input       string `json:"input"`
	InputBase64 []byte `json:"input_base64"`
	Ending      string `json:"ending"`
	Expect      struct {
		End          string       `json:"end"`
		Kind         failure.Kind `json:"kind"`
		Retryable    bool         `json:"retryable"`
		Presumed     bool         `json:"presumed"`
		Text         string       `json:"text"`
		RetryAfterMs int64        `json:"retry_after_ms"`
	} `json:"expect"`
}

func TestVectors(t *testing.T) {
	raw, err := testdata.Vectors.ReadFile("vectors/streams.json")
	require.NoError(t, err)
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	var vectors []vector
	require.NoError(t, strict.Decode(&vectors))
	require.GreaterOrEqual(t, len(vectors), 150)

	tally := testdata.NewTally("streams.json")
	names := map[string]bool{}
	for _, v := range vectors {
		require.NotEmpty(t, v.Why, v.Name)
		require.False(t, names[v.Name], "two vectors are named %q", v.Name)
		names[v.Name] = true
		tally.Add(v.Provider, t.Run(v.Name, v.test))
	}
	t.Log("\n" + strings.Join(tally.Lines(), "\n")) // for make vectors
}

// test runs the vector whole, byte by byte and at random cuts.
func (v vector) test(t *testing.T) {
	seed := uint64(len(v.Name))
	random := func(longest int) func(int) int {
		r := rand.New(rand.NewPCG(seed, uint64(longest)))
		return func(rest int) int { return min(rest, 1+r.IntN(longest)) }
	}
	for _, way := range []struct {
		name string
		cut  func(rest int) int
	}{
		{"whole", func(rest int) int { return rest }},
		{"byte by byte", func(int) int { return 1 }},
		{"cut at random, 7", random(7)},
		{"cut at random, 50", random(50)},
		{"cut at random, 300", random(300)},
	} {
		synctest.Test(t, func(t *testing.T) { v.run(t, way.name, way.cut) })
	}
}

func (v vector) run(t *testing.T, way string, cut func(rest int) int) {
	body := []byte(v.Input)
	if v.InputBase64 != nil {
		body = v.InputBase64
	}
	opts := stream.Options{URL: v.URL, Provider: v.Option, MaxAttempts: 1, SilenceTimeout: time.Minute}
	deliver := feed(body, cut)
	r := run(t.Context(), opts, func(ctx context.Context, a *stream.Attempt) error {
		more := true
		if err := deliver(ctx, a); err != nil {
			return err
		}
		if more = a.Feed(nil); !more {
			return nil
		}
		switch v.Ending {
		case "clean":
			return nil
		case "reset":
			return errReset
		case "silence":
			a.Waiting()
			<-ctx.Done()
			return ctx.Err()
		}
		return errors.New("unknown ending")
	})
	// What is not valid UTF-8 becomes U+FFFD for whoever shows it.
	assert.Equal(t, v.Expect.Text, strings.ToValidUTF8(r.text, "\uFFFD"), "%s: text", way)
	if v.Expect.End == "complete" {
		assert.NoError(t, r.err, way)
		return
	}
	require.Equal(t, "failed", v.Expect.End)
	var failed *stream.Error
	require.ErrorAs(t, r.err, &failed, way)
	assert.Equal(t, v.Provider, failed.Provider, "%s: provider", way)
	assert.Equal(t, v.Expect.Kind, failed.Kind, "%s: kind", way)
	assert.Equal(t, v.Expect.Retryable, failed.Retryable, "%s: retryable", way)
	assert.Equal(t, v.Expect.Presumed, failed.Presumed, "%s: presumed", way)
	assert.Equal(t, v.Expect.RetryAfterMs, failed.RetryAfter.Milliseconds(), "%s: retry_after_ms", way)
	assert.NotEmpty(t, failed.Message, way)
}
