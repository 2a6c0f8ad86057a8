package sse

import "bytes"

// endLine takes the rest of a line that is not empty, its line end not included.
func (d *Decoder) endLine(rest []byte) error {
	if d.lineOpen() {
		if err := d.keep(rest); err != nil {
			return err
		}
		return d.finishLine()
	}
	f, value := d.parse(rest)
	return d.apply(f, value)
}

// parse is the function parse, and counts the strays.
func (d *Decoder) parse(line []byte) (field, []byte) {
	f, value := parse(line)
	if f == fieldIgnored && line[0] != ':' {
		d.strays++
	}
	d.begun = d.begun || line[0] != ':'
	return f, value
}

// lineOpen reports whether a line has begun in an earlier chunk.
func (d *Decoder) lineOpen() bool { return d.field != fieldUndecided || len(d.line) > 0 }

// keep adds piece to the unfinished line, or begins one with it.
func (d *Decoder) keep(piece []byte) error {
	if d.field == fieldUndecided {
		n := min(headLen-len(d.line), len(piece))
		d.line = append(d.line, piece[:n]...)
		piece = piece[n:]
		if len(d.line) < headLen {
			return nil
		}
		if err := d.decide(); err != nil {
			return err
		}
	}
	switch d.field {
	case fieldIgnored:
		return nil
	case fieldData:
		return d.addData(piece)
	}
	if len(piece) > d.limit()-len(d.line) {
		return d.tooLarge()
	}
	d.line = grow(d.line, piece, d.limit())
	return nil
}

// decide reads the field of the unfinished line, which is all in d.line, and
// leaves the beginning of its value where the rest of it will go.
func (d *Decoder) decide() error {
	f, value := d.parse(d.line)
	d.field = f
	// The value moves to the front of the memory that it lies in.
	d.line = append(d.line[:0], value...)
	if f != fieldData {
		return nil
	}
	value, d.line = d.line, d.line[:0]
	return d.extend(value)
}

// finishLine carries out the unfinished line, which is now whole.
func (d *Decoder) finishLine() error {
	if d.field == fieldUndecided {
		if err := d.decide(); err != nil {
			return err
		}
	}
	var err error
	if d.field != fieldData {
		err = d.apply(d.field, d.line)
	}
	d.field, d.line = fieldUndecided, d.line[:0]
	return err
}

// apply carries out a whole line, whose value lies in the chunk or in d.line.
func (d *Decoder) apply(f field, value []byte) error {
	if f == fieldIgnored {
		return nil
	}
	if len(value) > d.limit() {
		return d.tooLarge()
	}
	switch f {
	case fieldData:
		if !d.hasData {
			d.data, d.hasData, d.inChunk = value, true, true
			return nil
		}
		return d.extend(value)
	case fieldType:
		d.typ = append(d.typ[:0], value...)
	case fieldID:
		if bytes.IndexByte(value, 0) < 0 {
			d.id = append(d.id[:0], value...)
		}
	case fieldRetry:
		if ms, ok := parseRetry(value); ok {
			d.retryMs, d.hasRetry = ms, true
		}
	}
	return nil
}

// extend adds a line to the data, in buf; more of the line may follow.
func (d *Decoder) extend(value []byte) error {
	d.own()
	if !d.hasData {
		d.buf, d.hasData = d.buf[:0], true
	} else if err := d.addData([]byte{'\n'}); err != nil {
		return err
	}
	return d.addData(value)
}

// addData adds to the data in buf.
func (d *Decoder) addData(piece []byte) error {
	if len(piece) > d.limit()-len(d.buf) {
		return d.tooLarge()
	}
	d.buf = grow(d.buf, piece, d.limit())
	d.data = d.buf
	return nil
}
