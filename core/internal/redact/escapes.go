package redact

import (
	"strings"
	"unicode/utf8"
)

// escaped returns the character that s begins with, written as an escape or in
// several bytes, and its length; 0 where it is just a byte.
func escaped(s string) (r rune, size int) {
	switch s[0] {
	case '\\':
		return backslash(s)
	case '%':
		return percent(s)
	case '&':
		return entity(s)
	}
	return utf8.DecodeRuneInString(s)
}

// backslash knows the escapes of JSON and of most languages. Each time a text
// is quoted again the backslashes double, so a run of them is one.
func backslash(s string) (r rune, size int) {
	n := 1
	for n < len(s) && s[n] == '\\' {
		n++
	}
	if n == len(s) {
		return '\\', n
	}
	switch c := s[n]; c {
	case 'n', 'r':
		return '\n', n + 1
	case 't', 'f', 'b':
		return ' ', n + 1
	case '"', '\'', '`', '/':
		return rune(c), n + 1
	case '0', '1':
		if r, ok := octal(s[n:]); ok {
			return r, n + 3
		}
	case 'u', 'U', 'x':
		if r, size := braced(s[n+1:]); size > 0 {
			return r, n + 1 + size
		}
		digits := 4
		if c == 'x' {
			digits = 2
		}
		if r, ok := hex(s[n+1:], digits); ok {
			return r, n + 1 + digits
		}
	}
	if n == 1 {
		return 0, 0
	}
	return '\\', n
}

// percent knows %3D, and %253D, which is the same escaped again.
func percent(s string) (r rune, size int) {
	r, size = percentByte(s)
	if r < 0xc0 {
		return r, size
	}
	char := [utf8.UTFMax]byte{byte(r)}
	n := 1
	for n < len(char) && !utf8.FullRune(char[:n]) {
		next, length := percentByte(s[size:])
		if length == 0 {
			break
		}
		char[n] = byte(next)
		size += length
		n++
	}
	r, _ = utf8.DecodeRune(char[:n])
	return r, size
}

func percentByte(s string) (r rune, size int) {
	if s == "" || s[0] != '%' {
		return 0, 0
	}
	n := 1
	for strings.HasPrefix(s[n:], "25") {
		if _, ok := hex(s[n+2:], 2); !ok {
			break
		}
		n += 2
	}
	r, ok := hex(s[n:], 2)
	if !ok {
		return 0, 0
	}
	return r, n + 2
}

// entity knows the entities of HTML and XML that stand for ASCII signs.
func entity(s string) (r rune, size int) {
	for _, e := range [...]struct {
		name string
		char rune
	}{
		{"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'}, {"&gt;", '>'},
		{"&nbsp;", ' '}, {"&colon;", ':'}, {"&equals;", '='}, {"&hyphen;", '-'}, {"&lowbar;", '_'},
	} {
		if strings.HasPrefix(s, e.name) {
			return e.char, len(e.name)
		}
	}
	if !strings.HasPrefix(s, "&#") {
		return 0, 0
	}
	n, base := 2, rune(10)
	if n < len(s) && s[n]|0x20 == 'x' {
		n, base = 3, 16
	}
	for start := n; n < len(s) && n < start+7; n++ {
		d := digit(s[n])
		if d < 0 || d >= base {
			break
		}
		r = r*base + d
	}
	if n == len(s) || s[n] != ';' {
		return 0, 0
	}
	return r, n + 1
}

// hex reads a number of n hexadecimal digits.
func hex(s string, n int) (r rune, ok bool) {
	if len(s) < n {
		return 0, false
	}
	for i := range n {
		d := digit(s[i])
		if d < 0 {
			return 0, false
		}
		r = r<<4 | d
	}
	return r, true
}

// octal reads the three digits of an ASCII character.
func octal(s string) (r rune, ok bool) {
	if len(s) < 3 {
		return 0, false
	}
	for i := range 3 {
		if s[i] < '0' || s[i] > '7' {
			return 0, false
		}
		r = r<<3 | rune(s[i]-'0')
	}
	return r, true
}

// braced reads the hexadecimal number in braces of \u{3d}.
func braced(s string) (r rune, size int) {
	end := strings.IndexByte(s[:min(len(s), 8)], '}')
	if end < 2 || s[0] != '{' {
		return 0, 0
	}
	r, ok := hex(s[1:end], end-1)
	if !ok {
		return 0, 0
	}
	return r, end + 1
}
