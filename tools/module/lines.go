package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Every Go program carries tables that lead from an instruction to the size of
// its frame, the pointers in that frame, its file and its line. The last two
// are for stack traces only, and are a tenth of the module. Without them a
// trace still names the functions.
//
// The layout is Go 1.26's: see pcHeader and _func in its package runtime.

// pcHeaderStart is a magic number, padding, and the sizes of an instruction and
// of a pointer.
var pcHeaderStart = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// Where the 8-byte fields of pcHeader are. All but the first hold offsets.
const (
	headerCount  = 8  // how many functions there are
	headerUnits  = 40 // which files each compilation unit has
	headerTables = 56 // the tables, one after another
	headerFuncs  = 64 // for each function its address and the offset of its _func
)

// Where the 4-byte fields of a _func are. Those of a table hold its offset,
// 0 where there is none.
const (
	funcFrameTable = 16
	funcFileTable  = 20
	funcLineTable  = 24
	funcMore       = 28 // how many other tables there are
	funcUnit       = 32
	funcStartLine  = 36
	funcTables     = 44 // the first of the others
)

// ErrLines says that the line tables are not laid out as expected.
var ErrLines = errors.New("the line tables stay: this version of Go lays them out differently")

// dropLines takes files and lines out of a program's data, in place: functions
// refer to none, and the bytes they had are zero.
func dropLines(data []byte) (err error) {
	start := bytes.LastIndex(data, pcHeaderStart)
	if start < 0 {
		return ErrLines
	}
	defer func() {
		if r := recover(); r != nil { // an index out of range
			err = fmt.Errorf("%w: %v", ErrLines, r)
		}
	}()
	data = data[start:]
	field := func(at int) int { return int(binary.LittleEndian.Uint64(data[at:])) }
	units, tables, funcs := field(headerUnits), field(headerTables), field(headerFuncs)

	kept := make([]byte, funcs-tables)
	keep := func(offset uint32) {
		if offset == 0 {
			return
		}
		table := data[tables+int(offset) : funcs]
		copy(kept[offset:], table[:tableSize(table)])
	}
	for i := range field(headerCount) {
		f := data[funcs:]
		f = f[binary.LittleEndian.Uint32(f[8*i+4:]):]
		for _, at := range []int{funcFileTable, funcLineTable, funcUnit, funcStartLine} {
			binary.LittleEndian.PutUint32(f[at:], 0)
		}
		keep(binary.LittleEndian.Uint32(f[funcFrameTable:]))
		for n := range binary.LittleEndian.Uint32(f[funcMore:]) {
			keep(binary.LittleEndian.Uint32(f[funcTables+4*n:]))
		}
	}
	clear(data[units:tables])
	copy(data[tables:], kept)
	return nil
}

// tableSize is the length of the table that b begins with: pairs of numbers,
// the first of which is zero only in the first pair and at the end.
func tableSize(b []byte) (size int) {
	for first := true; first || b[size] != 0; first = false {
		for range 2 {
			_, n := binary.Uvarint(b[size:])
			size += n
		}
	}
	return size + 1
}
