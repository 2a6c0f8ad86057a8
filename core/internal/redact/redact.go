// Package redact hides secrets and ids in texts that came from outside.
//
// A text is searched as its reader means it, not as it is written: escapes of
// JSON, URLs and HTML are undone first, however deep they are nested, and
// full-width signs are plain ones (view.go, escapes.go). In that view a secret is
// known by one of three rules:
//
//   - its shape: a provider's prefix, or a long run of random letters and
//     digits (shapes.go, random.go);
//   - the name before it (names.go, field.go), with what stands between the two
//     (connection.go, prose.go), up to where it ends (value.go): after "api_key="
//     anything is a secret, after "the key" only what looks like one;
//   - the place in a URL (url.go): user, query and fragment are left out.
//
// What is hidden in the view is cut out of the text as it was written. All
// takes linear time: what is looked at ahead is bounded, or hidden.
package redact

import (
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
)

const (
	// Mark stands where a secret stood.
	Mark   = "[redacted]"
	markID = "[id]"
)

// Text returns s with [Mark] in the place of secrets and "[id]" in that of ids,
// and without user, query and fragment of its URLs. It stops where the result
// has enough bytes. Clean reports that it met nothing that could become a secret
// where the result is cut off: no name of one, no prefix, no URL.
func Text(s string, enough int) (shown string, clean bool) {
	r := redactor{view: newView(s)}
	i := 0
	for i < len(r.text) && r.out.Len()+r.pos(i)-r.done < enough {
		i = r.step(i)
	}
	end := max(r.pos(i), r.done)
	if r.done == 0 {
		return s[:end], !r.met
	}
	r.out.WriteString(s[r.done:end])
	return r.out.String(), false
}

// isMarked reports whether a [Mark] stands at text[i], ours or somebody else's.
func isMarked(text string, i int) bool {
	return text[i] == '[' && ascii.HasPrefixFold(text[i:], Mark)
}

// redactor writes what a view shows to out, src[:done] so far, less what it
// leaves out.
type redactor struct {
	view
	out  strings.Builder
	done int
	// query is where the query of the URL being read begins.
	query int
	// end is where that URL ends, 0 outside of URLs.
	end int
	// met: there was something that is not clean.
	met bool
}

// step looks at text[i] and returns the offset to go on at.
func (r *redactor) step(i int) int {
	if r.end > 0 && i >= r.query {
		return r.cutQuery(i)
	}
	switch c := r.text[i]; {
	case isAlnum(c):
		if i == 0 || !isAlnum(r.text[i-1]) || ascii.CamelStart(r.text, i) {
			if from, to := r.field(i); to > 0 {
				return r.hide(from, to, Mark)
			}
			if to, by := r.token(i); to > 0 {
				return r.hide(i, to, by)
			}
		}
		return wordEnd(r.text, i)
	case c == ' ':
	case c == ':':
		if i > 0 && isAlnum(r.text[i-1]) && strings.HasPrefix(r.text[i:], "://") {
			return r.enterURL(i + len("://"))
		}
	case c == '[':
		if isMarked(r.text, i) {
			r.met = true
			return r.follow(i + len(Mark))
		}
	case c == '*':
		r.met = true
		if from, to := maskedToken(r.text, i); to > 0 {
			for r.pos(from) < r.done {
				from++
			}
			return r.hide(from, to, Mark)
		}
	case c == '?':
		if r.endsPath(i) {
			r.met = true
			r.query, r.end = i, r.urlEnd(i)
			return r.cutQuery(i)
		}
	case c == '-':
		if to := pemEnd(r.text, i); to > 0 {
			return r.hide(i, to, Mark)
		}
	case c == noun:
		r.met = true
		if from, to := r.valueOf(i, i+1, vague); to > 0 {
			return r.hide(from, to, Mark)
		}
	}
	return i + 1
}

// hide puts by in the place of text[from:to] and returns the offset to go on at.
func (r *redactor) hide(from, to int, by string) int {
	r.replace(from, to, by)
	if by == Mark {
		return r.follow(to)
	}
	return to
}

func (r *redactor) replace(from, to int, by string) {
	if r.done == 0 {
		r.out.Grow(len(r.src) + len(Mark))
	}
	r.out.WriteString(r.src[r.done:r.pos(from)])
	r.out.WriteString(by)
	r.done = r.pos(to)
}

// follow hides what looks like a key right after a secret that ends at i: the
// next of a list, the other half of a pair, what a mask left over.
func (r *redactor) follow(i int) int {
	for {
		from := i
		if from < len(r.text) && strings.IndexByte(".-_/~", r.text[from]) >= 0 {
			from++
		}
		for from < len(r.text) && from-i < maxGap && !isMarked(r.text, from) {
			n := gap(r.text, from)
			if n == 0 && strings.IndexByte(",;:=", r.text[from]) >= 0 {
				n = 1
			}
			if n == 0 {
				n = listWord(r.text, from)
			}
			if n == 0 {
				break
			}
			from += n
		}
		// What a URL's query holds is left out anyway.
		if r.end > 0 && from >= r.query || !keyLike(r.text[from:]) {
			return i
		}
		to := tokenEnd(r.text, from)
		r.replace(from, to, Mark)
		i = to
	}
}

// listWord returns the length of the "and" or "or" between two of a list.
func listWord(text string, i int) int {
	for _, word := range [...]string{"and", "or"} {
		end := i + len(word)
		if ascii.HasPrefixFold(text[i:], word) && gap(text, i-1) > 0 && end < len(text) && gap(text, end) > 0 {
			return len(word)
		}
	}
	return 0
}
