package failure

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// maxText is how many bytes of an error's text are read. Longer texts are
// bodies that somebody pasted into an error; what matters comes first.
const maxText = 16 << 10

// beginning gives the part of a text that is read.
func beginning(text string) string {
	if len(text) > maxText {
		return text[:maxText]
	}
	return text
}

// words is a text reduced to what the rules compare: lower-case ASCII words,
// each after one space. "RateLimitError", "rate_limit_error" and "Rate limit
// error!" all read " rate limit error". URLs are left out, because the links
// that providers add to their messages ("see .../rate-limits", ".../billing")
// speak of other things than the failure.
type words struct {
	text string
	// head is text up to the first opening parenthesis.
	head string
	// seconds and thirds hold which first and second, and which second and
	// third characters begin the words, so that most phrases need no search:
	// bit code(second) of seconds[code(first)], and so on.
	seconds, thirds [37]uint64
}

func readWords(text string) words {
	text = beginning(text)
	var w words
	out := make([]byte, 0, len(text)+len(text)/4+1)
	head := -1
	for i := 0; i < len(text); {
		if !isAlnum(text[i]) {
			if text[i] == '(' && head < 0 {
				head = len(out)
			}
			i++
			continue
		}
		start := i
		i = wordEnd(text, i)
		if i < len(text) && text[i] == ':' {
			if n := urlMark(text[i:]); n > 0 {
				i = urlEnd(text, i+n)
				continue
			}
		}
		w.noteStart(text[start:i])
		out = append(out, ' ')
		for _, c := range []byte(text[start:i]) {
			out = append(out, lower(c))
		}
	}
	w.text = string(out)
	w.head = w.text
	if head >= 0 {
		w.head = w.text[:head]
	}
	return w
}

// noteStart notes how a word begins.
func (w *words) noteStart(word string) {
	first, second, third := code(lower(word[0])), code(' '), code(' ')
	if len(word) > 1 {
		second = code(lower(word[1]))
	}
	if len(word) > 2 {
		third = code(lower(word[2]))
	}
	w.seconds[first] |= 1 << second
	w.thirds[second] |= 1 << third
	if len(word) == 1 {
		w.thirds[second] = ^uint64(0) // The next word is not known yet.
	}
}

// code numbers the characters of words: 26 letters, 10 digits, the rest.
func code(c byte) uint {
	switch {
	case isLower(c):
		return uint(c - 'a')
	case isDigit(c):
		return 26 + uint(c-'0')
	}
	return 36
}

// wordEnd gives the offset after the word that begins at text[i].
func wordEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		c := text[i]
		if isLower(c) || isDigit(c) {
			continue
		}
		if !isUpper(c) || camelStart(text, i) {
			break
		}
	}
	return i
}

// has tells whether the phrase, itself lower-case words, begins at a word of
// the text. Its last word may go on: "rate limit" is found in "rate limited".
func (w *words) has(phrase string) bool { return w.find(phrase, 0) >= 0 }

// find gives the offset of the phrase, of three characters at least, in w.text
// at or after from, or -1.
func (w *words) find(phrase string, from int) int {
	second := code(phrase[1])
	if w.seconds[code(phrase[0])]&(1<<second) == 0 || w.thirds[second]&(1<<code(phrase[2])) == 0 {
		return -1
	}
	for {
		i := strings.Index(w.text[from:], phrase)
		if i < 0 {
			return -1
		}
		from += i
		if from > 0 && w.text[from-1] == ' ' {
			return from
		}
		from++
	}
}

// hasAny tells whether one of the phrases is found.
func (w *words) hasAny(phrases []string) bool {
	for _, phrase := range phrases {
		if w.has(phrase) {
			return true
		}
	}
	return false
}

// camelStart tells whether a word begins at text[i] inside a run of letters,
// as the T and the E of "APITimeoutError" do.
func camelStart(text string, i int) bool {
	if i == 0 || !isUpper(text[i]) {
		return false
	}
	return isLower(text[i-1]) || isUpper(text[i-1]) && i+1 < len(text) && isLower(text[i+1])
}

// urlMark gives the length of the "://" that text begins with, JSON's
// ":\/\/" included, or 0.
func urlMark(text string) int {
	for _, mark := range [...]string{"://", `:\/\/`} {
		if strings.HasPrefix(text, mark) {
			return len(mark)
		}
	}
	return 0
}

// urlEnd gives the offset where the URL around text[i] ends: at white space,
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

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isAlnum(c byte) bool { return isLower(c|0x20) || isDigit(c) }

func hasDigit(s string) bool { return ascii.IndexAny(s, "0123456789") >= 0 }

func lower(c byte) byte {
	if isUpper(c) {
		return c + 'a' - 'A'
	}
	return c
}

// hasPrefixFold and hasSuffixFold ignore the case of ASCII letters; the given
// prefix or suffix is lower-case.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if lower(s[i]) != prefix[i] {
			return false
		}
	}
	return true
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && hasPrefixFold(s[len(s)-len(suffix):], suffix)
}
