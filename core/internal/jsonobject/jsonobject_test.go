package jsonobject_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/internal/jsonobject"
)

func TestObject(t *testing.T) {
	at := time.Date(2026, 12, 1, 8, 30, 0, int(5*time.Millisecond), time.UTC)
	for want, o := range map[string]jsonobject.Object{
		`{`:                                jsonobject.Object("{").Text("a", "").Number("b", 0).Time("c", nil),
		`{"a":"x","b":-1`:                  jsonobject.Object("{").Text("a", "x").Number("b", -1),
		`{"a":0`:                           jsonobject.Object("{").Count("a", 0),
		`{"a":""`:                          jsonobject.Object("{").Name("a").Quote(""),
		`{"at":"2026-12-01T08:30:00.005Z"`: jsonobject.Object("{").Time("at", &at),
	} {
		assert.Equal(t, want, string(o))
	}
}

// FuzzQuote: what encoding/json reads is what was written.
func FuzzQuote(f *testing.F) {
	for _, s := range []string{"", "plain", `"\/`, "a\nb\tc\r\x00\x1f\x7f", "é\u2028\U0001f600", "\xff half \xe2\x80", "</script>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got string
		require.NoError(t, json.Unmarshal(jsonobject.Object(nil).Quote(s), &got))
		assert.Equal(t, string([]rune(s)), got) // both make U+FFFD of what is no UTF-8
	})
}
