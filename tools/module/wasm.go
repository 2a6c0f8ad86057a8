package module

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The parts of WebAssembly's binary format that Pack needs.
const (
	wasmHeader     = "\x00asm\x01\x00\x00\x00"
	sectionImport  = 2
	sectionData    = 11
	importFunction = 0
	opEnd          = 0x0b
	opI32Const     = 0x41
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
		if r.uint() != 0 || r.byte() != opI32Const {
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

// section is a data section with one segment.
func (m image) section() []byte {
	s := []byte{1, 0, opI32Const}
	s = appendInt(s, m.start)
	s = append(s, opEnd)
	s = binary.AppendUvarint(s, uint64(len(m.bytes)))
	return append(s, m.bytes...)
}

// mapSections gives the module with each section's contents replaced by what
// f makes of them.
func mapSections(module []byte, f func(id byte, contents []byte) ([]byte, error)) ([]byte, error) {
	r := wasmReader{rest: module}
	if string(r.take(len(wasmHeader))) != wasmHeader {
		return nil, errNotWasm
	}
	out := []byte(wasmHeader)
	for len(r.rest) > 0 && r.err == nil {
		id := r.byte()
		contents := r.take(r.uint())
		if r.err != nil {
			break
		}
		contents, err := f(id, contents)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
		out = binary.AppendUvarint(out, uint64(len(contents)))
		out = append(out, contents...)
	}
	return out, r.err
}

// Imports lists the functions that a compiled program imports from a module.
func Imports(program []byte, from string) (names []string, err error) {
	_, err = mapSections(program, func(id byte, contents []byte) ([]byte, error) {
		if id != sectionImport {
			return contents, nil
		}
		r := wasmReader{rest: contents}
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
		return contents, r.err
	})
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
