package redact

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

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

// nameAt returns the end and the strength of the name at text[i]; 0 where there
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
		if from := end - len(n.text); from > i && ascii.HasPrefixFold(text[from:], n.text) {
			return end, n.strength
		}
	}
	return 0, 0
}

// matchName returns the offset after a name that stands at text[i], or 0.
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
	if i < len(text) && isAlnum(text[i]) && !ascii.CamelStart(text, i) {
		return 0
	}
	return i
}

// numbered returns the offset after what tells a name at text[:i] from others of its
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
	if end == start && ascii.HasPrefixFold(text[end:], "value") {
		end += len("value")
	}
	if end == start || end < len(text) && isAlnum(text[end]) {
		return i
	}
	return end
}

// gap returns the length of what stands at text[i] and may stand between a name
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

// lastName returns the end and the strength of a name that ends the words joined
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
