package sse

import "bytes"

// Lines reads a body of one JSON object a line, the other way in which providers
// stream. It emits each line that is not blank as an Event with only Data, so
// that whoever reads events can read these too. The zero value is ready to use.
type Lines struct {
	// MaxEventBytes limits the length of one line, in bytes. 0 means
	// DefaultMaxEventBytes.
	MaxEventBytes int

	// line is what earlier chunks left of a line.
	line []byte
	// left is how much of the chunk is still to be read, in bytes.
	left int
	// err is what every later Feed returns.
	err error
}

// Feed decodes chunk and calls emit for each line that ends in it. Nothing
// points into chunk once Feed has returned. The error is a *TooLargeError;
// every later Feed returns it again.
func (l *Lines) Feed(chunk []byte, emit func(Event)) error {
	for l.err == nil && len(chunk) > 0 {
		line, rest, ended := bytes.Cut(chunk, []byte("\n"))
		chunk, l.left = rest, len(rest)
		if len(l.line)+len(line) > l.limit() {
			l.line, l.err = nil, &TooLargeError{Limit: l.limit()}
			break
		}
		if !ended {
			l.line = append(l.line, line...)
			break
		}
		if len(l.line) > 0 {
			l.line = append(l.line, line...)
			line = l.line
		}
		l.line = l.line[:0]
		emitLine(line, emit)
	}
	return l.err
}

// Left returns how many bytes of the chunk follow the line that emit was given.
func (l *Lines) Left() int { return l.left }

// End calls emit for an unfinished last line. It may be cut short anywhere.
func (l *Lines) End(emit func(Event)) {
	if l.err == nil {
		emitLine(l.line, emit)
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
