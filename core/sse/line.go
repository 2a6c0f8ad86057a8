package sse

import (
	"bytes"
	"math"
	"time"
)

// maxRetryMs is the longest delay in milliseconds that a time.Duration holds.
const maxRetryMs = math.MaxInt64 / int64(time.Millisecond)

// headLen is how much of a line decides what the line is: the longest field
// name, its colon and the one space that may follow it.
const headLen = len("event: ")

// field is what a line is about.
type field uint8

const (
	fieldUndecided field = iota // fewer than headLen bytes of the line have come
	fieldIgnored                // a comment or a field that nobody knows
	fieldData
	fieldType
	fieldID
	fieldRetry
)

// grow appends like append, but takes no more memory than limit needs.
func grow(dst, src []byte, limit int) []byte {
	if n := len(dst) + len(src); n > cap(dst) {
		bigger := make([]byte, len(dst), max(n, min(2*cap(dst), limit)))
		copy(bigger, dst)
		dst = bigger
	}
	return append(dst, src...)
}

// indexFrom returns the place of c in b at pos or later, len(b) if there is none.
func indexFrom(b []byte, pos int, c byte) int {
	if i := bytes.IndexByte(b[pos:], c); i >= 0 {
		return pos + i
	}
	return len(b)
}

// parse splits a line that is not empty into its field and its value.
func parse(line []byte) (field, []byte) {
	n := bytes.IndexByte(line, ':')
	var value []byte
	if n < 0 {
		n = len(line)
	} else if value = line[n+1:]; len(value) > 0 && value[0] == ' ' {
		value = value[1:]
	}
	switch string(line[:n]) {
	case "data":
		return fieldData, value
	case "event":
		return fieldType, value
	case "id":
		return fieldID, value
	case "retry":
		return fieldRetry, value
	}
	return fieldIgnored, nil
}

// parseRetry reads milliseconds: nothing but digits, and at least one.
func parseRetry(value []byte) (ms int64, ok bool) {
	for _, c := range value {
		if c < '0' || c > '9' {
			return 0, false
		}
		// The cap also keeps the next digit from overflowing.
		ms = min(10*ms+int64(c-'0'), maxRetryMs)
	}
	return ms, len(value) > 0
}
