// Package ascii is what the core needs of package strings where only ASCII
// counts. The originals bring Unicode's tables, 4 KB for every page.
package ascii

import "strings"

// ToLower gives s with the letters A to Z in lower case.
func ToLower(s string) string {
	for i := range len(s) {
		if isUpper(s[i]) {
			return lower(s, i)
		}
	}
	return s
}

// lower is ToLower of a string whose first capital is s[from].
func lower(s string, from int) string {
	out := []byte(s)
	for i := from; i < len(out); i++ {
		if isUpper(out[i]) {
			out[i] += 'a' - 'A'
		}
	}
	return string(out)
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

// IndexAny gives the offset of the first byte of s that is one of set, or -1.
func IndexAny(s, set string) int {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) >= 0 {
			return i
		}
	}
	return -1
}
