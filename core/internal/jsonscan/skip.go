package jsonscan

// Skip moves past the value at the cursor and returns its text.
func (c *Cursor) Skip() []byte { return c.skip(nil) }

// skip appends the strings and numbers that it passes to unread, if not nil.
func (c *Cursor) skip(unread *[]Span) []byte {
	start := c.pos
	// One bit for each bracket around the current one: 1 for an object, 0 for an array.
	var around [maxDepth / 64]uint64
	var deeper []uint64
	depth, object := 0, false
	for {
		switch b := c.Peek(); b {
		case '"':
			if raw, ok := c.String(); ok && unread != nil {
				*unread = append(*unread, Span{c.pos - 1 - len(raw), c.pos - 1, SpanString})
			}
		case '{', '[':
			c.pos++
			if c.begin(b) {
				break
			}
			var bits []uint64
			if depth >= maxDepth {
				if depth%64 == 0 && depth/64 == maxDepth/64+len(deeper) {
					deeper = append(deeper, 0)
				}
				bits = deeper[depth/64-maxDepth/64:][:1]
			} else {
				bits = around[depth/64:][:1]
			}
			bit := uint64(1) << (depth % 64)
			if bits[0] &^= bit; object {
				bits[0] |= bit
			}
			object = b == '{'
			depth++
			continue
		default:
			from := c.pos
			c.literal()
			if unread != nil && (b == '-' || b >= '0' && b <= '9') {
				*unread = append(*unread, Span{from, c.pos, SpanNumber})
			}
		}
		// A value has ended: close brackets for as long as they end here.
		for {
			if c.bad {
				return nil
			}
			if depth == 0 {
				return c.data[start:c.pos]
			}
			c.space()
			b := c.Peek()
			if b == ',' {
				c.pos++
				c.space()
				if object {
					c.key()
				}
				break
			}
			if object && b != '}' || !object && b != ']' {
				c.bad = true
				return nil
			}
			c.pos++
			depth--
			bit := uint64(1) << (depth % 64)
			if depth < maxDepth {
				object = around[depth/64]&bit != 0
			} else {
				object = deeper[depth/64-maxDepth/64]&bit != 0
			}
		}
	}
}

// begin is called after an opening bracket: it moves to the first value inside,
// or past the closing bracket and returns true when there is none.
func (c *Cursor) begin(b byte) (empty bool) {
	c.space()
	if b == '{' && c.Peek() == '}' || b == '[' && c.Peek() == ']' {
		c.pos++
		return true
	}
	if b == '{' {
		c.key()
	}
	return false
}

// key moves past a key and its colon.
func (c *Cursor) key() {
	if c.Peek() != '"' {
		c.bad = true
		return
	}
	c.String()
	if !c.take(':') {
		c.bad = true
	}
	c.space()
}

// literal moves past a number, true, false or null.
func (c *Cursor) literal() {
	start := c.pos
	for c.pos < len(c.data) && !delimiter(c.data[c.pos]) {
		c.pos++
	}
	word := c.data[start:c.pos]
	if len(word) == 0 {
		c.bad = true
		return
	}
	switch word[0] {
	case 't':
		c.bad = string(word) != "true"
	case 'f':
		c.bad = string(word) != "false"
	case 'n':
		c.bad = string(word) != "null"
	default:
		c.bad = word[0] != '-' && (word[0] < '0' || word[0] > '9')
	}
}

func delimiter(b byte) bool {
	switch b {
	case ',', '}', ']', ':', '{', '[', '"', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

func (c *Cursor) take(b byte) bool {
	c.space()
	if c.Peek() != b {
		return false
	}
	c.pos++
	return true
}

// space moves past white space, which is seldom there.
func (c *Cursor) space() {
	if c.pos < len(c.data) && c.data[c.pos] <= ' ' {
		c.someSpace()
	}
}

func (c *Cursor) someSpace() {
	start := c.pos
	for c.pos < len(c.data) {
		switch c.data[c.pos] {
		case ' ', '\t', '\n', '\r':
			c.pos++
			continue
		}
		break
	}
	if c.pos > start && c.unread != nil {
		*c.unread = append(*c.unread, Span{start, c.pos, SpanSpace})
	}
}
