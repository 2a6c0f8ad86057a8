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
