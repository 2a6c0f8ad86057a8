package redact

import "strings"

// maxToken is how much of a token is looked at to tell whether it is a key.
const maxToken = 160

// keyLike reports whether the token that s begins with looks like a key, which
// matters after a name: one of its parts is random, or it is a UUID.
func keyLike(s string) bool {
	if s = tokenOf(s); s == cutOff {
		return false
	}
	if isUUID(s) || hasMask(s) {
		return true
	}
	var all census
	for i := 0; i < len(s); i++ {
		if end := alnumEnd(s, i); end > i {
			if isRandom(s[i:end], 8) {
				return true
			}
			all.add(s[i:end])
			i = end
		}
	}
	return all.random(10)
}

// tokenOf returns the token that s begins with, as far as it is looked at.
func tokenOf(s string) string {
	s = s[:min(len(s), maxToken)]
	return s[:tokenEnd(s, 0)]
}

// census counts what a token of several parts is made of.
type census struct {
	// digits is how many digits there are.
	digits int
	// uppers is how many upper-case letters there are.
	uppers int
	// lowers is how many other characters there are.
	lowers int
	// changes is how often the kind of character changes within a part.
	changes int
	// longest is the length of the longest part, in bytes.
	longest int
}

func (c *census) add(part string) {
	for i := range len(part) {
		switch b := part[i]; {
		case isDigit(b):
			c.digits++
		case isUpper(b):
			c.uppers++
		default:
			c.lowers++
		}
	}
	digits, cases := changes(part)
	c.changes += digits + cases
	c.longest = max(c.longest, len(part))
}

// random reports whether a token is base64url, whose longest part has so many
// characters, rather than names
// such as "Qwen3-235B-A22B-Instruct-FP8".
func (c *census) random(longest int) bool {
	length := c.digits + c.uppers + c.lowers
	return length >= 28 && c.longest >= longest && c.digits > 0 && c.uppers > 0 && c.lowers > 0 && 5*c.changes >= length
}

// changes counts where s changes between letters and digits, and from lower to
// upper case.
func changes(s string) (digits, cases int) {
	for i := 1; i < len(s); i++ {
		switch before, c := s[i-1], s[i]; {
		case isDigit(before) != isDigit(c):
			digits++
		case isLower(before) && isUpper(c):
			cases++
		}
	}
	return digits, cases
}

// isRandom reports whether letters and digits are such as nobody chose, rather than
// words, numbers and names such as "tools0function" and "maxOutputTokens2": they change between
// letters and digits, and between cases, more often.
func isRandom(s string, shortest int) bool {
	if len(s) < shortest {
		return false
	}
	digits, cases := changes(s)
	often := 4 * (digits + cases)
	if digits > 0 && len(s) > 23 {
		often += digits + cases
	}
	return digits > 2 || len(s) > 15 && digits > 1 || (len(s) > 15 || digits > 0) && often >= len(s)
}

func isUUID(s string) bool {
	if len(s) < 36 || len(s) > 36 && isAlnum(s[36]) {
		return false
	}
	for i := range 36 {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && digit(s[i]) < 0 {
			return false
		}
	}
	return true
}

// opaqueEnd returns the end of the key without a name and prefix that begins at
// s[i], or 0: 32 or more letters and digits, mixed, that stand alone (Azure,
// Mistral, Cohere), two such parts joined by a dot (Zhipu), or the same in
// base64url, with letters of both cases (Cloudflare). An id stays: it has a
// lower-case word before, as in "req_" and "chatcmpl-".
func opaqueEnd(s string, i int, path bool) int {
	if i > 0 && (isAlnum(s[i-1]) || s[i-1] == '-' || s[i-1] == '_') {
		return 0
	}
	first := alnumEnd(s, i)
	end := first
	var all census
	all.add(s[i:first])
	if first == len(s) || s[first] != '-' && s[first] != '_' {
		second := end
		if end < len(s) && s[end] == '.' {
			second = alnumEnd(s, end+1)
		}
		switch mixed := all.digits > 0 && all.digits < end-i; {
		case mixed && end-i >= 32:
			if second > end+12 && !isWord(s[end+1:second]) {
				return second
			}
			return end
		case second > end && second-i >= 32 && isRandom(s[i:end], 12) && isRandom(s[end+1:second], 12):
			return second
		case path && end-i >= 20 && all.uppers > 0 && all.lowers > 0 && isRandom(s[i:end], 20):
			return end
		}
		return 0
	}
	parts := 1
	for end < len(s) && (s[end] == '-' || s[end] == '_') {
		from := end + 1
		end = alnumEnd(s, from)
		all.add(s[from:end])
		parts++
	}
	if end-i == 40 && all.random(6) { // Cloudflare's length
		return end
	}
	isID := parts == 2 && first-i > 1 && first-i < 16 && isLower(s[i]) && isWord(s[i:first])
	if !isID && all.random(10) {
		return end
	}
	return 0
}

// alnumEnd returns the end of the letters and digits at s[i].
func alnumEnd(s string, i int) int {
	for i < len(s) && isAlnum(s[i]) {
		i++
	}
	return i
}

// tokenEnd returns the end of the run of characters at s[i] that keys, masked
// ones too, are made of, without the punctuation that ends a sentence.
func tokenEnd(s string, i int) int {
	end := i
	for end < len(s) && isTokenByte(s[end]) {
		end++
	}
	return i + len(strings.TrimRight(s[i:end], ".="))
}

// hasMask reports whether somebody has masked a part of a key already.
func hasMask(s string) bool {
	return strings.Contains(s, "**") || strings.IndexByte(s, ellipsis) >= 0 || strings.Contains(s, "...")
}

// maskedToken finds the masked key, such as "ab12****wx9z", whose mask begins
// at s[i].
func maskedToken(s string, i int) (from, to int) {
	if !strings.HasPrefix(s[i:], "***") {
		return 0, 0
	}
	for from = i; from > 0 && i-from < maxToken && isTokenByte(s[from-1]); from-- {
	}
	return from, max(tokenEnd(s, i), i+3)
}
