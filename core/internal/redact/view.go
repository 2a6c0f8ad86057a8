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
	// src is the text as written.
	src string
	// text is src with its escapes undone.
	text string
	// at is where text stands in src: text[i] is src[at[i]:at[i+1]]. It is nil where
	// text is src.
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

// pos returns the offset in src of text[i].
func (v *view) pos(i int) int {
	if v.at == nil {
		return i
	}
	return int(v.at[i])
}

// width returns how many bytes of src text[i] stands for.
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

// nextEscape returns the offset of the first escape at or after text[i], or the
// text's length.
func (v *view) nextEscape(i int) int {
	for i < len(v.text) && !v.mayEscape(v.text[i]) {
		i++
	}
	return i
}

// mayEscape reports whether an escape may begin with c. After the first decoding
// no character has several bytes.
func (v *view) mayEscape(c byte) bool {
	return c == '\\' || c == '%' || c == '&' || c >= utf8.RuneSelf && v.at == nil
}

// escape begins a sequence that tells a terminal of colors, say.
const escape = 0x1b

// colorEnd returns the length of the rest of such a sequence at the start of s,
// 0 where it is none: "[1;33m".
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

// fold returns the byte that stands for a character in a view, 0 for one that
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
