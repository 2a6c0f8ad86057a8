package failure

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/retrystream/retrystream/core/testdata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// attemptVector is one case of vectors/transport.json.
type attemptVector struct {
	Name      string `json:"name"`
	Why       string `json:"why"`
	Text      string `json:"text"`
	Errno     string `json:"errno"`
	Kind      Kind   `json:"kind"`
	Retryable bool   `json:"retryable"`
	Presumed  bool   `json:"presumed"`
}

func TestAttemptVectors(t *testing.T) {
	raw, err := testdata.Vectors.ReadFile("vectors/transport.json")
	require.NoError(t, err)
	var vectors []attemptVector
	require.NoError(t, json.Unmarshal(raw, &vectors))
	seen := map[string]bool{}
	tally := testdata.NewTally("transport.json")
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			require.False(t, seen[v.Name], "the name is used twice")
			seen[v.Name] = true
			require.NotEmpty(t, v.Why)
			err := errors.New(v.Text)
			if v.Errno != "" {
				if err = systemError(v.Errno); err == nil {
					t.Skip("errors have no numbers here, or this one not")
				}
			}
			defer func() { tally.Add("", !t.Failed()) }()
			errs := []error{err, fmt.Errorf("the SDK: %w", err), &opaque{"the SDK failed", err}}
			if v.Kind == Unknown {
				errs = errs[:1] // JavaScript's mistakes have no wrapper in Go
			}
			for _, err := range errs {
				f := ClassifyAttempt(err)
				assert.Equal(t, v.Kind, f.Kind, "%v", err)
				assert.Equal(t, v.Retryable, f.Retryable, "%v", err)
				assert.Equal(t, v.Presumed, f.Presumed, "%v", err)
				assert.Zero(t, f.StatusCode)
			}
		})
	}
	for _, line := range tally.Lines() {
		t.Log(line)
	}
}

// TestPlaceOfAnError: presuming needs a place.
func TestPlaceOfAnError(t *testing.T) {
	boom := errors.New("boom")
	assert.Equal(t, Unknown, Classify(boom).Kind)
	assert.False(t, Classify(boom).Retryable)
	f := ClassifyAttempt(boom)
	assert.Equal(t, Failure{Kind: Network, Retryable: true, Presumed: true, Message: Message(Network, true, ""), Detail: "boom"}, f)
	// What is known is not presumed.
	for _, text := range []string{"insufficient_quota", "connection reset", "status 503"} {
		assert.Equal(t, Classify(errors.New(text)), ClassifyAttempt(errors.New(text)), text)
	}
	assert.Equal(t, Failure{}, ClassifyAttempt(nil))
}

// TestCodeBeginnings: a code is a word of its own.
func TestCodeBeginnings(t *testing.T) {
	for text, want := range map[string]fact{
		"ENOTFOUND":            final,
		"code=ENOTFOUND,":      final,
		"ENOTFOUNDATION":       unknown,
		"XENOTFOUND":           unknown,
		"Enotfound":            unknown,
		"ERR_SOMETHING":        unknown,
		"net::ERR_SOMETHING":   lost,
		"net::Err":             unknown,
		"ECONNRESET ENOTFOUND": final,
		"ENOTFOUND ECONNRESET": final,
	} {
		assert.Equal(t, want, codeIn(text), text)
	}
}

// The lists are long strings: nothing in them may be empty, or stand twice.
func TestListsOfFacts(t *testing.T) {
	seen := map[string]bool{}
	for _, list := range [][]saying{sayings[:], codes[:], requestSayings} {
		for _, row := range list {
			for text := range strings.SplitSeq(row.texts, "|") {
				assert.Greater(t, len(text), 1)
				assert.False(t, seen[text], "%q is there twice", text)
				seen[text] = true
			}
		}
	}
}

func FuzzClassifyAttempt(f *testing.F) {
	raw, err := testdata.Vectors.ReadFile("vectors/transport.json")
	require.NoError(f, err)
	var vectors []attemptVector
	require.NoError(f, json.Unmarshal(raw, &vectors))
	for _, v := range vectors {
		f.Add(v.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := ClassifyAttempt(errors.New(text))
		require.Contains(t, allKinds, got.Kind)
		require.False(t, got.Presumed && !got.Retryable)
		if got.Retryable {
			require.True(t, usuallyRetryable(got.Kind), "%s is never retryable", got.Kind)
		}
		known := Classify(errors.New(text))
		require.True(t, known.Kind != Unknown || !known.Retryable, "without a place nothing is presumed")
		checkDetail(t, got.Detail)
	})
}
