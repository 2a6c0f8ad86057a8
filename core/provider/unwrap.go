package provider

import (
	"bytes"
	"strings"

	"github.com/retrystream/retrystream/core/internal/ascii"
	"github.com/retrystream/retrystream/core/internal/jsonscan"
)

// document returns the JSON object or array, or the Python dict, that a sentence is
// or ends in, as JSON, with what stands before it; nil where there is
// none.
func document(s string) (before string, doc []byte) {
	for i := 0; i+1 < len(s); i++ {
		if s[i] != '{' && s[i] != '[' {
			continue
		}
		switch next := strings.TrimLeft(s[i+1:min(len(s), i+40)], " \r\n\t["); {
		case next == "":
		case next[0] == '"', next[0] == '{' && i+2 < len(s) && strings.IndexByte(s[i:], '"') >= 0:
			return s[:i], []byte(s[i:])
		case next[0] == '\'':
			return s[:i], fromPython(s[i:])
		}
	}
	return s, nil
}

// fromPython makes JSON of what Python prints for a dict, as far as errors hold
// such: strings in either quotes, None, True and False.
func fromPython(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\'', '"':
			out = append(out, '"')
			for i++; i < len(s) && s[i] != c; i++ {
				switch {
				case s[i] == '\\' && i+1 < len(s) && s[i+1] == '\'':
					continue // the quote follows
				case s[i] == '\\' && i+1 < len(s):
					out = append(out, '\\')
					i++
				case s[i] == '"':
					out = append(out, '\\')
				}
				out = append(out, s[i])
			}
			out = append(out, '"')
		case 'N', 'T', 'F':
			for _, word := range [...][2]string{{"None", "null"}, {"True", "true"}, {"False", "false"}} {
				if strings.HasPrefix(s[i:], word[0]) {
					out = append(out, word[1]...)
					i += len(word[0]) - 1
					break
				}
			}
		default:
			out = append(out, c)
		}
	}
	return out
}

// readFramed reads an error body that is no JSON: an event stream that came with
// the status of a failure, XML, or a sentence with a document in it.
func (e *errorBody) readFramed(data []byte) {
	switch {
	case looksLikeMarkup(data):
		e.addCode(element(data, "<code>"), own)
		e.put(element(data, "<message>"), 1)
		e.put(element(data, "<title>"), 0)
	case bytes.HasPrefix(data, []byte("data:")) || bytes.HasPrefix(data, []byte("event:")) || bytes.HasPrefix(data, []byte("id:")):
		for len(data) > 0 && e.message == "" {
			var line []byte
			line, data, _ = bytes.Cut(data, []byte("\n"))
			if line, ok := bytes.CutPrefix(line, []byte("data:")); ok {
				c := jsonscan.New(line)
				if c.Peek() == '{' || c.Peek() == '[' {
					e.read(&c, nesting{}, outer)
				} else {
					e.say(string(bytes.TrimSpace(line)), nesting{})
				}
			}
		}
	default:
		e.say(string(data), nesting{})
	}
}

// element returns the text of the first element of that tag, given in lower case,
// "" where there is none.
func element(data []byte, tag string) string {
	for i := 0; i+len(tag) <= len(data); i++ {
		if data[i] != '<' || ascii.ToLower(string(data[i:i+len(tag)])) != tag {
			continue
		}
		data = data[i+len(tag):]
		if end := bytes.IndexByte(data, '<'); end >= 0 {
			return string(bytes.TrimSpace(data[:end]))
		}
		return ""
	}
	return ""
}

func looksLikeMarkup(body []byte) bool { return len(body) > 0 && body[0] == '<' }
