package redact

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

// enterURL reads the authority of a URL, which begins at text[i], without its
// user, and returns the offset of what follows the user.
func (r *redactor) enterURL(i int) int {
	r.met = true
	if i >= r.end { // A URL in the path of another ends with it.
		r.end = r.urlEnd(i)
		r.query = r.end
		if n := ascii.IndexAny(r.text[i:r.end], "?#"); n >= 0 {
			r.query = i + n
		}
	}
	host := r.query
	if n := ascii.IndexAny(r.text[i:r.query], `/\`); n >= 0 {
		host = i + n
		if colon := strings.IndexByte(r.text[i:host], ':'); colon >= 0 && !isPort(r.text[i+colon+1:host]) {
			host = min(r.query, i+maxToken) // A password that holds a slash.
		}
	}
	if at := strings.LastIndexByte(r.text[i:host], '@'); at >= 0 {
		r.replace(i, i+at+1, "")
		return i + at + 1
	}
	return i
}

// endsPath reports whether the query of a URL without a scheme begins at
// text[i], as in "POST /v1?code=x HTTP/1.1": a path stands before and a name
// with '=' after it.
func (v *view) endsPath(i int) bool {
	text := v.text
	end := i + 1
	for end < len(text) && end-i < maxGap && (isAlnum(text[end]) || strings.IndexByte("-_.$", text[end]) >= 0) {
		end++
	}
	if end == i+1 || end == len(text) || text[end] != '=' {
		return false
	}
	for start := i - 1; start >= 0 && i-start < maxGap && class[text[start]]&(stops|lineStops) == 0; start-- {
		if text[start] == '/' {
			return true
		}
	}
	return false
}

// isPort reports whether s may follow the colon after a host.
func isPort(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// cutQuery leaves out the query and fragment of a URL, as far as they are not
// behind already, and with them a secret that begins inside and goes on.
func (r *redactor) cutQuery(i int) int {
	query, end := r.query, r.end
	r.end = 0
	if i >= end {
		return i
	}
	from := query
	for r.pos(from) < r.done {
		from++
	}
	for at := query; at < end; {
		if !isAlnum(r.text[at]) {
			at++
			continue
		}
		if _, to := r.field(at); to > 0 {
			at, end = to, max(end, to)
			continue
		}
		at = wordEnd(r.text, at)
	}
	r.replace(from, end, "")
	return end
}

// urlEnd returns the offset where the URL around text[i] ends: at white space, a
// quote or an angle bracket. One that is escaped as %22 belongs to the URL,
// unless the whole URL is escaped so.
func (v *view) urlEnd(i int) int {
	escaped := v.width(i - 1) // that of the "://"
	for ; i < len(v.text); i++ {
		switch c := v.text[i]; {
		case c <= ' ', c == '<', c == '>', isQuote(c):
			if v.width(i) <= escaped || !isPercent(v.src[v.pos(i):v.pos(i+1)]) {
				return i
			}
		}
	}
	return i
}

// isPercent reports whether an escape is one of URLs, itself escaped or not.
func isPercent(escape string) bool {
	for _, percent := range [...]string{"%", "0025", "37;", "％"} {
		if strings.Contains(escape, percent) {
			return true
		}
	}
	return false
}
