package redact

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// connection is what stands between a name and its value.
type connection struct {
	quoted bool // The name is, as in JSON.
	tag    bool // The name is that of an element of XML.
	sign   byte // the last of '=', ':', ',' and '>', or 0
	words  int  // of prose
	since  int  // those after the sign
}

// newConnection begins after the name text[start:end].
func newConnection(text string, start, end int) connection {
	for first := start; start > 0 && first-start < maxGap && (isAlnum(text[start-1]) || text[start-1] == '-' || text[start-1] == '_'); {
		start-- // to the beginning of "x-api-key"
	}
	if start == 0 {
		return connection{}
	}
	before := text[start-1]
	return connection{quoted: isQuote(before) && end < len(text) && isQuote(text[end]), tag: before == '<'}
}

// direct reports whether the value follows the sign.
func (c *connection) direct() bool { return c.sign != 0 && c.since == 0 }

// skip takes note of a sign at text[i] and returns the length of it or of what
// has no meaning; 0 where the value or a word begins.
func (c *connection) skip(text string, i int) int {
	switch sign := text[i]; {
	case sign == '=', sign == ':', sign == ',' && c.sign == 0:
		c.sign, c.since = sign, 0
		return 1
	case sign == '>' && c.sign == 0 && c.tag:
		c.sign = sign
	case sign >= other:
		c.since++
	}
	return gap(text, i)
}

// serialized returns the length of the ;s:1: that PHP writes between a name and
// its value in quotes, and which stands for a sign.
func (c *connection) serialized(text string, i int) int {
	if text[i] != ';' || !ascii.HasPrefixFold(text[i+1:], "s:") {
		return 0
	}
	end := alnumEnd(text, i+len(";s:"))
	if end+1 >= len(text) || text[end] != ':' || !isQuote(text[end+1]) {
		return 0
	}
	c.sign, c.since = ':', 0
	return end + 1 - i
}

// mayHide reports whether the value that begins at text[i] can be secret whatever
// it looks like.
func (c *connection) mayHide(s strength, text string, i int) bool {
	if !c.direct() || s == vague || s == common && (c.words > 0 || c.sign != '=' && !c.quoted) {
		return false
	}
	if end := alnumEnd(text, i); c.words > 0 && isWord(text[i:end]) {
		return end < len(text) && (isTokenByte(text[end]) || isScheme(text, i, end))
	}
	return true
}

// hides reports whether the value text[from:to], which may be secret, is.
func (c *connection) hides(s strength, text string, from, to int) bool {
	if from > 1 && text[from-2] == '{' && to+1 < len(text) && isQuote(text[to]) && text[to+1] == ':' {
		return false // The name of the first field of an object.
	}
	switch c.sign {
	case ',': // a pair: ('password', 'x')
		return s >= strong && c.quoted && isQuote(text[from-1]) && !isName(text[from:to])
	case '>':
		return s >= strong && to < len(text) && text[to] == '<'
	}
	return s >= strong || !isPath(text[from:to])
}

// typedEnd returns the end of a value in quotes whose type stands at text[i], as in
// Some("x"), SecretStr('x'), and PHP's string(1) "x"; 0 where there is none.
func typedEnd(text string, i int) int {
	end := alnumEnd(text[:min(len(text), i+maxGap)], i)
	if end == i || end == len(text) || text[end] != '(' {
		return 0
	}
	for end++; end < len(text) && end-i < maxGap && (isDigit(text[end]) || text[end] == ')' || gap(text, end) > 0); end++ {
		if isQuote(text[end]) {
			n := strings.IndexByte(text[end+1:min(len(text), end+maxList)], text[end])
			return end + 1 + max(n, 0)
		}
	}
	return 0
}

// objectEnd returns the offset of the brace that closes the object at text[i],
// or where one that is too long, or was cut off, is given up.
func objectEnd(text string, i int) int {
	end := min(len(text), i+maxList)
	if n := strings.IndexByte(text[i:end], '}'); n >= 0 {
		return i + n
	}
	return end
}
