// Package ascii is what the core asks of text where only ASCII counts. What package
// strings has of it brings Unicode's tables, 4 KB for every page.
package ascii

import "strings"

// ToLower returns s with the letters A to Z in lower case.
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

// IndexAny returns the offset of the first byte of s that is one of set, or -1.
func IndexAny(s, set string) int {
	for i := range len(s) {
		if strings.IndexByte(set, s[i]) >= 0 {
			return i
		}
	}
	return -1
}

// HasPrefixFold reports whether s begins with prefix, which is in lower case, whatever
// the case of the letters in s.
func HasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := s[i]
		if isUpper(c) {
			c += 'a' - 'A'
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

// CamelStart reports whether a word begins at s[i] inside a run of letters, as the T
// and the E of "APITimeoutError" do.
func CamelStart(s string, i int) bool {
	if i == 0 || !isUpper(s[i]) {
		return false
	}
	return isLower(s[i-1]) || isUpper(s[i-1]) && i+1 < len(s) && isLower(s[i+1])
}

func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
