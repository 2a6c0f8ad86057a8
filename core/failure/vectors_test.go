package failure

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/retrystream/retrystream/core/testdata"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// vector is one case of vectors/classify.json.
type vector struct {
	Name  string `json:"name"`
	Why   string `json:"why"`
	Input struct {
		Error  string `json:"error"`
		Name   string `json:"name"`
		Status int    `json:"status"`
	} `json:"input"`
	Kind      Kind `json:"kind"`
	Retryable bool `json:"retryable"`
	Status    int  `json:"status"`
}

// text is the error as a JavaScript engine prints it.
func (v vector) text() string {
	if v.Input.Name == "" {
		return v.Input.Error
	}
	return v.Input.Name + ": " + v.Input.Error
}

func (v vector) err() error {
	if v.Input.Status == 0 {
		return errors.New(v.text())
	}
	return &statusError{v.text(), v.Input.Status}
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	raw, err := testdata.Vectors.ReadFile("vectors/classify.json")
	require.NoError(t, err)
	var vectors []vector
	require.NoError(t, json.Unmarshal(raw, &vectors))
	require.GreaterOrEqual(t, len(vectors), 130)
	return vectors
}

// statusError is an error that knows its HTTP status.
type statusError struct {
	text   string
	status int
}

func (e *statusError) Error() string   { return e.text }
func (e *statusError) StatusCode() int { return e.status }

func TestVectors(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			require.False(t, seen[v.Name], "the name is used twice")
			seen[v.Name] = true
			require.NotEmpty(t, v.Why)

			f := Classify(v.err())
			assert.Equal(t, v.Kind, f.Kind, "kind")
			assert.Equal(t, v.Retryable, f.Retryable, "retryable")
			assert.Equal(t, v.Status, f.StatusCode, "status")
			assert.Equal(t, Message(v.Kind, v.Retryable, ""), f.Message)
			assert.Equal(t, Detail(v.text()), f.Detail)
			assert.Equal(t, f, Text(v.text(), v.Input.Status), "Text and Classify differ")
			assert.Equal(t, v.Retryable, IsRetryable(v.err()))
		})
	}
}

// Every phrase of the rules and every engine message decides at least one
// vector, so that none can be changed or shadowed unseen.
func TestVectorsCoverRules(t *testing.T) {
	type hit struct {
		words Words
		row   int
	}
	var hits []hit
	kinds := map[Kind]bool{}
	for _, v := range readVectors(t) {
		kinds[v.Kind] = true
		hits = append(hits, hit{ReadWords(v.text()), judge(v.text(), Text(v.text(), v.Input.Status).StatusCode).row})
	}
	for row, r := range rules {
		for _, phrase := range r.phrases {
			assert.True(t, anyOf(hits, func(h hit) bool { return h.row == row && h.words.Has(phrase) }),
				"no vector is decided by %q of row %d (%s)", phrase, row, r.kind)
		}
		if r.step == compare {
			continue
		}
		assert.True(t, anyOf(hits, func(h hit) bool { return h.row == row }), "no vector is decided by row %d", row)
	}
	for i := range engineMessages {
		m := &engineMessages[i]
		assert.True(t, anyOf(hits, func(h hit) bool {
			return h.row < len(rules) && rules[h.row].step == byEngine && engineSays(&h.words) == m
		}), "no vector is decided by %q", m.message)
	}
	for _, kind := range allKinds {
		if kind != Stalled { // Silence has no text.
			assert.True(t, kinds[kind], "no vector of kind %s", kind)
		}
	}
}

// Every word by which a concept is known decides at least one vector: without it,
// the verdict would be another.
func TestVectorsCoverConcepts(t *testing.T) {
	vectors := readVectors(t)
	verdicts := make([]verdict, len(vectors))
	for i, v := range vectors {
		verdicts[i] = judge(v.text(), Text(v.text(), v.Input.Status).StatusCode)
	}
	for i := range concepts {
		all := concepts[i].phrases
		for _, phrase := range split(all) {
			concepts[i].phrases = strings.Trim(strings.Replace("|"+all+"|", "|"+phrase+"|", "|", 1), "|")
			decided := false
			for k, v := range vectors {
				w := ReadWords(v.text())
				decided = decided || w.Has(phrase) && judge(v.text(), Text(v.text(), v.Input.Status).StatusCode) != verdicts[k]
			}
			assert.True(t, decided, "no vector is decided by %q of concept %d", phrase, i)
		}
		concepts[i].phrases = all
	}
}

// split returns the phrases that | separates.
func split(phrases string) []string {
	return strings.FieldsFunc(phrases, func(r rune) bool { return r == '|' })
}

func anyOf[T any](list []T, ok func(T) bool) bool {
	for _, item := range list {
		if ok(item) {
			return true
		}
	}
	return false
}

// A phrase that is not in the form of readWords could never match, and one
// that contains another of its row would be superfluous.
func TestPhrasesAreWords(t *testing.T) {
	check := func(phrase string) {
		w := ReadWords(phrase)
		assert.Equal(t, " "+phrase, w.text)
		assert.GreaterOrEqual(t, len(phrase), 3)
	}
	for _, r := range rules {
		for i, phrase := range r.phrases {
			check(phrase)
			for j, other := range r.phrases {
				assert.False(t, i != j && strings.Contains(" "+phrase, " "+other),
					"%q is found wherever %q is", other, phrase)
			}
		}
	}
	for _, m := range engineMessages {
		check(m.message)
	}
	for _, c := range concepts {
		phrases := split(c.phrases)
		for i, phrase := range phrases {
			check(phrase)
			for j, other := range phrases {
				assert.False(t, i != j && strings.Contains(" "+phrase, " "+other),
					"%q is found wherever %q is", other, phrase)
			}
		}
	}
}

var allKinds = []Kind{
	RateLimit, Overloaded, UsageLimit, Auth, Permission, ContextExceeded, ModelNotFound,
	InvalidRequest, ContentFilter, Server, Timeout, Network, Truncated, Stalled, Offline,
	Blocked, Canceled, Unknown,
}
