package sse

// AppendEvent appends ev to dst as an event of a stream and returns the longer
// slice. CR, LF and CRLF in the data all become line ends, which a reader sees as
// LF. Line ends and NUL in the type and in the id are left out, so that no field
// can smuggle in another. A type or id of which nothing is left gives no line:
// the reader takes the type as "message" and keeps the id that it saw last. Empty
// data is still data, so every event written is dispatched.
func AppendEvent(dst []byte, ev Event) []byte {
	dst = appendField(dst, "event: ", ev.Type)
	dst = appendField(dst, "id: ", ev.ID)
	dst = appendLines(dst, "data: ", ev.Data)
	return append(dst, '\n')
}

// AppendComment appends text to dst as a comment, which readers skip; servers
// send one now and then to keep a connection open. Each line of text becomes a
// comment line. A blank line follows, so that a reader that works block by block
// does not hold the comment back; call it between events, not inside one.
func AppendComment(dst []byte, text string) []byte {
	dst = appendLines(dst, ": ", text)
	return append(dst, '\n')
}

// appendField appends a field that has to stay on one line, unless nothing is
// left of its value.
func appendField(dst []byte, name string, value []byte) []byte {
	start := len(dst)
	dst = append(dst, name...)
	for _, c := range value {
		if c != '\r' && c != '\n' && c != 0 {
			dst = append(dst, c)
		}
	}
	if len(dst) == start+len(name) {
		return dst[:start]
	}
	return append(dst, '\n')
}

// appendLines appends each line of text, prefix first.
func appendLines[T string | []byte](dst []byte, prefix string, text T) []byte {
	dst = append(dst, prefix...)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\r' && i+1 < len(text) && text[i+1] == '\n':
			// The LF that follows ends the line.
		case c == '\r' || c == '\n':
			dst = append(dst, '\n')
			dst = append(dst, prefix...)
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '\n')
}
