package failure

import (
	"strings"
	"unicode/utf8"

	"github.com/retrystream/retrystream/core/internal/ascii"
	"github.com/retrystream/retrystream/core/internal/redact"
)

// maxDetail is how long a detail may be, in characters.
const maxDetail = 500

// Detail makes a text that came from outside fit to be shown: at most 500
// characters (a longer one ends in "…"), valid UTF-8, on one line, without
// control and invisible characters, and without secrets. API keys, tokens and
// the values of fields such as api_key and Authorization become "[redacted]",
// ids of accounts and conversation items become "[id]", and URLs lose their
// user, query and fragment. An HTML page is reduced to its title.
//
// Secrets are known by their shape or by the name before them. One that looks
// like an ordinary word and stands without a name is not found.
//
// The result is still untrusted: put it into text nodes only.
func Detail(raw string) string {
	// What is cut and put together anew may read as something else: Detail of
	// a detail is the same. Each round leaves out more, so a few are enough.
	for range 8 {
		next, final := detail(raw)
		if final || next == raw {
			return next
		}
		raw = next
	}
	return raw
}

// detail is one round of [Detail]. Final is set where another one would change
// nothing.
func detail(raw string) (text string, final bool) {
	if len(raw) > maxText {
		// The last word may be half a secret, which redact would not know.
		raw = raw[:maxText]
		for i := len(raw) - 1; i >= 0; i-- {
			if strings.IndexByte(" \t\r\n", raw[i]) >= 0 {
				raw = raw[:i]
				break
			}
		}
	}
	text = plain(redact.WithoutColors(raw))
	marked := markupStart(text) >= 0
	text = collapse(withoutMarkup(text), true)
	// Four bytes a character are enough, one in ASCII; a little more, because
	// white space may still go.
	enough := 4 * maxDetail
	if isPlain(text) {
		enough = maxDetail
	}
	text, clean := redact.Text(text, enough+enough/4)
	return shorten(collapse(text, false)), clean && !marked
}

// collapse makes every run of white space one space or, where lines is set and
// the run holds a line feed, one line feed, and trims both ends.
func collapse(s string, lines bool) string {
	s = strings.TrimSpace(s)
	var out []byte
	done := 0
	for i := 0; i < len(s); i++ {
		if s[i] != ' ' && s[i] != '\n' {
			continue
		}
		start, by := i, byte(' ')
		for ; s[i] == ' ' || s[i] == '\n'; i++ { // Something follows, as s is trimmed.
			if s[i] == '\n' && lines {
				by = '\n'
			}
		}
		if i-start > 1 || s[start] != by {
			if out == nil {
				out = make([]byte, 0, len(s))
			}
			out = append(append(out, s[done:start]...), by)
			done = i
		}
	}
	if out == nil {
		return s
	}
	return string(append(out, s[done:]...))
}

// plain makes a text valid UTF-8, turns control characters into spaces, keeps
// line feeds, and drops characters that are invisible or turn the direction of
// writing around.
func plain(s string) string {
	if isPlain(s) {
		return s
	}
	out := make([]byte, 0, len(s))
	done := 0 // s[:done] is in out.
	for i, r := range s {
		var by string
		switch {
		case r == '\n', r >= ' ' && r < 0x7f:
			continue
		case r == '\r', r == 0x85, r == 0x2028, r == 0x2029:
			by = "\n"
		case r < ' ', r >= 0x7f && r <= 0xa0, r >= 0x2000 && r <= 0x200a,
			r == 0x202f, r == 0x205f, r == 0x3000:
			by = " "
		case redact.Invisible(r):
		case r == utf8.RuneError:
			by = "\ufffd"
		default:
			continue
		}
		out = append(append(out, s[done:i]...), by...)
		_, size := utf8.DecodeRuneInString(s[i:])
		done = i + size
	}
	return string(append(out, s[done:]...))
}

// isPlain reports whether plain has nothing to do, which is the usual case.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] != '\n' && (s[i] < ' ' || s[i] >= 0x7f) {
			return false
		}
	}
	return true
}

// withoutMarkup replaces an HTML or XML document in a text, or a text that
// begins as one, by its title.
func withoutMarkup(s string) string {
	start := markupStart(s)
	if start < 0 {
		return s
	}
	return s[:start] + " " + title(s[start:])
}

// markupStart returns the offset of the markup in s, or -1.
func markupStart(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '<' {
			continue
		}
		if strings.TrimSpace(s[:i]) == "" {
			return i
		}
		for _, tag := range [...]string{"<!doctype", "<html", "<?xml"} {
			if ascii.HasPrefixFold(s[i:], tag) {
				return i
			}
		}
	}
	return -1
}

// title returns the text of the first title element, "" where there is none.
func title(s string) string {
	start := indexFold(s, "<title")
	if start < 0 {
		return ""
	}
	s = s[start:]
	open := strings.IndexByte(s, '>')
	if open < 0 {
		return ""
	}
	s = s[open+1:]
	end := strings.IndexByte(s, '<')
	if end < 0 {
		return ""
	}
	return unescapeHTML(s[:end])
}

// unescapeHTML knows the entities that titles of error pages hold.
func unescapeHTML(s string) string {
	if strings.IndexByte(s, '&') < 0 {
		return s
	}
	var out []byte
	for s != "" {
		char, size := unescapeOne(s)
		out = append(out, char)
		s = s[size:]
	}
	return string(out)
}

func unescapeOne(s string) (char byte, size int) {
	for _, e := range [...]struct {
		entity string
		char   byte
	}{
		{"&nbsp;", ' '}, {"&#39;", '\''}, {"&quot;", '"'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'},
	} {
		if strings.HasPrefix(s, e.entity) {
			return e.char, len(e.entity)
		}
	}
	return s[0], 1
}

// indexFold is strings.Index that ignores the case of ASCII letters in s.
func indexFold(s, lowerCase string) int {
	for i := 0; i+len(lowerCase) <= len(s); i++ {
		if ascii.HasPrefixFold(s[i:], lowerCase) {
			return i
		}
	}
	return -1
}

// shorten cuts s to maxDetail characters, the last of them "…" if it cut.
func shorten(s string) string {
	if len(s) <= maxDetail || utf8.RuneCountInString(s) <= maxDetail {
		return s
	}
	end := 0
	for range maxDetail - 1 {
		_, size := utf8.DecodeRuneInString(s[end:])
		end += size
	}
	if at := strings.LastIndexByte(s[:end], '['); at+len(redact.Mark) > end && strings.HasPrefix(s[max(at, 0):], redact.Mark) {
		end = at // Half a mark says nothing.
	}
	return strings.TrimRight(s[:end], " ") + "…"
}
