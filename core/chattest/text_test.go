package chattest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPieces(t *testing.T) {
	tests := []struct {
		text  string
		runes int
		want  []string
	}{
		{"", 0, nil},
		{"Hello there, friend", 0, []string{"Hello", " there,", " friend"}},
		{"internationalisation", 0, []string{"internat", "ionalisa", "tion"}},
		{"One.\n\nTwo", 0, []string{"One.", "\n\nTwo"}},
		{"你好 café 🚀", 0, []string{"你", "好", " café", " 🚀"}},
		{"你好 café", 3, []string{"你好 ", "caf", "é"}},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, pieces(Step{Text: tt.text, DeltaRunes: tt.runes}), tt.text)
	}
}

func FuzzPieces(f *testing.F) {
	f.Add("Hello 你好 👩‍🚀 e\u0301\n", 0)
	f.Add("\xff\xfe broken \xf0\x9f", 1)
	f.Fuzz(func(t *testing.T, text string, runes int) {
		got := pieces(Step{Text: text, DeltaRunes: runes})
		require.Equal(t, text, strings.Join(got, ""))
		for _, p := range got {
			require.NotEmpty(t, p)
			if utf8.ValidString(text) {
				require.True(t, utf8.ValidString(p), "a piece ends inside a character")
			}
		}
	})
}

func FuzzQuote(f *testing.F) {
	f.Add("a\"b\\c\n<&>\u2028é🚀")
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("JSON cannot carry it")
		}
		var got string
		require.NoError(t, json.Unmarshal([]byte(quote(s)), &got))
		require.Equal(t, s, got)
		require.NotContains(t, quote(s), "\n")
	})
}

func TestFakeID(t *testing.T) {
	assert.Len(t, fakeID(1, 50), 50)
	assert.Equal(t, fakeID(1, 20), fakeID(1, 20))
	assert.NotEqual(t, fakeID(1, 20), fakeID(2, 20))
}
