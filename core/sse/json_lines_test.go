package sse_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/retrystream/retrystream/core/sse"
)

func readLines(t *testing.T, body string, size int) (lines []string, pending string) {
	var l sse.Lines
	for len(body) > 0 {
		n := min(size, len(body))
		chunk := []byte(body[:n])
		require.NoError(t, l.Feed(chunk, func(ev sse.Event) { lines = append(lines, string(ev.Data)) }))
		clear(chunk)
		body = body[n:]
	}
	l.End(func(ev sse.Event) { pending = string(ev.Data) })
	return lines, pending
}

func TestLinesAreTheSameForEveryChunking(t *testing.T) {
	body := "{\"a\":1}\n\n  \r\n{\"b\":\"é\"}\r\n{\"c\":3}"
	for size := 1; size <= len(body); size++ {
		lines, pending := readLines(t, body, size)
		assert.Equal(t, []string{`{"a":1}`, `{"b":"é"}`}, lines, "chunks of %d", size)
		assert.Equal(t, `{"c":3}`, pending, "chunks of %d", size)
	}
}

func TestLinesAreBounded(t *testing.T) {
	l := sse.Lines{MaxEventBytes: 10}
	none := func(sse.Event) { t.Error("an event") }
	require.NoError(t, l.Feed([]byte("123456"), none))
	var large *sse.TooLargeError
	require.ErrorAs(t, l.Feed([]byte(strings.Repeat("x", 5)), none), &large)
	assert.Equal(t, 10, large.Limit)
	assert.Error(t, l.Feed([]byte("\n"), none))
	l.End(none)
}

// TestLinesLeft: what follows a line in its chunk is known while the line is read.
func TestLinesLeft(t *testing.T) {
	var l sse.Lines
	var left []int
	note := func(sse.Event) { left = append(left, l.Left()) }
	require.NoError(t, l.Feed([]byte("{\"a\":1}\n\n{\"b\":2}\n{"), note))
	require.NoError(t, l.Feed([]byte("}\r\n"), note))
	assert.Equal(t, []int{10, 1, 0}, left)
}
