package redact

import (
	"strings"
	"unicode/utf8"
)

// Bytes of a view that stand for characters beyond ASCII.
const (
	other    = 0x80 // any
	noun     = 0x81 // the last one of a Chinese word for key, token or password
	ellipsis = 0x82
)

// cutOff ends a text that was shortened.
const cutOff = "\x82"

// maxDecodings is how often escapes are undone that come to light when others
// are. Those of one kind inside each other are undone at once.
const maxDecodings = 4

// view is a text as its reader means it, a byte for each character.
type view struct {
	src, text string
	// at says that text[i] stands for src[at[i]:at[i+1]]; nil where text is src.
	at []int32
}

func newView(s string) view {
	v := view{src: s, text: s}
	for range maxDecodings {
		if !v.decode() {
			break
		}
	}
	return v
}

// pos gives the offset in src of text[i].
func (v *view) pos(i int) int {
	if v.at == nil {
		return i
	}
	return int(v.at[i])
}

// width gives how many bytes of src text[i] stands for.
func (v *view) width(i int) int { return v.pos(i+1) - v.pos(i) }

// decode undoes one layer of escapes and tells whether there was any.
func (v *view) decode() bool {
	s := v.text
	first := v.nextEscape(0)
	if first == len(s) {
		return false
	}
	text := make([]byte, len(s))
	at := make([]int32, len(s)+1)
	copy(text, s[:first])
	for i := range first {
		at[i] = int32(v.pos(i))
	}
	n := first // how much of text there is
	changed := false
	for i := first; i < len(s); {
		c, size := s[i], 1
		if v.mayEscape(c) {
			if r, length := escaped(s[i:]); length > 0 {
				changed = true
				c, size = fold(r), length
				if n := colorEnd(s[i+length:]); r == escape && n > 0 {
					c, size = 0, length+n
				}
			}
		}
		if c > 0 { // It is seen.
			text[n], at[n] = c, int32(v.pos(i))
			n++
		}
		i += size
	}
	if !changed {
		return false
	}
	at[n] = int32(len(v.src))
	v.text, v.at = string(text[:n]), at[:n+1]
	return true
}

// nextEscape gives the offset of the first escape at or after text[i], or the
// text's length.
func (v *view) nextEscape(i int) int {
	for i < len(v.text) && !v.mayEscape(v.text[i]) {
		i++
	}
	return i
}

// mayEscape tells whether an escape may begin with c. After the first decoding
// no character has several bytes.
func (v *view) mayEscape(c byte) bool {
	return c == '\\' || c == '%' || c == '&' || c >= utf8.RuneSelf && v.at == nil
}

// escaped gives the character that s begins with, written as an escape or in
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

// escape begins a sequence that tells a terminal of colors, say.
const escape = 0x1b

// colorEnd gives the length of the rest of such a sequence at the start of s, 0 where
// it is none: "[1;33m".
func colorEnd(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	for i := 1; i < len(s) && i < 24; i++ {
		switch c := s[i]; {
		case isLower(c) || isUpper(c):
			return i + 1
		case !isDigit(c) && c != ';':
			return 0
		}
	}
	return 0
}

// WithoutColors leaves out what tells a terminal of colors: it would stand between a
// name and its value.
func WithoutColors(s string) string {
	if strings.IndexByte(s, escape) < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if n := colorEnd(s[i+1:]); s[i] == escape && n > 0 {
			i += 1 + n
			continue
		}
		out = append(out, s[i])
		i++
	}
	return string(out)
}

func digit(c byte) rune {
	switch l := lower(c); {
	case isDigit(c):
		return rune(c - '0')
	case l >= 'a' && l <= 'f':
		return rune(l-'a') + 10
	}
	return -1
}

// fold gives the byte that stands for a character in a view, 0 for one that
// cannot be seen. Full-width and typographic signs become the plain ones.
func fold(r rune) byte {
	switch {
	case r == '\n', r == '\r':
		return '\n'
	case r < ' ':
		return ' '
	case r < 0x7f:
		return byte(r)
	case r >= 0xff01 && r <= 0xff5e:
		return byte(r - 0xfee0)
	case Invisible(r):
		return 0
	case r > 0xbb && r < 0x2000: // letters
		return other
	}
	for _, class := range [...]struct {
		chars string
		by    byte
	}{
		{"钥鑰鍵牌码碼证證キ키", noun},
		{"“”„‟«»「」『』【】〈〉《》〔〕", '"'}, {"‘’‚‛′", '\''}, {"‐‑‒–—―−﹣", '-'}, {"﹕∶꞉︰", ':'}, {"﹦", '='},
		{"、﹐", ','}, {"。", ';'}, {"•●∗", '*'}, {"…", ellipsis}, {"\u00a0\u3000\u2002\u2003\u2009\u202f", ' '},
	} {
		if strings.ContainsRune(class.chars, r) {
			return class.by
		}
		if class.by == noun && r > 0x3040 && r < 0xfe00 {
			return other
		}
	}
	return other
}

// Invisible reports whether a character has no width, or turns the direction of
// writing around.
func Invisible(r rune) bool {
	switch {
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r >= 0x17b4 && r <= 0x17b5, r >= 0x180b && r <= 0x180f,
		r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0x3164, r >= 0xfe00 && r <= 0xfe0f, r == 0xfeff, r == 0xffa0, r >= 0xe0000 && r <= 0xe0fff:
		return true
	}
	return false
}
