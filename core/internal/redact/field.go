package redact

import "strings"

const (
	// maxGap is how many bytes may stand between a name and its value.
	maxGap = 96
	// maxWords is how many words may.
	maxWords = 6
	// maxList is how long a list in brackets may be.
	maxList = 512
	// maxNames is how many names may stand in a row before a value.
	maxNames = 4
)

// field finds the secret whose name or scheme stands at text[i].
func (r *redactor) field(i int) (from, to int) {
	if end, strength := nameAt(r.text, i); end > 0 {
		r.met = true
		if from, to = r.valueOf(i, end, strength); to > 0 {
			return from, to
		}
	}
	if end, from, prose := schemeAt(r.text, i); end > 0 {
		r.met = true
		if !prose {
			return from, r.valueEnd(from, false)
		}
	}
	return 0, 0
}

// nameAt gives the end and the strength of the name at text[i]; 0 where there
// is none.
func nameAt(text string, i int) (end int, s strength) {
	if first := lower(text[i]); isLower(first) && i+1 < len(text) {
		if second := lower(text[i+1]); strings.IndexByte(names[first-'a'].seconds, second) >= 0 {
			for k := range names[first-'a'].names {
				n := &names[first-'a'].names[k]
				if n.text[1] != second {
					continue
				}
				if end := matchName(text, i, n); end > 0 {
					return end, n.strength
				}
			}
		}
	}
	if i > 0 && isAlnum(text[i-1]) {
		return 0, 0
	}
	if end = alnumEnd(text, i); end-i < 5 || end-i > 40 {
		return 0, 0
	}
	switch lower(text[end-1]) { // the last letter of each ending
	case 'd', 'n', 't', 'y':
	default:
		return 0, 0
	}
	for k := range endings {
		n := &endings[k]
		if n.text[len(n.text)-2] != lower(text[end-2]) {
			continue
		}
		if from := end - len(n.text); from > i && hasPrefixFold(text[from:], n.text) {
			return end, n.strength
		}
	}
	return 0, 0
}

// matchName gives the offset after a name that stands at text[i], or 0.
func matchName(text string, i int, n *name) int {
	for k := range len(n.text) {
		if n.text[k] == ' ' {
			if i < len(text) && strings.IndexByte(" -_.+", text[i]) >= 0 {
				i++
			}
			continue
		}
		if i >= len(text) || lower(text[i]) != n.text[k] {
			return 0
		}
		i++
	}
	if n.strength >= strong {
		if i < len(text) && lower(text[i]) == 's' {
			i++
		}
		i = numbered(text, i)
	}
	if i < len(text) && isAlnum(text[i]) && !camelStart(text, i) {
		return 0
	}
	return i
}

// numbered gives the offset after what tells a name at text[:i] from others of its
// kind: api_key_2, apiKey1, secret_value.
func numbered(text string, i int) int {
	end := i
	if end < len(text) && (text[end] == '_' || text[end] == '-') {
		end++
	}
	start := end
	for end < len(text) && end-start < 2 && isDigit(text[end]) {
		end++
	}
	if end == start && hasPrefixFold(text[end:], "value") {
		end += len("value")
	}
	if end == start || end < len(text) && isAlnum(text[end]) {
		return i
	}
	return end
}

// gap gives the length of what stands at text[i] and may stand between a name
// and its value without a meaning: white space, quotes, brackets, the b before
// a byte string of Python, a sign of markup or of a list.
func gap(text string, i int) int {
	if class[text[i]]&gaps != 0 {
		return 1
	}
	switch text[i] {
	case '*':
		if !strings.HasPrefix(text[i:], "***") && (i < 2 || text[i-2:i] != "**") {
			return 1
		}
	case '-':
		if i+1 < len(text) && strings.IndexByte(" +>\n", text[i+1]) >= 0 {
			return 1
		}
	case 'b', 'B', 'u', 'r', 'f':
		if i+1 < len(text) && isQuote(text[i+1]) && !isAlnum(text[i-1]) {
			return 1
		}
	}
	return 0
}

// valueOf finds the secret after the name text[start:i].
//
// What stands between is skipped: signs, quotes and brackets, the words of
// prose, and other names. Whether the value is secret depends on them: after a
// sign it is what the name says, in a sentence only what looks like a key.
func (v *view) valueOf(start, i int, s strength) (from, to int) {
	text := v.text
	c := newConnection(text, start, i)
	names, ends := 1, i // how many, and where the last one ends
	for limit := min(len(text), i+maxGap); i < limit && c.words < maxWords; {
		if isMarked(text, i) {
			return 0, 0 // Somebody was here before; follow looks further.
		}
		if n := c.skip(text, i); n > 0 {
			i += n
			continue
		}
		if n := c.serialized(text, i); n > 0 {
			i += n
			continue
		}
		if !isAlnum(text[i]) {
			break
		}
		end, credentials, about := schemeAt(text, i)
		if credentials > 0 && !about {
			if !c.direct() {
				i = credentials
			}
			return i, max(v.valueEnd(credentials, false), v.valueEnd(i, s == line && c.direct()))
		}
		if c.direct() && typedEnd(text, i) > 0 {
			break
		}
		if end == 0 {
			end = proseEnd(text, i)
		}
		if end > 0 && (s < line || !c.direct() || !isScheme(text, i, end)) {
			c.words, c.since = c.words+1, c.since+1
			i = end
			continue
		}
		end, next := lastName(text, i)
		if end == 0 || names == maxNames {
			break
		}
		if s > common && c.direct() && (end == len(text) || text[end] != ':' && text[end] != '=') {
			break // It may look like a name, but is the value.
		}
		names++
		c, s = newConnection(text, i, end), max(s, next)
		i, ends = end, end
	}
	if i < len(text) && (i > ends || text[i] == '/') && !isMarked(text, i) && text[i:] != cutOff {
		if s == line && c.direct() && i > 1 && text[i-2] == '{' && isQuote(text[i-1]) {
			return i, objectEnd(text, i) // cookies={'sid': 'x'}
		}
		if c.mayHide(s, text, i) {
			if to = max(v.valueEnd(i, s == line), typedEnd(text, i)); to > i && c.hides(s, text, i, to) {
				return i, v.listEnd(i, to)
			}
		}
		if keyLike(text[i:]) {
			return i, tokenEnd(text, i)
		}
	}
	return 0, 0
}

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

// direct tells whether the value follows the sign.
func (c *connection) direct() bool { return c.sign != 0 && c.since == 0 }

// skip takes note of a sign at text[i] and gives the length of it or of what
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

// serialized gives the length of the ;s:1: that PHP writes between a name and its value
// in quotes, and which stands for a sign.
func (c *connection) serialized(text string, i int) int {
	if text[i] != ';' || !hasPrefixFold(text[i+1:], "s:") {
		return 0
	}
	end := alnumEnd(text, i+len(";s:"))
	if end+1 >= len(text) || text[end] != ':' || !isQuote(text[end+1]) {
		return 0
	}
	c.sign, c.since = ':', 0
	return end + 1 - i
}

// typedEnd gives the end of a value in quotes whose type stands at text[i], as in
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

// objectEnd gives the offset of the brace that closes the object at text[i], or where
// one that is too long, or was cut off, is given up.
func objectEnd(text string, i int) int {
	end := min(len(text), i+maxList)
	if n := strings.IndexByte(text[i:end], '}'); n >= 0 {
		return i + n
	}
	return end
}

// mayHide tells whether the value that begins at text[i] can be secret whatever
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

// hides tells whether the value text[from:to], which may be secret, is.
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

// lastName gives the end and the strength of a name that ends the words joined
// by '-' and '_' at text[i], as in "x-api-key"; 0 where there is none.
func lastName(text string, i int) (int, strength) {
	end := i
	for end < len(text) && end-i < maxGap && (isAlnum(text[end]) || text[end] == '-' || text[end] == '_') {
		end++
	}
	for first := i; i < end; i = wordEnd(text, i) {
		for !isAlnum(text[i]) {
			if i++; i == end {
				return 0, 0
			}
		}
		if to, s := nameAt(text, i); to == end && s > vague && !keyLike(text[first:end]) {
			return end, s
		}
	}
	return 0, 0
}
