package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/wasm/border"
)

// The generator asks the compiler's sizes where fields are; this asks the program.
func TestPlacesAreThoseOfTheProgram(t *testing.T) {
	source, err := os.ReadFile("../" + borderFile)
	require.NoError(t, err)
	places := map[string]reflect.Type{"mailbox": reflect.TypeFor[border.Mailbox](), "record": reflect.TypeFor[border.Record]()}
	for prefix, typ := range places {
		for field := range typ.Fields() {
			assert.Contains(t, string(source), fmt.Sprintf("export const %s%s = %d;\n", prefix, field.Name, field.Offset/4))
		}
		assert.Contains(t, string(source), fmt.Sprintf("export const %sWords = %d;\n", prefix, typ.Size()/4))
	}

	_, list, _ := strings.Cut(string(source), "const numbers = [\n")
	list, _, _ = strings.Cut(list, "];")
	at := uintptr(0)
	start := reflect.TypeFor[border.Start]()
	for _, m := range regexp.MustCompile(`(text\()?from\.(\w+)`).FindAllStringSubmatch(list, -1) {
		field, ok := start.FieldByNameFunc(func(name string) bool { return camel(name) == m[2] })
		require.True(t, ok, m[2])
		assert.Equal(t, field.Offset, at, m[2])
		assert.Equal(t, field.Type == reflect.TypeFor[border.Text](), m[1] != "", m[2])
		at += field.Type.Size()
	}
	assert.Equal(t, start.Size(), at)
	assert.Contains(t, string(source), fmt.Sprintf("let end = %d;\n", at))
}

func TestEveryOptionCrosses(t *testing.T) {
	_, err := generateBorder("..", []option{{name: "newOne", value: "number"}})
	assert.ErrorContains(t, err, "border.Start: the option newOne does not cross: it needs a field for a number")
	_, err = generateBorder("..", []option{{members: []option{{name: "jitter", value: "number"}}}})
	assert.ErrorContains(t, err, "jitter")
}

func TestCamel(t *testing.T) {
	for name, want := range map[string]string{"URL": "url", "MaxMs": "maxMs", "RoomKey": "roomKey", "URLPath": "urlPath", "A": "a"} {
		assert.Equal(t, want, camel(name))
	}
}
