package sse

import "bytes"

// Lines reads a body of one JSON object a line, the other way in which providers
// stream. It gives each line that is not blank as an Event with only Data, so
// that whoever reads events can read these too. The zero value is ready to use.
type Lines struct {
	// MaxEventBytes limits the length of one line, in bytes. 0 means
	// DefaultMaxEventBytes.
	MaxEventBytes int

	rest []byte
	err  error
}

// Feed decodes chunk and calls emit for each line that ends in it. Nothing
// points into chunk once Feed has returned. The error is a *TooLargeError;
// every later Feed returns it again.
func (l *Lines) Feed(chunk []byte, emit func(Event)) error {
	for l.err == nil && len(chunk) > 0 {
		line, rest, ended := bytes.Cut(chunk, []byte("\n"))
		chunk = rest
		if len(l.rest)+len(line) > l.limit() {
			l.rest, l.err = nil, &TooLargeError{Limit: l.limit()}
			break
		}
		if !ended {
			l.rest = append(l.rest, line...)
			break
		}
		if len(l.rest) > 0 {
			l.rest = append(l.rest, line...)
			line = l.rest
		}
		l.rest = l.rest[:0]
		emitLine(line, emit)
	}
	return l.err
}

// End gives an unfinished last line to emit. It may be cut short anywhere.
func (l *Lines) End(emit func(Event)) {
	if l.err == nil {
		emitLine(l.rest, emit)
	}
	*l = Lines{MaxEventBytes: l.MaxEventBytes}
}

func emitLine(line []byte, emit func(Event)) {
	if line = bytes.TrimSpace(line); len(line) > 0 {
		emit(Event{Data: line})
	}
}

func (l *Lines) limit() int {
	if l.MaxEventBytes > 0 {
		return l.MaxEventBytes
	}
	return DefaultMaxEventBytes
}
