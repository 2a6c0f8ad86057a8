package chattest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pieces splits text into the deltas of a streamed reply. Joined they are the
// text again, and no piece ends inside a character.
func pieces(s Step) []string {
	if s.DeltaRunes > 0 {
		return fixedPieces(s.Text, s.DeltaRunes)
	}
	var out []string
	start, size := 0, 0
	prev := rune(-1)
	for i, r := range s.Text {
		if i > start && breaksPiece(prev, r, size) {
			out = append(out, s.Text[start:i])
			start, size = i, 0
		}
		size++
		prev = r
	}
	if start < len(s.Text) {
		out = append(out, s.Text[start:])
	}
	return out
}

// breaksPiece reports whether r starts a new piece after a piece of so many code
// points that ends in prev. Models tend to send a word with the space before
// it, long words in parts, and scripts without spaces one character at a time.
func breaksPiece(prev, r rune, size int) bool {
	if size == maxPieceRunes {
		return true
	}
	if unicode.IsSpace(prev) {
		return false
	}
	return unicode.IsSpace(r) || wide(prev) || wide(r)
}

const maxPieceRunes = 8

// wide reports whether r belongs to a script that models send by the character.
func wide(r rune) bool { return r >= 0x2E80 }

func fixedPieces(text string, runes int) []string {
	var out []string
	for text != "" {
		end := 0
		for range runes {
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
		}
		out = append(out, text[:end])
		text = text[end:]
	}
	return out
}

// quote returns s as a JSON string. Characters beyond ASCII stay as they are, as
// the providers send them.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// A string always has a JSON form and a buffer takes all that is written.
	_ = e.Encode(s)
	return strings.TrimSuffix(b.String(), "\n")
}

// quoteOrNull returns null for an empty string.
func quoteOrNull(s string) string {
	if s == "" {
		return "null"
	}
	return quote(s)
}

// pretty indents a JSON text as the providers do with bodies for people.
func pretty(s string) []byte {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(s), "", "  "); err != nil {
		return []byte(s)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// fakeID returns n letters and digits that look random and depend on the seed
// alone.
func fakeID(seed, n int) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	b := make([]byte, n)
	x := uint64(seed)
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = alphabet[(x>>33)%uint64(len(alphabet))]
	}
	return string(b)
}

// created is the time stamp in every reply: 1 January 2026, so that replies are
// the same every time.
const created = "1767225600"
