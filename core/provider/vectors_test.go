package provider

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/failure"
	"github.com/retrystream/retrystream/core/testdata"
)

// vector is one case of vectors/responses.json, which README.md beside it
// describes.
type vector struct {
	Name     string `json:"name"`
	Why      string `json:"why"`
	Provider string `json:"provider"`
	URL      string `json:"url"`
	Option   string `json:"option"`
	Now      string `json:"now"`
	Input    struct {
		Status     int               `json:"status"`
		Headers    map[string]string `json:"headers"`
		Body       string            `json:"body"`
		BodyBase64 []byte            `json:"body_base64"`
		BodyRepeat int               `json:"body_repeat"`
	} `json:"input"`
	Kind         failure.Kind `json:"kind"`
	Retryable    bool         `json:"retryable"`
	Status       int          `json:"status"`
	RetryAfterMs int64        `json:"retry_after_ms"`
	Presumed     bool         `json:"presumed"`
	Contains     string       `json:"detail_contains"`
	Detail       string       `json:"detail_is"`
	NotContains  string       `json:"not_contains"`
}

// body is the response's body.
func (v vector) body() []byte {
	if v.Input.BodyBase64 != nil {
		return v.Input.BodyBase64
	}
	return bytes.Repeat([]byte(v.Input.Body), max(v.Input.BodyRepeat, 1))
}

// judge returns the verdict on the vector's response.
func (v vector) judge(t testing.TB) failure.Failure {
	clock := now
	if v.Now != "" {
		var err error
		clock, err = time.Parse(time.RFC3339, v.Now)
		require.NoError(t, err)
	}
	p := Find(v.URL, v.Option)
	res := Response{StatusCode: v.Input.Status, Body: v.body(), Header: func(name string) string { return v.Input.Headers[name] }}
	if v.Input.Status >= 200 && v.Input.Status < 300 {
		f, _ := p.NotAStream(res, clock)
		return f
	}
	return p.Judge(res, clock)
}

func readVectors(t testing.TB) (vectors []vector) {
	raw, err := testdata.Vectors.ReadFile("vectors/responses.json")
	require.NoError(t, err)
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	require.NoError(t, strict.Decode(&vectors))
	require.GreaterOrEqual(t, len(vectors), 400)
	return vectors
}

func TestVectors(t *testing.T) {
	tally := testdata.NewTally("responses.json")
	names := map[string]bool{}
	for _, v := range readVectors(t) {
		passed := t.Run(v.Name, func(t *testing.T) {
			require.False(t, names[v.Name], "the name is used twice")
			names[v.Name] = true
			require.NotEmpty(t, v.Why)

			f := v.judge(t)
			assert.Equal(t, v.Provider, f.Provider, "provider")
			assert.Equal(t, v.Kind, f.Kind, "kind")
			assert.Equal(t, v.Retryable, f.Retryable, "retryable")
			assert.Equal(t, v.Status, f.StatusCode, "status")
			assert.Equal(t, v.RetryAfterMs, (f.RetryAfter + time.Millisecond - 1).Milliseconds(), "retry_after_ms")
			assert.Equal(t, v.Presumed, f.Presumed, "presumed")
			assert.Contains(t, f.Detail, v.Contains)
			if v.Detail != "" {
				assert.Equal(t, v.Detail, f.Detail, "detail")
			}
			if v.NotContains != "" {
				assert.NotContains(t, f.Message+f.Detail, v.NotContains)
			}
			assert.NotEmpty(t, f.Message)
		})
		tally.Add(v.Provider, passed)
	}
	t.Log("\n" + strings.Join(tally.Lines(), "\n")) // for make vectors
}

// TestVectorsCoverVocabulary changes each word, phrase and status that a
// definition holds, one at a time, and asks for a vector that notices.
func TestVectorsCoverVocabulary(t *testing.T) {
	vectors := readVectors(t)
	bodies := make([]string, len(vectors))
	read := make([]failure.Words, len(vectors))
	for i, v := range vectors {
		body := string(clip(v.body()))
		bodies[i], read[i] = strings.ToLower(body), failure.ReadWords(body)
	}
	noticed := func(text string) bool {
		for i, v := range vectors {
			if (strings.Contains(bodies[i], text) || read[i].Has(text)) && v.judge(t).Kind == mutant {
				return true
			}
		}
		return false
	}
	checkCodes := func(owner string, codes []code) {
		for i, was := range codes {
			codes[i].kind = mutant
			text := strings.ToLower(was.text)
			if was.text == dailyQuota {
				text = "" // stands in no body
			}
			assert.True(t, noticed(text), "%s: no vector is decided by %q", owner, was.text)
			codes[i] = was
		}
	}
	checkCodes("commonCodes", commonCodes)
	for _, d := range definitions {
		checkCodes(d.id, d.codes)
		for i, was := range d.phrases {
			d.phrases[i].kind = mutant
			assert.True(t, noticed(was.text), "%s: no vector is decided by %q", d.id, was.text)
			d.phrases[i] = was
		}
		for i, was := range d.statuses {
			d.statuses[i].kind = mutant
			assert.True(t, noticed(""), "%s: no vector is decided by status %d", d.id, was.status)
			d.statuses[i] = was
		}
	}
}

// TestPhrasesAreWords: a phrase in another form than failure.ReadWords gives
// would never be found.
func TestPhrasesAreWords(t *testing.T) {
	for _, d := range definitions {
		for _, p := range d.phrases {
			words := failure.ReadWords(p.text)
			assert.True(t, words.Is(p.text), "%s: %q", d.id, p.text)
		}
	}
}

// mutant is a kind that nothing else has.
const mutant failure.Kind = "mutant"

// TestVectorsCoverFinishReasons: the streams' vectors run in package stream;
// here it is seen to that each reason to finish that is a failure has one.
func TestVectorsCoverFinishReasons(t *testing.T) {
	raw, err := testdata.Vectors.ReadFile("vectors/streams.json")
	require.NoError(t, err)
	var vectors []struct {
		Provider, Input string
		Expect          struct{ Kind failure.Kind }
	}
	require.NoError(t, json.Unmarshal(raw, &vectors))
	for _, d := range definitions {
		for _, own := range d.finishes {
			found := false
			for _, v := range vectors {
				found = found || v.Provider == d.id && v.Expect.Kind == own.kind && strings.Contains(v.Input, `"finish_reason":"`+own.text+`"`)
			}
			assert.True(t, found, "%s: no vector for finish_reason %q", d.id, own.text)
		}
	}
}

// TestVectorsCoverProviders: every provider has vectors in both files.
func TestVectorsCoverProviders(t *testing.T) {
	for _, file := range []string{"responses.json", "streams.json"} {
		raw, err := testdata.Vectors.ReadFile("vectors/" + file)
		require.NoError(t, err)
		for _, id := range IDs() {
			// Not Contains, which would print the whole file.
			assert.True(t, strings.Contains(string(raw), `"provider": "`+id+`"`), "%s has no vector of %s", file, id)
		}
	}
}
