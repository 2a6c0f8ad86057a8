package template

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestSame changes each bit of texts of all lengths: a difference that is not seen
// would have an event taken for another.
func TestSame(t *testing.T) {
	text := []byte(strings.Repeat(`{"id":"abc","n":[0,1],"text":"~}"}`, 6))
	for n := range text {
		a, b := text[:n], append([]byte(nil), text[:n]...)
		assert.True(t, same(a, b))
		for bit := range n * 8 {
			b[bit/8] ^= 1 << (bit % 8)
			if same(a, b) {
				t.Fatalf("of %d bytes, bit %d of byte %d", n, bit%8, bit/8)
			}
			b[bit/8] ^= 1 << (bit % 8)
		}
	}
}
