package failure

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// What words and URLs are made of, for all who read texts here.

// isLetter reports whether words are made of a byte.
func isLetter(c byte) bool { return isAlnum(c) || c >= 0x80 }

// wordEnd returns the offset after the word that begins at text[i].
func wordEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		c := text[i]
		if isLower(c) || isDigit(c) {
			continue
		}
		if !isUpper(c) || ascii.CamelStart(text, i) {
			break
		}
	}
	return i
}

// urlMark returns the length of the "://" that text begins with, JSON's
// ":\/\/" included, or 0.
func urlMark(text string) int {
	for _, mark := range [...]string{"://", `:\/\/`} {
		if strings.HasPrefix(text, mark) {
			return len(mark)
		}
	}
	return 0
}

// urlEnd returns the offset where the URL around text[i] ends: at white space,
// a quote or an angle bracket. A backslash ends it where it escapes a quote or
// a line break, but not in "\/" or "\u0026".
func urlEnd(text string, i int) int {
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case c <= ' ', strings.IndexByte("\"'`<>", c) >= 0:
			return i
		case c == '\\' && (i+1 == len(text) || strings.IndexByte(`"'nrt\`, text[i+1]) >= 0):
			return i
		}
	}
	return i
}

// mark returns the length of the punctuation mark beyond ASCII that s begins with,
// 0 for a letter.
func mark(s string) int {
	if len(s) < 3 {
		return 0
	}
	switch b := s[2]; {
	case s[0] == 0xe2 && s[1] <= 0x81, // dashes, quotation marks
		s[0] == 0xe3 && s[1] == 0x80,                                          // 、。「」
		s[0] == 0xef && s[1] == 0xbc && (b <= 0x8f || b >= 0x9a && b <= 0xa0), // ，！（）：；？
		s[0] == 0xef && s[1] == 0xbd && b >= 0x9b && b <= 0xa5:
		return 3
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }

func isAlnum(c byte) bool { return isLower(c|0x20) || isDigit(c) }

func lower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}

// hasSuffixFold reports whether s ends in suffix, which is in lower case, whatever the
// case of the letters in s.
func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && ascii.HasPrefixFold(s[len(s)-len(suffix):], suffix)
}
