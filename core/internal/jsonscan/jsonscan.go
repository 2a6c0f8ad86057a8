// Package jsonscan walks JSON text in one pass without allocating. It exists
// because a stream event is looked at tens of thousands of times in a reply and
// only two or three of its values matter.
//
// It checks structure (brackets, commas, quotes, whole literals), which is what
// tells a whole document from one that was cut; it does not check what stands
// inside strings and numbers.
package jsonscan

import "bytes"

// maxDepth is how deep calls of Object and Array may nest, so that a hostile
// document cannot overflow the stack: what lies deeper is skipped without a call.
// It is also how deep Skip goes without allocating. Provider events nest about 10
// deep.
const maxDepth = 512

// Cursor is a position in a JSON document. Object, Array, String, Number and
// Skip each read the value at the cursor and move past it. After malformed
// input every call reads nothing and OK is false.
type Cursor struct {
	// data is the document.
	data []byte
	// pos is the cursor's offset in data.
	pos int
	// depth counts the Object and Array calls in progress.
	depth int
	// bad: the input was malformed.
	bad bool
	// unread, if not nil, gains what nobody asked for.
	unread *[]Span
}

// Span is a part of a document.
type Span struct {
	// Start is the offset of its first byte.
	Start int
	// End is the offset after its last byte.
	End int
	// Kind is what stands there.
	Kind SpanKind
}

// SpanKind is what a Span holds.
type SpanKind uint8

const (
	SpanString SpanKind = iota // what stands between a string's quotes
	SpanNumber
	SpanSpace // white space between other things
)

// New returns a cursor at the first value of data.
func New(data []byte) Cursor {
	c := Cursor{data: data}
	c.space()
	return c
}

// NewNoting is New; the cursor appends to unread, in order, the white space and
// the strings and numbers among the values that were skipped because nobody read
// them. Another document that differs in these alone reads the same. Before the end
// of the outermost object, where providers pad theirs, white space is noted even if
// there is none.
func NewNoting(data []byte, unread *[]Span) Cursor {
	c := Cursor{data: data, unread: unread}
	c.space()
	return c
}

// OK reports whether all that was read so far is well-formed.
func (c *Cursor) OK() bool { return !c.bad }

// End reports whether the document was well-formed and read to its end.
func (c *Cursor) End() bool {
	c.space()
	return !c.bad && c.pos == len(c.data)
}

// Valid reports whether data is one whole JSON value.
func Valid(data []byte) bool {
	c := New(data)
	c.Skip()
	return c.End()
}

// Peek returns the first byte of the value at the cursor: '{', '[', '"', 't',
// 'f', 'n', '-' or a digit; 0 at the end and after malformed input.
func (c *Cursor) Peek() byte {
	if c.bad || c.pos >= len(c.data) {
		return 0
	}
	return c.data[c.pos]
}

// Object reads the object at the cursor and calls member for each key, in order
// and with the cursor on the key's value. A value that member does not read is
// skipped. Anything but an object is skipped whole, without a call.
func (c *Cursor) Object(member func(key []byte)) {
	if !c.enter('{') {
		return
	}
	for first := true; c.more('}', first); first = false {
		key, escaped, ok := c.str()
		if !ok || !c.take(':') {
			c.bad = true
			return
		}
		c.space()
		if escaped {
			key = Unquote(nil, key)
		}
		c.value(func() { member(key) })
	}
}

// Array reads the array at the cursor and calls element for each index, with
// the cursor on its value. A value that element does not read is skipped.
// Anything but an array is skipped whole, without a call.
func (c *Cursor) Array(element func(index int)) {
	if !c.enter('[') {
		return
	}
	index := 0
	for first := true; c.more(']', first); first = false {
		c.value(func() { element(index) })
		index++
	}
}

// String reads the string at the cursor and returns what stands between its
// quotes, escapes as they are (see Unquote). Anything but a string is skipped.
func (c *Cursor) String() (raw []byte, ok bool) {
	raw, _, ok = c.str()
	return raw, ok
}

// Text is String for a value on which nothing depends but what becomes of its
// own text: it counts as unread (see NewNoting). It returns the place of what
// stands between the quotes.
func (c *Cursor) Text() (text Span, ok bool) {
	raw, ok := c.String()
	if !ok {
		return text, false
	}
	text = Span{c.pos - 1 - len(raw), c.pos - 1, SpanString}
	if c.unread != nil {
		*c.unread = append(*c.unread, text)
	}
	return text, true
}

// Pos returns the cursor's place in the document.
func (c *Cursor) Pos() int { return c.pos }

// str is String; escaped reports whether there is an escape in raw.
func (c *Cursor) str() (raw []byte, escaped, ok bool) {
	if c.Peek() != '"' {
		c.Skip()
		return nil, false, false
	}
	start := c.pos + 1
	n, escaped, _ := StringEnd(c.data[start:])
	if n < 0 {
		c.bad = true
		return nil, false, false
	}
	c.pos = start + n + 1
	return c.data[start : start+n], escaped, true
}

// Int reads the number at the cursor; ok is false for anything that is not a
// whole number of at most 18 digits. A number inside a string counts too, as
// some providers quote their codes.
func (c *Cursor) Int() (n int64, ok bool) {
	var raw []byte
	if c.Peek() == '"' {
		raw, _ = c.String()
	} else {
		raw = c.Skip()
	}
	digits := bytes.TrimPrefix(raw, []byte("-"))
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int64(d-'0')
	}
	if len(digits) != len(raw) {
		n = -n
	}
	return n, true
}

// Present reads a value and reports whether it is something, an error in its member
// say: null, false, 0, "", {} and [] are nothing.
func (c *Cursor) Present() bool {
	switch string(c.Skip()) {
	case "", "null", "false", "0", `""`, "{}", "[]":
		return false
	}
	return true
}
func (c *Cursor) enter(bracket byte) bool {
	if c.Peek() != bracket || c.depth == maxDepth {
		c.Skip()
		return false
	}
	c.depth++
	c.pos++
	return true
}

// more moves to the next value of the object or array that ends with closing,
// or past its end and returns false.
func (c *Cursor) more(closing byte, first bool) bool {
	start := c.pos
	c.space()
	if c.Peek() == closing {
		if c.depth == 1 && c.pos == start && c.unread != nil {
			*c.unread = append(*c.unread, Span{start, start, SpanSpace})
		}
		c.pos++
		c.depth--
		return false
	}
	if !first && !c.take(',') {
		c.bad = true
	}
	c.space()
	// A comma needs a value after it.
	if b := c.Peek(); b == 0 || b == closing {
		c.bad = true
	}
	return !c.bad
}

// value runs read on the value at the cursor and skips what it left.
func (c *Cursor) value(read func()) {
	start := c.pos
	read()
	if c.pos == start && !c.bad {
		c.skip(c.unread)
	}
}
