package redact

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// schemeAt knows the schemes "Bearer" and "Basic". It returns the end of the one
// at text[i], the offset of the credentials after it, and whether these are
// just words about it; 0 where there is none.
func schemeAt(text string, i int) (end, credentials int, prose bool) {
	switch {
	case lower(text[i]) != 'b':
		return 0, 0, false
	case ascii.HasPrefixFold(text[i:], "bearer"):
		end = i + len("bearer")
	case ascii.HasPrefixFold(text[i:], "basic"):
		end = i + len("basic")
	default:
		return 0, 0, false
	}
	at := end
	for at < len(text) && at-end < maxGap && !isMarked(text, at) {
		n := gap(text, at)
		if n == 0 && (text[at] == ':' || text[at] == '=') {
			n = 1
		}
		if n == 0 {
			break
		}
		at += n
	}
	if at == end || at == len(text) || !isTokenByte(text[at]) || isMarked(text, at) {
		return 0, 0, false
	}
	word := text[at:alnumEnd(text, at)]
	plain := isWord(word) && at+len(word) == tokenEnd(text, at)
	usual := at == end+1 && text[end] == ' ' && end == i+len("bearer")
	return end, at, proseEnd(text, at) > 0 || plain && !usual
}

// isScheme reports whether the word text[i:end] of prose is the scheme of an
// Authorization header, as in "Token abc".
func isScheme(text string, i, end int) bool {
	return end+1 < len(text) && text[end] == ' ' && ascii.HasPrefixFold(text[i:end], "token") &&
		isAlnum(text[end+1]) && proseEnd(text, end+1) == 0
}

// proseEnd returns the end of the word of prose at text[i], 0 where there is none.
func proseEnd(text string, i int) int {
	var word [16]byte
	word[0] = ' '
	n := 1
	for ; i < len(text) && class[text[i]]&(lowers|uppers) != 0 && n < len(word)-1; i++ {
		word[n] = lower(text[i])
		n++
	}
	if n == 1 || i < len(text) && (isAlnum(text[i]) || strings.IndexByte("-_./", text[i]) >= 0 && i+1 < len(text) && isAlnum(text[i+1])) {
		return 0
	}
	word[n] = ' '
	if !strings.Contains(prose, string(word[:n+1])) {
		return 0
	}
	return i
}
