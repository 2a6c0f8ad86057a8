package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Pack rewrites a compiled program so that it compresses better; what it does
// stays the same.
//
// The linker leaves runs of zeros out of the data by cutting it into segments.
// There are tens of thousands, each with an address that does not compress; in
// one segment the zeros cost next to nothing. Of the tables that lead from an
// instruction to its function, those that tell its arguments, its source line and where
// it must not be interrupted are dropped, and what follows from the rest is left out: a
// function that runs before the program makes it again. Where that cannot be, because
// another version of Go lays the tables out differently, the error wraps [ErrTables] and
// the module is packed but for them.
func Pack(module []byte) (packed []byte, err error) {
	sections, err := readSections(module)
	if err != nil {
		return nil, fmt.Errorf("pack: %w", err)
	}
	tables := ErrTables // there are none
	for i, s := range sections {
		if s.id != sectionData {
			continue
		}
		data, err := readData(s.contents)
		if err != nil {
			return nil, fmt.Errorf("pack: %w", err)
		}
		var smaller image
		var restore []byte
		if smaller, restore, tables = packTables(data); tables == nil {
			var started []section
			if started, tables = startWith(sections, restore); tables == nil {
				data, sections, i = smaller, started, i+1 // after the start section
			}
		}
		sections[i].contents = data.section()
		break
	}
	if tables != nil && !errors.Is(tables, ErrTables) {
		return nil, fmt.Errorf("pack: %w", tables)
	}
	return writeSections(sections), tables
}

// startWith gives a module a function, of which it has the body, that runs before
// any other.
func startWith(sections []section, body []byte) (started []section, err error) {
	functions, kind := 0, 0
	start := -1
	for i, s := range sections {
		r := wasmReader{rest: s.contents}
		switch s.id {
		case sectionType:
			kind = r.uint()
			s.contents = join(kind+1, r.rest, typeOfStart)
		case sectionImport:
			functions += r.uint() // Imports holds that there is nothing else
		case sectionFunction:
			n := r.uint()
			functions += n
			s.contents = join(n+1, r.rest, uvarint(kind))
		case sectionElement, sectionCode:
			if start < 0 {
				start = i
				started = append(started, section{sectionStart, uvarint(functions)})
			}
			if s.id == sectionCode {
				n := r.uint()
				s.contents = join(n+1, r.rest, uvarint(len(body)), body)
			}
		case sectionStart:
			return nil, fmt.Errorf("%w: there is a start function already", ErrTables)
		}
		if r.err != nil {
			return nil, r.err
		}
		started = append(started, s)
	}
	if start < 0 {
		return nil, fmt.Errorf("%w: there is no code", ErrTables)
	}
	return started, nil
}

// join counts and strings together.
func join(count int, parts ...[]byte) []byte {
	return append(uvarint(count), bytes.Join(parts, nil)...)
}

func uvarint(n int) []byte { return binary.AppendUvarint(nil, uint64(n)) }
