package module

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
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

	imports, err := Imports(compiled, "gojs")
	require.NoError(t, err)
	assert.Contains(t, imports, "runtime.nanotime1")
	none, err := Imports(compiled, "elsewhere")
	require.NoError(t, err)
	assert.Empty(t, none)

	assert.Less(t, len(segments(t, packed)), 2)
	assert.Greater(t, len(segments(t, compiled)), 1000)
}

// segments gives the lengths of a module's data segments.
func segments(t *testing.T, module []byte) (lengths []int) {
	_, err := mapSections(module, func(id byte, contents []byte) ([]byte, error) {
		if id != sectionData {
			return contents, nil
		}
		r := wasmReader{rest: contents}
		for range r.uint() {
			r.take(2)
			r.int()
			r.take(1)
			n := r.uint()
			r.take(n)
			lengths = append(lengths, n)
		}
		return contents, r.err
	})
	require.NoError(t, err)
	return lengths
}

// section makes a section of the format.
func section(id byte, contents ...byte) []byte {
	return append(binary.AppendUvarint([]byte{id}, uint64(len(contents))), contents...)
}

// segment makes a data segment.
func segment(address int, data string) []byte {
	s := appendInt([]byte{0, opI32Const}, address)
	s = binary.AppendUvarint(append(s, opEnd), uint64(len(data)))
	return append(s, data...)
}

func TestPackMergesSegments(t *testing.T) {
	module := bytes.Join([][]byte{
		[]byte(wasmHeader),
		section(1, 'a', 'b'),
		section(sectionData, bytes.Join([][]byte{
			{4}, segment(5000, "five"), segment(5010, "ten"), segment(90000, "far"), segment(4998, "low..."),
		}, nil)...),
		section(0, 'c'),
	}, nil)
	packed, err := Pack(module)
	assert.ErrorIs(t, err, ErrLines, "there are none")

	var ids []byte
	var data image
	_, err = mapSections(packed, func(id byte, contents []byte) ([]byte, error) {
		if ids = append(ids, id); id == sectionData {
			var err error
			data, err = readData(contents)
			require.NoError(t, err)
		}
		return contents, nil
	})
	require.NoError(t, err)
	assert.Equal(t, []byte{1, sectionData, 0}, ids)
	assert.Equal(t, []int{90003 - 4998}, segments(t, packed))
	assert.Equal(t, 4998, data.start)
	// The later segment wins, as it does in memory.
	assert.Equal(t, "low...\x00\x00\x00\x00\x00\x00ten\x00", string(data.bytes[:16]))
	assert.Equal(t, "\x00far", string(data.bytes[len(data.bytes)-4:]))
}

func TestPackRefuses(t *testing.T) {
	good := append([]byte(wasmHeader), section(sectionData, append([]byte{1}, segment(8, "data")...)...)...)
	_, err := Pack(good)
	require.ErrorIs(t, err, ErrLines)
	for name, module := range map[string][]byte{
		"nothing":                  {},
		"no module":                []byte("<!doctype html>"),
		"another version":          []byte("\x00asm\x02\x00\x00\x00"),
		"a length only":            append([]byte(wasmHeader), sectionData),
		"a section cut short":      good[:len(good)-1],
		"a passive segment":        append([]byte(wasmHeader), section(sectionData, 1, 1, 0)...),
		"an address that is a sum": append([]byte(wasmHeader), section(sectionData, 1, 0, opI32Const, 8, opI32Const, 8, 0x6a, opEnd, 0)...),
		"a segment that is short":  append([]byte(wasmHeader), section(sectionData, 1, 0, opI32Const, 8, opEnd, 9, 'x')...),
	} {
		_, err := Pack(module)
		assert.ErrorContains(t, err, "pack: ", name)
	}
}

func TestInts(t *testing.T) {
	for _, v := range []int{0, 1, 63, 64, -1, -64, -65, 127, 128, 8191, 8192, 1<<31 - 1, -1 << 31} {
		r := wasmReader{rest: appendInt(nil, v)}
		assert.Equal(t, v, r.int())
		assert.Empty(t, r.rest)
		assert.NoError(t, r.err)
	}
}
