package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

// Eight bytes are looked at in one step; a step for each byte is what costs most
// in WebAssembly. In a word of bytes, borrow and carry reach upwards only, so
// that the lowest byte found is always a true one.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// StringEnd finds the end of a string whose text, after the opening quote, is at
// the start of data: the place of the closing quote, or -1. It tells whether
// there are escapes before it, and control characters, line ends among them.
func StringEnd(data []byte) (end int, escaped, control bool) {
	for i := 0; i < len(data); {
		if len(data)-i >= 8 {
			word := binary.LittleEndian.Uint64(data[i:])
			quote, backslash := word^('"'*ones), word^('\\'*ones)
			found := ((quote-ones)&^quote | (backslash-ones)&^backslash | (word-' '*ones)&^word) & highs
			if found == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(found) / 8
		}
		switch b := data[i]; {
		case b == '"':
			return i, escaped, control
		case b == '\\':
			escaped = true
			i += 2
		case b < ' ':
			control = true
			i++
		default:
			i++
		}
	}
	return -1, escaped, control
}
