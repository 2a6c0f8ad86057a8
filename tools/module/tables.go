package module

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Every Go program carries tables that lead from an instruction to its function,
// the size of its frame, the pointers in that frame, its arguments, its file and its
// line. The last three are for stack traces only, and are a tenth of the module.
// Without them a trace still names the functions. Where Go must not interrupt a
// function is in a table, too, although in WebAssembly it never does. Of the rest much
// follows from what comes before it, and is left to [restoreTables].
//
// The layout is Go 1.26's: see moduledata, pcHeader, _func, findfuncbucket,
// inlinedCall, printArgs and isAsyncSafePoint in its package runtime.

// pcHeaderStart is a magic number, padding, and the sizes of an instruction and
// of a pointer.
var pcHeaderStart = []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8}

// Where the 8-byte fields of pcHeader are. All but the first hold offsets.
const (
	headerCount  = 8 // how many functions there are
	headerNames  = 32
	headerUnits  = 40 // which files each compilation unit has
	headerTables = 56 // the tables, one after another
	headerFuncs  = 64 // for each function its address and the offset of its _func
)

// Where the 8-byte fields of moduledata are, which hold addresses. It begins with
// those of the header and of the names.
const (
	moduleBuckets  = 19 * 8
	moduleFuncData = 40 * 8
)

// Where the 4-byte fields of a _func are. Those of a table hold its offset,
// 0 where there is none.
const (
	funcEntry      = 0 // its address once more
	funcFrameTable = 16
	funcFileTable  = 20
	funcLineTable  = 24
	funcMore       = 28 // how many other tables there are
	funcUnit       = 32
	funcStartLine  = 36
	funcData       = 43 // one byte: how many words stand after the tables
	funcTables     = 44 // the first of the others
)

// The tables and words after those fields by what they are about; a word is an
// offset, noWord where there is nothing.
const (
	unsafeTable   = 0 // where the program must not be interrupted
	inlinedTable  = 2 // which of the inlined calls an instruction is part of
	inlinedWord   = 3 // where these calls are
	argumentsWord = 5 // where it stands how a trace prints the arguments
	noWord        = 1<<32 - 1
)

// argumentsEnd ends how arguments are printed, and stands nowhere else in it.
const argumentsEnd = 0xff

// An inlined call ends with the line on which the function called starts.
const (
	inlinedSize = 16
	inlinedLine = 12
)

// A bucket says which function an address lies in. The addresses of a function in
// WebAssembly fill so many buckets, but for the last one's.
const (
	bucketSize      = 20
	functionBuckets = 16
)

// nextTable stands for the offset of a table that follows the last one so marked.
// No table is there.
const (
	nextTable  = 1
	firstTable = 2
)

// ErrTables says that the tables are not laid out as expected.
var ErrTables = errors.New("the tables of functions stay: this version of Go lays them out differently")

// packTables gives the data without arguments, files, lines and what follows from the rest,
// and the body of the function that restores the latter.
func packTables(data image) (packed image, restore []byte, err error) {
	defer func() {
		if r := recover(); r != nil { // an index out of range
			err = fmt.Errorf("%w: %v", ErrTables, r)
		}
	}()
	packed = image{data.start, bytes.Clone(data.bytes)}
	t, err := findTables(packed)
	if err != nil {
		return data, nil, err
	}
	t.dropArguments()
	t.dropLines()
	if err := t.leaveOut(); err != nil {
		return data, nil, err
	}
	return packed, restoreTables(t), nil
}

// tables are where a program's tables are in its data.
type tables struct {
	data  []byte
	start int // the address of the data
	count int // of functions
	// Offsets in the data.
	units, tables, funcs, buckets, funcData int
	// What the first function's address and the offset of its _func are.
	entry, first int
}

func findTables(m image) (t tables, err error) {
	header := bytes.LastIndex(m.bytes, pcHeaderStart)
	if header < 0 {
		return t, ErrTables
	}
	field := func(at int) int { return int(binary.LittleEndian.Uint64(m.bytes[at:])) }
	names := m.start + header + field(header+headerNames)
	module := bytes.Index(m.bytes, binary.LittleEndian.AppendUint64(
		binary.LittleEndian.AppendUint64(nil, uint64(m.start+header)), uint64(names)))
	if module < 0 {
		return t, fmt.Errorf("%w: nothing refers to them", ErrTables)
	}
	t = tables{
		data: m.bytes, start: m.start, count: field(header + headerCount),
		units:    header + field(header+headerUnits),
		tables:   header + field(header+headerTables),
		funcs:    header + field(header+headerFuncs),
		buckets:  field(module+moduleBuckets) - m.start,
		funcData: field(module+moduleFuncData) - m.start,
	}
	t.entry, t.first = t.word(t.funcs), t.word(t.funcs+4)
	return t, nil
}

// bucketCount is how many buckets are full: the last function has fewer than others.
func (t *tables) bucketCount() int { return functionBuckets * (t.count - 1) }

func (t *tables) word(at int) int { return int(binary.LittleEndian.Uint32(t.data[at:])) }

func (t *tables) setWord(at, to int) { binary.LittleEndian.PutUint32(t.data[at:], uint32(to)) }

// each calls f for every function: where its address is noted, and its _func.
func (t *tables) each(f func(at, fn int)) {
	for i := range t.count {
		at := t.funcs + 8*i
		f(at, t.funcs+t.word(at+4))
	}
}

// offsets calls f for where a function has the offsets of its tables.
func (t *tables) offsets(fn int, f func(at int)) {
	f(fn + funcFrameTable)
	for n := range t.word(fn + funcMore) {
		f(fn + funcTables + 4*n)
	}
}

// dropArguments takes out how a trace prints the arguments of functions.
func (t *tables) dropArguments() {
	// The linker keeps what is equal once, whatever it is for.
	printed, others := map[int]bool{}, map[int]bool{}
	t.each(func(_, fn int) {
		words := fn + funcTables + 4*t.word(fn+funcMore)
		for i := range int(t.data[fn+funcData]) {
			if i != argumentsWord {
				others[t.word(words+4*i)] = true
				continue
			}
			printed[t.word(words+4*i)] = true
			t.setWord(words+4*i, noWord)
		}
	})
	for word := range printed {
		if word != noWord && !others[word] {
			at := t.funcData + word
			clear(t.data[at : at+1+bytes.IndexByte(t.data[at:], argumentsEnd)])
		}
	}
}

// dropLines takes out files, lines and where nothing may interrupt, and moves the other
// tables together in the order in which the functions refer to them.
func (t *tables) dropLines() {
	t.each(func(_, fn int) {
		for _, at := range []int{funcFileTable, funcLineTable, funcUnit, funcStartLine} {
			t.setWord(fn+at, 0)
		}
		more := t.word(fn + funcMore)
		if more > unsafeTable {
			t.setWord(fn+funcTables+4*unsafeTable, 0)
		}
		if more <= inlinedTable || t.data[fn+funcData] <= inlinedWord {
			return
		}
		calls := t.word(fn + funcTables + 4*(more+inlinedWord))
		if calls == noWord {
			return
		}
		table := t.data[t.tables+t.word(fn+funcTables+4*inlinedTable):]
		for i := range tableMax(table) + 1 {
			t.setWord(t.funcData+calls+inlinedSize*i+inlinedLine, 0)
		}
	})

	old := bytes.Clone(t.data[t.tables:t.funcs])
	clear(t.data[t.units:t.funcs])
	end := firstTable
	moved := map[int]int{0: 0}
	t.each(func(_, fn int) {
		t.offsets(fn, func(at int) {
			from := t.word(at)
			if _, ok := moved[from]; !ok {
				moved[from] = end
				end += copy(t.data[t.tables+end:t.funcs], old[from:from+tableSize(old[from:])])
			}
			t.setWord(at, moved[from])
		})
	})
}

// leaveOut zeroes what [restoreTables] restores.
func (t *tables) leaveOut() error {
	entry, offset, table := t.entry, t.first, firstTable
	regular := (t.start+t.funcs)%8 == 0
	t.each(func(at, fn int) {
		end := fn + funcTables + 4*(t.word(fn+funcMore)+int(t.data[fn+funcData]))
		regular = regular && t.word(at) == entry && t.word(fn+funcEntry) == entry && fn == t.funcs+offset
		entry++
		offset = (end - t.funcs + 7) &^ 7
		t.offsets(fn, func(at int) {
			if t.word(at) == table {
				t.setWord(at, nextTable)
				table += tableSize(t.data[t.tables+table:])
			}
		})
		t.setWord(fn+funcEntry, 0)
	})
	for i := range t.bucketCount() {
		bucket := t.data[t.buckets+bucketSize*i:][:bucketSize]
		regular = regular && int(binary.LittleEndian.Uint32(bucket)) == i/functionBuckets && allZero(bucket[4:])
	}
	if !regular {
		return fmt.Errorf("%w: the functions do not follow one another", ErrTables)
	}
	clear(t.data[t.funcs : t.funcs+8*t.count])
	clear(t.data[t.buckets : t.buckets+bucketSize*t.bucketCount()])
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

// tableMax is the largest value in the table that b begins with, -1 or more. The
// first of each pair, of which the last bit is the sign, is added to the last value,
// which is -1 before the first pair.
func tableMax(b []byte) (most int) {
	b = b[:tableSize(b)-1]
	value := -1
	for most = value; len(b) > 0; most = max(most, value) {
		change, n := binary.Uvarint(b)
		value += int(change>>1) ^ -int(change&1)
		_, m := binary.Uvarint(b[n:])
		b = b[n+m:]
	}
	return most
}

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
