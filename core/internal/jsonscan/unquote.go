package jsonscan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote appends the text of a JSON string (without its quotes) to dst. Half a
// surrogate pair becomes U+FFFD; so does a malformed escape.
func Unquote(dst, raw []byte) []byte {
	var d Unquoter
	return d.Flush(d.Append(dst, raw))
}

// Unquoter unquotes a text that comes in several JSON strings. A surrogate pair
// that a provider split between two of them is put together again, as it would
// be in JavaScript. The zero value is ready.
type Unquoter struct {
	high rune // the first half of a pair, waiting for the second
}

// Append appends the text of raw to dst. The first half of a surrogate pair at
// its end is held back for the next call.
func (u *Unquoter) Append(dst, raw []byte) []byte {
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\\')
		if n != 0 {
			dst = u.Flush(dst)
			if n < 0 {
				return append(dst, raw...)
			}
			dst = append(dst, raw[:n]...)
			raw = raw[n:]
		}
		var r rune
		r, raw = escape(raw)
		if u.high != 0 {
			pair := utf16.DecodeRune(u.high, r)
			if pair != utf8.RuneError {
				dst, u.high = utf8.AppendRune(dst, pair), 0
				continue
			}
			dst = u.Flush(dst)
		}
		if r >= 0xD800 && r < 0xDC00 {
			u.high = r
			continue
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// Pending reports whether half a surrogate pair is held back.
func (u *Unquoter) Pending() bool { return u.high != 0 }

// Flush appends what is held back, as U+FFFD.
func (u *Unquoter) Flush(dst []byte) []byte {
	if u.high != 0 {
		u.high = 0
		dst = utf8.AppendRune(dst, utf8.RuneError)
	}
	return dst
}

// escape reads the escape at the start of raw.
func escape(raw []byte) (r rune, rest []byte) {
	if len(raw) < 2 {
		return utf8.RuneError, nil
	}
	rest = raw[2:]
	switch raw[1] {
	case '"', '\\', '/':
		return rune(raw[1]), rest
	case 'b':
		return '\b', rest
	case 'f':
		return '\f', rest
	case 'n':
		return '\n', rest
	case 'r':
		return '\r', rest
	case 't':
		return '\t', rest
	case 'u':
		if len(rest) < 4 {
			return utf8.RuneError, nil
		}
		for _, h := range rest[:4] {
			digit := hex(h)
			if digit < 0 {
				return utf8.RuneError, rest
			}
			r = r<<4 | digit
		}
		return r, rest[4:]
	}
	return utf8.RuneError, rest
}

func hex(b byte) rune {
	switch {
	case b >= '0' && b <= '9':
		return rune(b - '0')
	case b >= 'a' && b <= 'f':
		return rune(b-'a') + 10
	case b >= 'A' && b <= 'F':
		return rune(b-'A') + 10
	}
	return -1
}
