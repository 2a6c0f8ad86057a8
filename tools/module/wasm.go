package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// The parts of WebAssembly's binary format that Pack needs.
const (
	wasmHeader      = "\x00asm\x01\x00\x00\x00"
	sectionType     = 1
	sectionImport   = 2
	sectionFunction = 3
	sectionStart    = 8
	sectionElement  = 9
	sectionCode     = 10
	sectionData     = 11
	importFunction  = 0
)

var (
	errNotWasm = errors.New("not a WebAssembly module of version 1, or one cut short")
	errSegment = errors.New("a data segment of an unknown form")
)

// image is what a module's data segments put into memory: bytes from start on.
type image struct {
	start int
	bytes []byte
}

// readData lays out the segments of a data section. Memory is zero where there
// is none.
func readData(section []byte) (m image, err error) {
	r := wasmReader{rest: section}
	for n := r.uint(); n > 0 && r.err == nil; n-- {
		if r.uint() != 0 || r.byte() != opConst {
			return m, errSegment
		}
		address := r.int()
		if r.byte() != opEnd {
			return m, errSegment
		}
		m.put(address, r.take(r.uint()))
	}
	return m, r.err
}

// put copies data to an address.
func (m *image) put(address int, data []byte) {
	if m.bytes == nil {
		m.start = address
	}
	if before := m.start - address; before > 0 {
		m.bytes = append(make([]byte, before), m.bytes...)
		m.start = address
	}
	if after := address + len(data) - m.start - len(m.bytes); after > 0 {
		m.bytes = append(m.bytes, make([]byte, after)...)
	}
	copy(m.bytes[address-m.start:], data)
}

// hole is how many zeros in a row are worth a segment's end. They would compress
// to nothing, but a page holds the module as it is.
const hole = 64 << 10

// section is a data section with as few segments as there are holes.
func (m image) section() []byte {
	var segments []byte
	count := 0
	for at := 0; at < len(m.bytes); count++ {
		end := len(m.bytes)
		if zeros := bytes.Index(m.bytes[at:], make([]byte, hole)); zeros >= 0 {
			end = at + zeros
		}
		segments = append(appendInt(append(segments, 0, opConst), m.start+at), opEnd)
		segments = binary.AppendUvarint(segments, uint64(end-at))
		segments = append(segments, m.bytes[at:end]...)
		for at = end; at < len(m.bytes) && m.bytes[at] == 0; at++ {
		}
	}
	return append(binary.AppendUvarint(nil, uint64(count)), segments...)
}

// section is one of those that a module consists of.
type section struct {
	id       byte
	contents []byte
}

// readSections takes a module apart.
func readSections(module []byte) (sections []section, err error) {
	r := wasmReader{rest: module}
	if string(r.take(len(wasmHeader))) != wasmHeader {
		return nil, errNotWasm
	}
	for len(r.rest) > 0 && r.err == nil {
		id := r.byte()
		sections = append(sections, section{id, r.take(r.uint())})
	}
	return sections, r.err
}

// writeSections makes a module of its sections.
func writeSections(sections []section) []byte {
	out := []byte(wasmHeader)
	for _, s := range sections {
		out = binary.AppendUvarint(append(out, s.id), uint64(len(s.contents)))
		out = append(out, s.contents...)
	}
	return out
}

// Imports lists the functions that a compiled program imports from a module.
func Imports(program []byte, from string) (names []string, err error) {
	sections, err := readSections(program)
	for _, s := range sections {
		if s.id != sectionImport || err != nil {
			continue
		}
		r := wasmReader{rest: s.contents}
		for range r.uint() {
			source, name := string(r.take(r.uint())), string(r.take(r.uint()))
			if kind := r.byte(); kind != importFunction {
				return nil, fmt.Errorf("%w: %s %s is no function", errNotWasm, source, name)
			}
			r.uint() // its type
			if source == from {
				names = append(names, name)
			}
		}
		err = r.err
	}
	return names, err
}

// wasmReader reads the format. Once something is wrong, err stays and only
// zeros come.
type wasmReader struct {
	rest []byte
	err  error
}

func (r *wasmReader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.rest) {
		r.err = errNotWasm
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *wasmReader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

// uint reads an unsigned LEB128 number.
func (r *wasmReader) uint() int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		n = -1 // the number is cut short or too large
	}
	if r.take(n); r.err != nil {
		return 0
	}
	return int(v)
}

// int reads a signed LEB128 number.
func (r *wasmReader) int() (v int) {
	for shift := 0; ; shift += 7 {
		b := r.byte()
		v |= int(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 {
				v -= 1 << (shift + 7)
			}
			return v
		}
	}
}

// appendInt appends a signed LEB128 number.
func appendInt(b []byte, v int) []byte {
	for {
		low := byte(v & 0x7f)
		v >>= 7
		if v == 0 && low&0x40 == 0 || v == -1 && low&0x40 != 0 {
			return append(b, low)
		}
		b = append(b, low|0x80)
	}
}
