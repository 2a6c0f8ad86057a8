package ascii_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

func TestToLower(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "abc": "abc", "ABC": "abc", "Rate_LIMIT 429": "rate_limit 429",
		"@[`{": "@[`{", "AZaz": "azaz",
		"É \u212a \xffX": "É \u212a \xffx", // only ASCII changes
	} {
		assert.Equal(t, want, ascii.ToLower(s), s)
	}
	assert.Zero(t, testing.AllocsPerRun(10, func() { ascii.ToLower("in lower case already, and long") }))
}

func TestIndexAny(t *testing.T) {
	for _, s := range []string{"", "a", "?", "a?b#c", "#?", "abc", "é#"} {
		assert.Equal(t, strings.IndexAny(s, "?#"), ascii.IndexAny(s, "?#"), s)
	}
}

func TestHasPrefixFold(t *testing.T) {
	for s, want := range map[string]bool{"Bearer x": true, "BEARER": true, "bearer": true, "beare": false, "": false, " bearer": false, "be\u0430rer": false} {
		assert.Equal(t, want, ascii.HasPrefixFold(s, "bearer"), s)
	}
	assert.False(t, ascii.HasPrefixFold("\x42\x05", "b\x25"), "only letters have a case")
}

func TestCamelStart(t *testing.T) {
	for word, want := range map[string]string{
		"APITimeoutError": "TE", "apiKey": "K", "ApiKey": "K", "HTTP": "", "api_Key": "", "key2Go": "", "": "",
	} {
		var got string
		for i := range len(word) {
			if ascii.CamelStart(word, i) {
				got += word[i : i+1]
			}
		}
		assert.Equal(t, want, got, word)
	}
}
