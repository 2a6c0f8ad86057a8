package redact

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// What bytes of a view are, as sets. A table is less code than comparisons.
const (
	digits = 1 << iota
	lowers
	uppers
	joins // what joins the parts of a token
	quotes
	gaps      // what may stand between a name and its value
	stops     // what ends a value
	lineStops // what ends one that takes the line
	alnum     = digits | lowers | uppers
)

var class = [256]uint8{
	'0': digits, '1': digits, '2': digits, '3': digits, '4': digits, '5': digits, '6': digits, '7': digits, '8': digits, '9': digits,
	'a': lowers, 'b': lowers, 'c': lowers, 'd': lowers, 'e': lowers, 'f': lowers, 'g': lowers, 'h': lowers, 'i': lowers, 'j': lowers, 'k': lowers, 'l': lowers, 'm': lowers,
	'n': lowers, 'o': lowers, 'p': lowers, 'q': lowers, 'r': lowers, 's': lowers, 't': lowers, 'u': lowers, 'v': lowers, 'w': lowers, 'x': lowers, 'y': lowers, 'z': lowers,
	'A': uppers, 'B': uppers, 'C': uppers, 'D': uppers, 'E': uppers, 'F': uppers, 'G': uppers, 'H': uppers, 'I': uppers, 'J': uppers, 'K': uppers, 'L': uppers, 'M': uppers,
	'N': uppers, 'O': uppers, 'P': uppers, 'Q': uppers, 'R': uppers, 'S': uppers, 'T': uppers, 'U': uppers, 'V': uppers, 'W': uppers, 'X': uppers, 'Y': uppers, 'Z': uppers,
	'_': joins, '-': joins, '.': joins, '~': joins, '/': joins, '=': joins, '*': joins, ellipsis: joins, '+': joins | gaps,
	'"': quotes | gaps | stops | lineStops, '\'': quotes | gaps | stops | lineStops, '`': quotes | gaps | stops | lineStops,
	' ': gaps | stops, '\n': gaps | stops | lineStops, '<': gaps | stops | lineStops, '\t': stops, ',': stops, ';': stops, '&': stops,
	'\\': gaps, '(': gaps, ')': gaps, '[': gaps, ']': gaps, '{': gaps, '}': gaps, '>': gaps, '|': gaps, '#': gaps, other: gaps, noun: gaps,
}

func isDigit(c byte) bool     { return class[c]&digits != 0 }
func isUpper(c byte) bool     { return class[c]&uppers != 0 }
func isLower(c byte) bool     { return class[c]&lowers != 0 }
func isAlnum(c byte) bool     { return class[c]&alnum != 0 }
func isQuote(c byte) bool     { return class[c]&quotes != 0 }
func isTokenByte(c byte) bool { return class[c]&(alnum|joins) != 0 }

func lower(c byte) byte {
	if isUpper(c) {
		return c | 0x20
	}
	return c
}

// wordEnd returns the offset after the word that begins at text[i].
func wordEnd(text string, i int) int {
	for i++; i < len(text) && isAlnum(text[i]) && !ascii.CamelStart(text, i); i++ {
	}
	return i
}

// isWord reports whether s is letters in the usual case: "Basic plan".
func isWord(s string) bool {
	for i := range len(s) {
		if !isLower(s[i]) && (i > 0 || !isUpper(s[i])) {
			return false
		}
	}
	return s != ""
}

// isName reports whether s is lower-case words joined by '-' and '_'.
func isName(s string) bool {
	for i := range len(s) {
		if !isLower(s[i]) && s[i] != '-' && s[i] != '_' {
			return false
		}
	}
	return true
}

// isPath reports whether s names a parameter, as "tools[0].function" and
// "tool_call_2" do: lower-case words and a separator, nothing random.
func isPath(s string) bool {
	separated := false
	for i := range len(s) {
		switch {
		case strings.IndexByte("_.[]", s[i]) >= 0:
			separated = true
		case !isLower(s[i]) && !isDigit(s[i]):
			return false
		}
	}
	return separated && isLower(s[0]) && !keyLike(s)
}
