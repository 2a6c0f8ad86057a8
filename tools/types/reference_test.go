package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTakeDefault(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string][2]string{
		"How long. 5 minutes unless set.":                          {"5 minutes", "How long."},
		"The first wait; 1 second unless set, or less. It is one.": {"1 second, or less", "The first wait. It is one."},
		"Waits; 1s, 2s ... 60s unless set.":                        {"1s, 2s ... 60s", "Waits."},
		"How it is. \"a\" unless given; 0 is none.":                {`"a"`, "How it is. 0 is none."},
		"Called at once.":                                          {"", "Called at once."},
	} {
		unset, rest := takeDefault(doc)
		assert.Equal(t, want, [2]string{unset, rest}, doc)
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	const source = "type Mode = \"a\" | \"b\";\n"
	for row, m := range map[string]member{
		"| `onX` | `(x: X) => void` | none | Called. |\n":                                          {"onX", "((x: X) => void) | undefined", "Called."},
		"| `mode` | `\"a\"`, `\"b\"` | `\"a\"` | How: `\"a\"` or `Y`. |\n":                         {"mode", "Mode | undefined", `How: "a" or {@link Y}. "a" unless given.`},
		"| `delays` | [`Delays`](#delays) | 1s | The waits. |\n":                                   {"delays", "Delays | undefined", "The waits. 1s unless set."},
		"| `maxMs` | `number`, milliseconds | for ever | How long. `Infinity` means no limit. |\n": {"maxMs", "number | undefined", "How long. For ever unless set. In milliseconds; Infinity means no limit."},
	} {
		got, err := m.row(source)
		require.NoError(t, err)
		assert.Equal(t, row, got)
	}
	for _, m := range []member{
		{"tries", "number | undefined", "How many."},
		{"mode", "Mode | undefined", "How."},
		{"maxMs", "number | undefined", "How long. 1 second unless set."},
		{"max", "number | undefined", "How long. 1 second unless set. In milliseconds."},
	} {
		_, err := m.row(source)
		assert.ErrorContains(t, err, m.name+": ", m.doc)
	}
}

func TestInterfaceMembers(t *testing.T) {
	t.Parallel()
	const source = "export interface A extends B<C> {\n  /**\n   * Two\n   * lines.\n   */\n  a?: { x: 1 } | undefined;\n  /** One. */\n  readonly b?: B;\n}\n" +
		"export interface Odd {\n  a?: number;\n}\n"
	list, err := interfaceMembers(source, "A")
	require.NoError(t, err)
	assert.Equal(t, []member{{"a", "{ x: 1 } | undefined", "Two lines."}, {"b", "B", "One."}}, list)
	_, err = interfaceMembers(source, "Odd")
	assert.ErrorContains(t, err, "not understood: a?: number")
	_, err = interfaceMembers(source, "B")
	assert.ErrorContains(t, err, "no interface B")
}
