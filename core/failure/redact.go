package failure

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

const (
	redacted   = "[redacted]"
	redactedID = "[id]"
)

// redact replaces secrets and ids in a text, and cuts user, query and fragment
// out of its URLs. It stops where the result has enough bytes.
func redact(s string, enough int) string {
	r := redactor{s: s}
	i := 0
	for i < len(s) && r.out.Len()+i-r.done < enough {
		i = r.step(i)
	}
	if r.done == 0 {
		return s[:min(i, len(s))]
	}
	r.out.WriteString(s[r.done:max(i, r.done)])
	return r.out.String()
}

// redactor writes s to out, s[:done] so far, less what it leaves out.
type redactor struct {
	s    string
	out  strings.Builder
	done int
	// query and end are where the query of the URL being read begins and
	// ends; end is 0 outside of URLs.
	query, end int
}

// step looks at s[i] and gives the offset to go on at.
func (r *redactor) step(i int) int {
	if r.end > 0 && i >= r.query {
		return r.cutQuery(i)
	}
	switch c := r.s[i]; {
	case c == ':':
		if n := urlMark(r.s[i:]); n > 0 && i > 0 && isAlnum(r.s[i-1]) {
			return r.enterURL(i + n)
		}
	case c == '*' || c >= 0x80:
		if from, to := maskedToken(r.s, i, r.done); to > 0 {
			return r.replace(from, to, redacted)
		}
	case isAlnum(c) && startsWord(r.s, i):
		if from, to := fieldValue(r.s, i); to > 0 {
			return r.replace(from, max(to, fieldsEnd(r.s, from, to)), redacted)
		}
		if to, by := tokenAt(r.s, i); to > 0 {
			return r.replace(i, to, by)
		}
		if i == 0 || r.s[i-1] != '%' && r.s[i-1] != '\\' {
			return wordEnd(r.s, i) // No other word begins before, as after an escape.
		}
	}
	return i + 1
}

// replace writes what comes before s[from:to], then by, and gives to.
func (r *redactor) replace(from, to int, by string) int {
	if r.done == 0 {
		r.out.Grow(len(r.s) + len(redacted))
	}
	r.out.WriteString(r.s[r.done:from])
	r.out.WriteString(by)
	r.done = to
	return to
}

// enterURL reads the authority of a URL, which begins at s[i], without its
// user, and gives the offset of what follows the user.
func (r *redactor) enterURL(i int) int {
	if i >= r.end { // A URL in the path of another ends with it.
		r.end = urlEnd(r.s, i)
		r.query = r.end
		if n := ascii.IndexAny(r.s[i:r.end], "?#"); n >= 0 {
			r.query = i + n
		}
	}
	host := r.query
	if n := ascii.IndexAny(r.s[i:r.query], `/\`); n >= 0 {
		host = i + n
	}
	if at := strings.LastIndexByte(r.s[i:host], '@'); at >= 0 {
		return r.replace(i, i+at+1, "")
	}
	return i
}

// cutQuery leaves out the query and fragment of a URL, as far as they are not
// behind already, and with them a secret that begins inside and goes on.
func (r *redactor) cutQuery(i int) int {
	query, end := r.query, r.end
	r.end = 0
	if i >= end {
		return i
	}
	return r.replace(max(query, r.done), max(end, fieldsEnd(r.s, query, end)), "")
}

// fieldsEnd gives the end of the last secret whose name or scheme begins in
// s[from:to], or 0. A value may hold a name or a scheme itself, as in
// "x-api-key: Bearer abc", and is searched as well.
func fieldsEnd(s string, from, to int) (end int) {
	for i := from; i < max(to, end) && end < len(s); i++ {
		if startsWord(s, i) {
			_, valueEnd := fieldValue(s, i)
			end = max(end, valueEnd)
		}
	}
	return end
}

// fieldValue finds the secret whose name or scheme stands at s[i].
func fieldValue(s string, i int) (from, to int) {
	if from, to = namedValue(s, i); to > 0 {
		return from, to
	}
	return schemeValue(s, i)
}

// namedValue finds the value of a secret field whose name begins at s[i].
func namedValue(s string, i int) (from, to int) {
	first := lower(s[i])
	switch first {
	case 'a', 'c', 'i', 'k', 'p', 'r', 's', 't': // No other letter begins a name.
	default:
		return 0, 0
	}
	for n := range secretNames {
		field := &secretNames[n]
		if field.name[0] != first || i+1 == len(s) || field.name[1] != lower(s[i+1]) {
			continue
		}
		end := matchName(s, i, field)
		if end < 0 {
			continue
		}
		from, sign := afterSign(s, end)
		if sign == 0 {
			continue
		}
		if strings.HasPrefix(s[from-1:], redacted) {
			return 0, 0 // This text was here before.
		}
		to = valueEnd(s, from, field.line)
		value := s[from:to]
		inJSON := i > 0 && strings.IndexByte("\"'", s[i-1]) >= 0 && end < len(s) && strings.IndexByte("\"'\\", s[end]) >= 0
		if field.common && sign == ':' && !inJSON && !looksRandom(value) {
			continue
		}
		if value != "" {
			return from, to
		}
	}
	return 0, 0
}

// matchName gives the offset after a name that stands at s[i], or -1. Unless
// the name is a common word, its plural counts too.
func matchName(s string, i int, field *named) int {
	for n := 0; n < len(field.name); n++ {
		if field.name[n] == ' ' {
			if i < len(s) && strings.IndexByte(" -_", s[i]) >= 0 {
				i++
			}
			continue
		}
		if i >= len(s) || lower(s[i]) != field.name[n] {
			return -1
		}
		i++
	}
	if i < len(s) && lower(s[i]) == 's' && !field.common {
		i++
	}
	if i < len(s) && isAlnum(s[i]) && !camelStart(s, i) {
		return -1
	}
	return i
}

// afterSign skips quotes and white space around a '=' or ':' and gives the
// offset after them and the sign, 0 if there is none. A percent-encoded sign
// counts, as URLs are often quoted inside others.
func afterSign(s string, i int) (int, byte) {
	const around = "\"'`\\ \t["
	for i < len(s) && strings.IndexByte(around+"]", s[i]) >= 0 {
		i++
	}
	var sign byte
	switch {
	case i >= len(s):
		return i, 0
	case s[i] == '=' || s[i] == ':':
		sign = s[i]
		i++
	case hasPrefixFold(s[i:], "%3d"), hasPrefixFold(s[i:], "%3a"):
		sign = '='
		i += 3
	default:
		return i, 0
	}
	for i < len(s) && strings.IndexByte(around+"=:>\n", s[i]) >= 0 {
		i++
	}
	return i, sign
}

// valueEnd gives the offset where the value at s[i] ends. A quoted value ends
// at its quote, one that takes the line at any quote or line feed, any other
// at white space or a separator too.
func valueEnd(s string, i int, line bool) int {
	end := i
	switch {
	case i > 0 && strings.IndexByte("\"'`", s[i-1]) >= 0:
		for end < len(s) && s[end] != s[i-1] && s[end] != '\\' {
			end++
		}
		return end
	case line:
		for end < len(s) && strings.IndexByte("\"'`<\n", s[end]) < 0 {
			end++
		}
	default:
		for end < len(s) && strings.IndexByte("\"'`<\n \t,;&", s[end]) < 0 {
			end++
		}
		if strings.Contains(s[i:end], "://") {
			end = urlEnd(s, end) // The '&' was one of a query.
		}
	}
	if end > i+1 && s[end-1] == '.' {
		end-- // The end of a sentence, not of the value.
	}
	return end
}

// looksRandom tells a value from a word: eight characters with a digit.
func looksRandom(value string) bool {
	return len(value) >= 8 && hasDigit(value)
}

// schemeValue finds the credentials after "Bearer" or "Basic".
func schemeValue(s string, i int) (from, to int) {
	var prose func(string) bool
	switch {
	case lower(s[i]) != 'b':
		return 0, 0
	case hasPrefixFold(s[i:], "bearer"):
		from, prose = i+len("bearer"), aboutTokens
	case hasPrefixFold(s[i:], "basic"):
		from, prose = i+len("basic"), isPlainWord
	default:
		return 0, 0
	}
	start := from
	for from < len(s) && strings.IndexByte(" \t:+", s[from]) >= 0 {
		from++
	}
	if strings.HasPrefix(s[from:], "%20") {
		from += 3
	}
	if from == start {
		return 0, 0
	}
	to = valueEnd(s, from, false)
	if value := strings.TrimRight(s[from:to], ".!?)"); value == "" || prose(value) {
		return 0, 0
	}
	return from, to
}

// aboutTokens tells whether the word after "Bearer" only speaks of tokens.
func aboutTokens(word string) bool {
	switch ascii.ToLower(word) {
	case "token", "tokens", "auth", "authentication", "authorization", "credentials", "header",
		"scheme", "is", "in", "or", "and", "not", "missing", "required":
		return true
	}
	return strings.HasPrefix(word, "realm=") || strings.HasPrefix(word, "error=")
}

// isPlainWord tells whether a word is letters in the usual case: "Basic plan".
func isPlainWord(word string) bool {
	for i := 0; i < len(word); i++ {
		if !isLower(word[i]) && (i > 0 || !isUpper(word[i])) {
			return false
		}
	}
	return true
}

// startsWord tells whether a word begins at s[i]. Escapes such as %20 and
// \u0026 end the word before them.
func startsWord(s string, i int) bool {
	if !isAlnum(s[i]) {
		return false
	}
	if i == 0 || !isAlnum(s[i-1]) || camelStart(s, i) {
		return true
	}
	if i >= 3 && s[i-3] == '%' && isHex(s[i-2]) && isHex(s[i-1]) {
		return true
	}
	return i >= 6 && strings.HasPrefix(s[i-6:], `\u00`) && isHex(s[i-2]) && isHex(s[i-1])
}

func isHex(c byte) bool {
	return isDigit(c) || lower(c) >= 'a' && lower(c) <= 'f'
}
