package template

import "encoding/binary"

// same is bytes.Equal for parts of one length, which in WebAssembly goes byte by
// byte.
func same(a, b []byte) bool {
	if len(a) < 8 || len(b) < 8 {
		for i := range a {
			if a[i] != b[i] {
				return false
			}
		}
		return true
	}
	// The last eight bytes first: what is left over after whole steps is in them.
	if load(a[len(a)-8:]) != load(b[len(b)-8:]) {
		return false
	}
	for len(a) >= 64 && len(b) >= 64 {
		// In Go | and ^ bind alike.
		if (load(a)^load(b))|(load(a[8:])^load(b[8:]))|(load(a[16:])^load(b[16:]))|(load(a[24:])^load(b[24:]))|
			(load(a[32:])^load(b[32:]))|(load(a[40:])^load(b[40:]))|(load(a[48:])^load(b[48:]))|(load(a[56:])^load(b[56:])) != 0 {
			return false
		}
		a, b = a[64:], b[64:]
	}
	if len(a) >= 32 && len(b) >= 32 {
		if (load(a)^load(b))|(load(a[8:])^load(b[8:]))|(load(a[16:])^load(b[16:]))|(load(a[24:])^load(b[24:])) != 0 {
			return false
		}
		a, b = a[32:], b[32:]
	}
	for len(a) >= 8 && len(b) >= 8 {
		if load(a) != load(b) {
			return false
		}
		a, b = a[8:], b[8:]
	}
	return true
}

func load(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
