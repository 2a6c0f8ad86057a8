package sse_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/sse"
	"github.com/retrystream/retrystream/core/testdata"
)

// vector is one case of vectors/sse.json, which README.md beside it describes.
type vector struct {
	Name          string        `json:"name"`
	Why           string        `json:"why"`
	Input         string        `json:"input"`
	InputBase64   []byte        `json:"input_base64"`
	Chunks        []int         `json:"chunks"`
	MaxEventBytes int           `json:"max_event_bytes"`
	Events        []vectorEvent `json:"events"`
	Pending       *vectorEvent  `json:"pending"`
	RetryMs       *int64        `json:"retry_ms"`
	Error         string        `json:"error"`
}

type vectorEvent struct {
	Type string `json:"type"`
	Data string `json:"data"`
	ID   string `json:"id"`
}

func TestVectors(t *testing.T) {
	t.Parallel()
	raw, err := testdata.Vectors.ReadFile("vectors/sse.json")
	require.NoError(t, err)
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.DisallowUnknownFields()
	var vectors []vector
	require.NoError(t, strict.Decode(&vectors))
	require.GreaterOrEqual(t, len(vectors), 60)

	names := map[string]bool{}
	for _, v := range vectors {
		require.NotEmpty(t, v.Name)
		require.NotEmpty(t, v.Why, v.Name)
		require.False(t, names[v.Name], "two vectors are named %q", v.Name)
		names[v.Name] = true
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			input := []byte(v.Input)
			if v.InputBase64 != nil {
				input = v.InputBase64
			}
			want := v.result()
			for _, cuts := range waysToCut(len(input), v.Chunks) {
				got := decode(input, cuts, v.MaxEventBytes)
				require.Equal(t, want, got.text(), "%s, cut at %v", v.Why, cuts)
			}
		})
	}
}

// result is what the vector expects, in the form that decoded.text gives.
func (v vector) result() textResult {
	r := textResult{Events: v.Events, Pending: v.Pending, Error: v.Error}
	if len(r.Events) == 0 {
		r.Events = nil
	}
	if v.RetryMs != nil {
		r.RetryMs, r.HasRetry = *v.RetryMs, true
	}
	return r
}

// waysToCut lists sets of offsets to cut n bytes at: none, all, each alone, and
// the vector's own.
func waysToCut(n int, own []int) [][]int {
	ways := [][]int{nil}
	var all []int
	for i := 1; i < n; i++ {
		all = append(all, i)
		ways = append(ways, []int{i})
	}
	return append(ways, all, own)
}

// decoded is all that a decoder made of one body, copied.
type decoded struct {
	events  []sse.Event
	pending *sse.Event
	retry   time.Duration
	has     bool
	err     error
}

// decode feeds input cut at the given offsets. Each chunk is overwritten after
// it was fed, which shows any slice that still points into it.
func decode(input []byte, cuts []int, limit int) decoded {
	d := sse.Decoder{MaxEventBytes: limit}
	var r decoded
	keep := func(ev sse.Event) { r.events = append(r.events, clone(ev)) }
	start := 0
	for _, end := range append(cuts[:len(cuts):len(cuts)], len(input)) {
		chunk := bytes.Clone(input[start:end])
		start = end
		err := d.Feed(chunk, keep)
		for i := range chunk {
			chunk[i] = '!'
		}
		if r.err == nil {
			r.err = err
		} else if err != r.err {
			panic("an error must stay")
		}
	}
	d.End(func(ev sse.Event) {
		ev = clone(ev)
		r.pending = &ev
	})
	r.retry, r.has = d.Retry()
	return r
}

func clone(ev sse.Event) sse.Event {
	return sse.Event{Type: bytes.Clone(ev.Type), Data: bytes.Clone(ev.Data), ID: bytes.Clone(ev.ID)}
}

// textResult is a decoded body in the terms of a vector.
type textResult struct {
	Events   []vectorEvent
	Pending  *vectorEvent
	RetryMs  int64
	HasRetry bool
	Error    string
}

func (r decoded) text() textResult {
	t := textResult{RetryMs: r.retry.Milliseconds(), HasRetry: r.has}
	for _, ev := range r.events {
		t.Events = append(t.Events, textEvent(ev))
	}
	if r.pending != nil {
		ev := textEvent(*r.pending)
		t.Pending = &ev
	}
	var tooLarge *sse.TooLargeError
	if errors.As(r.err, &tooLarge) {
		t.Error = "too_large"
	}
	return t
}

func textEvent(ev sse.Event) vectorEvent {
	typ := decodeUTF8(ev.Type)
	if typ == "" {
		typ = "message"
	}
	return vectorEvent{Type: typ, Data: decodeUTF8(ev.Data), ID: decodeUTF8(ev.ID)}
}

// decodeUTF8 decodes as browsers do: the longest beginning of a good character
// becomes one U+FFFD, where Go would give one for each byte.
func decodeUTF8(b []byte) string {
	var out []byte
	for len(b) > 0 {
		n, ok := utf8Len(b)
		if ok {
			out = append(out, b[:n]...)
		} else {
			out = append(out, "\uFFFD"...)
		}
		b = b[n:]
	}
	return string(out)
}

// utf8Len is the length of the character that b begins with, or, if it is a bad
// one, of the part of it that one U+FFFD replaces.
func utf8Len(b []byte) (n int, ok bool) {
	size, low, high := 0, byte(0x80), byte(0xBF)
	switch c := b[0]; {
	case c < 0x80:
		return 1, true
	case c >= 0xC2 && c <= 0xDF:
		size = 2
	case c >= 0xE0 && c <= 0xEF:
		size = 3
		if c == 0xE0 {
			low = 0xA0 // overlong
		} else if c == 0xED {
			high = 0x9F // surrogate
		}
	case c >= 0xF0 && c <= 0xF4:
		size = 4
		if c == 0xF0 {
			low = 0x90 // overlong
		} else if c == 0xF4 {
			high = 0x8F // beyond U+10FFFF
		}
	default:
		return 1, false
	}
	for n = 1; n < size; n++ {
		if n == len(b) || b[n] < low || b[n] > high {
			return n, false
		}
		low, high = 0x80, 0xBF
	}
	return size, true
}

func TestDecodeUTF8(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80": "aé€😀",
		"\x80\xFF":                              "\uFFFD\uFFFD",
		"\xE2\x82a\xF0\x9F\x98":                 "\uFFFDa\uFFFD",
		"\xE0\x80\xAF\xED\xA0\x80\xF4\x90":      "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD",
		"\xEF\xBB\xBFa":                         "\uFEFFa",
	} {
		assert.Equal(t, want, decodeUTF8([]byte(in)), "%q", in)
	}
}
