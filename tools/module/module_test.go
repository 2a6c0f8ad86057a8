package module

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// run runs a module in Node and gives what it prints.
func run(t *testing.T, module []byte) string {
	t.Helper()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "program.wasm")
	require.NoError(t, os.WriteFile(path, module, 0o644))
	cmd := exec.Command(filepath.Join(strings.TrimSpace(string(goroot)), "lib/wasm/go_js_wasm_exec"), path)
	out, err := cmd.CombinedOutput()
	assert.IsType(t, &exec.ExitError{}, err, "the program ends in a panic")
	return string(out)
}

func TestPackedProgramRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program.wasm")
	require.NoError(t, Compile(".", "./testdata/program", path, ""))
	compiled, err := os.ReadFile(path)
	require.NoError(t, err)
	packed, err := Pack(compiled)
	require.NoError(t, err, "the line tables of this version of Go are known")

	before, after := run(t, compiled), run(t, packed)
	for _, out := range []string{before, after} {
		assert.Equal(t, 4, strings.Count(out, "sum 12502500\n"), out)
		assert.Contains(t, out, "recovered true\n")
		assert.Contains(t, out, "panic: on purpose\n")
		assert.Contains(t, out, "main.fatal()\n", "a stack trace names the functions")
	}
	assert.Contains(t, before, "main.go:")
	assert.NotContains(t, after, ".go:", "lines are gone")
	assert.Contains(t, before, "main.last(0x7)\n")
	assert.Contains(t, after, "main.last()\n", "so are arguments")

	imports, err := Imports(compiled, "gojs")
	require.NoError(t, err)
	assert.Contains(t, imports, "runtime.nanotime1")
	none, err := Imports(compiled, "elsewhere")
	require.NoError(t, err)
	assert.Empty(t, none)

	assert.Less(t, len(segments(t, packed)), 4)
	assert.Greater(t, len(segments(t, compiled)), 1000)
	assert.Less(t, len(packed), len(compiled)*9/10)
}

// memory is a script that makes an instance of a module, without running its
// program, and prints so many bytes of its memory.
const memory = `
const [path, from, length] = process.argv.slice(1);
const module = new WebAssembly.Module(require("fs").readFileSync(path));
const imports = {};
for (const { module: of, name } of WebAssembly.Module.imports(module)) (imports[of] ??= {})[name] = () => 0;
const { exports } = new WebAssembly.Instance(module, imports);
process.stdout.write(new Uint8Array(exports.mem.buffer, +from, +length));
`

func TestWhatIsLeftOutIsRestored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program.wasm")
	require.NoError(t, Compile(".", "./testdata/program", path, ""))
	compiled, err := os.ReadFile(path)
	require.NoError(t, err)
	packed, err := Pack(compiled)
	require.NoError(t, err)

	linked := dataOf(t, compiled)
	tables, err := findTables(linked)
	require.NoError(t, err)
	tables.dropArguments()
	tables.dropLines()
	require.NoError(t, os.WriteFile(path, packed, 0o644))
	restored, err := exec.Command("node", "-e", memory, path, strconv.Itoa(linked.start), strconv.Itoa(len(linked.bytes))).Output()
	require.NoError(t, err)
	assert.True(t, bytes.Equal(linked.bytes, restored), "memory is as it was but for arguments, files and lines")

	left := dataOf(t, packed)
	at := tables.funcs
	assert.True(t, allZero(left.bytes[at:at+8*tables.count]), "addresses are left out")
	at = tables.buckets
	assert.True(t, allZero(left.bytes[at:at+bucketSize*tables.bucketCount()]), "so are buckets")
}

// dataOf gives a module's data.
func dataOf(t *testing.T, module []byte) (data image) {
	sections, err := readSections(module)
	require.NoError(t, err)
	for _, s := range sections {
		if s.id == sectionData {
			data, err = readData(s.contents)
			require.NoError(t, err)
		}
	}
	return data
}

// segments gives the lengths of a module's data segments.
func segments(t *testing.T, module []byte) (lengths []int) {
	sections, err := readSections(module)
	require.NoError(t, err)
	for _, s := range sections {
		if s.id != sectionData {
			continue
		}
		r := wasmReader{rest: s.contents}
		for range r.uint() {
			r.take(2)
			r.int()
			r.take(1)
			n := r.uint()
			r.take(n)
			lengths = append(lengths, n)
		}
		require.NoError(t, r.err)
	}
	return lengths
}

// segment makes a data segment.
func segment(address int, data string) []byte {
	s := appendInt([]byte{0, opConst}, address)
	s = binary.AppendUvarint(append(s, opEnd), uint64(len(data)))
	return append(s, data...)
}

// dataSection makes a data section of segments.
func dataSection(segments ...[]byte) section {
	return section{sectionData, join(len(segments), segments...)}
}

func TestPackMergesSegments(t *testing.T) {
	module := writeSections([]section{
		{sectionType, []byte("ab")},
		dataSection(segment(5000, "five"), segment(5010, "ten"), segment(9000, "far"), segment(4998, "low..."), segment(9003+hole, "beyond")),
		{0, []byte("c")},
	})
	packed, err := Pack(module)
	assert.ErrorIs(t, err, ErrTables, "there are none")

	sections, err := readSections(packed)
	require.NoError(t, err)
	require.Len(t, sections, 3)
	assert.Equal(t, section{sectionType, []byte("ab")}, sections[0])
	assert.Equal(t, section{0, []byte("c")}, sections[2])
	assert.Equal(t, []int{9003 - 4998, len("beyond")}, segments(t, packed))

	data := dataOf(t, packed)
	assert.Equal(t, 4998, data.start)
	// The later segment wins, as it does in memory.
	assert.Equal(t, "low...\x00\x00\x00\x00\x00\x00ten\x00", string(data.bytes[:16]))
	assert.True(t, strings.HasSuffix(string(data.bytes), "\x00beyond"))
}

func TestPackRefuses(t *testing.T) {
	good := writeSections([]section{dataSection(segment(8, "data"))})
	_, err := Pack(good)
	require.ErrorIs(t, err, ErrTables)
	bad := func(segment ...byte) []byte { return writeSections([]section{dataSection(segment)}) }
	for name, module := range map[string][]byte{
		"nothing":                  {},
		"no module":                []byte("<!doctype html>"),
		"another version":          []byte("\x00asm\x02\x00\x00\x00"),
		"a length only":            append([]byte(wasmHeader), sectionData),
		"a section cut short":      good[:len(good)-1],
		"a passive segment":        bad(1, 0),
		"an address that is a sum": bad(0, opConst, 8, opConst, 8, opAdd, opEnd, 0),
		"a segment that is short":  bad(0, opConst, 8, opEnd, 9, 'x'),
	} {
		_, err := Pack(module)
		assert.ErrorContains(t, err, "pack: ", name)
	}
}

func TestTables(t *testing.T) {
	// 1 for two instructions, 0 for one, 300 for two, -1 for one; the rest is another's.
	table := []byte{4, 2, 1, 1, 0xd8, 4, 2, 0xd9, 4, 1, 0, 0xff}
	assert.Equal(t, 11, tableSize(table))
	assert.Equal(t, 300, tableMax(table))
	none := []byte{0, 7, 0}
	assert.Equal(t, 3, tableSize(none))
	assert.Equal(t, -1, tableMax(none))
}

func TestInts(t *testing.T) {
	for _, v := range []int{0, 1, 63, 64, -1, -64, -65, 127, 128, 8191, 8192, 1<<31 - 1, -1 << 31} {
		r := wasmReader{rest: appendInt(nil, v)}
		assert.Equal(t, v, r.int())
		assert.Empty(t, r.rest)
		assert.NoError(t, r.err)
	}
}
