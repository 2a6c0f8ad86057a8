package module

// Instructions of WebAssembly, and what else stands among them.
const (
	opLoop    = 0x03
	opIf      = 0x04
	opEnd     = 0x0b
	opBranch  = 0x0d // to the loop, if so
	opSelect  = 0x1b
	opGet     = 0x20
	opSet     = 0x21
	opTee     = 0x22
	opLoad    = 0x28
	opLoad8   = 0x2d
	opStore   = 0x36
	opConst   = 0x41
	opEqual   = 0x46
	opUnequal = 0x47
	opGreater = 0x4b
	opAdd     = 0x6a
	opSub     = 0x6b
	opMul     = 0x6c
	opAnd     = 0x71
	opShift   = 0x76 // to the right
	noResult  = 0x40
	typeI32   = 0x7f
)

// typeOfStart is that of a function without parameters and results.
var typeOfStart = []byte{0x60, 0, 0}

// The local variables of the function.
const (
	at    = iota // where a function's address is noted
	entry        // its address
	fn           // its _func
	word         // where the offset of one of its tables is
	words        // where they end
	table        // the next table
	locals
)

// restoreTables gives the body of a function that makes again what leaveOut has
// left out.
func restoreTables(t tables) []byte {
	funcs, tables := t.start+t.funcs, t.start+t.tables
	c := code{1, locals, typeI32}

	// Every bucket, here counted by at, has the number of its function.
	c.op(opLoop, noResult)
	c.op(opGet, at).number(bucketSize).op(opMul)
	c.op(opGet, at).number(4).op(opShift)
	c.memory(opStore, t.start+t.buckets)
	c.op(opGet, at).number(1).op(opAdd, opTee, at).number(t.bucketCount()).op(opUnequal, opBranch, 0)
	c.op(opEnd)

	c.number(funcs).op(opSet, at)
	c.number(t.entry).op(opSet, entry)
	c.number(funcs+t.first).op(opSet, fn)
	c.number(tables+firstTable).op(opSet, table)
	c.op(opLoop, noResult)
	{
		c.op(opGet, at, opGet, entry).memory(opStore, 0)
		c.op(opGet, at, opGet, fn).number(funcs).op(opSub).memory(opStore, 4)
		c.op(opGet, fn, opGet, entry).memory(opStore, funcEntry)
		c.op(opGet, fn).memory(opLoad, funcMore).number(4).op(opMul, opGet, fn, opAdd).number(funcTables).op(opAdd, opSet, words)

		c.op(opGet, fn).number(funcFrameTable).op(opAdd, opSet, word)
		c.op(opLoop, noResult)
		{
			c.op(opGet, word).memory(opLoad, 0).number(nextTable).op(opEqual, opIf, noResult)
			{
				c.op(opGet, word, opGet, table).number(tables).op(opSub).memory(opStore, 0)
				c.op(opLoop, noResult)
				for range 2 { // the numbers of a pair
					c.op(opLoop, noResult)
					c.op(opGet, table).number(1).op(opAdd, opTee, table).number(1).op(opSub).memory(opLoad8, 0)
					c.number(0x7f).op(opGreater, opBranch, 0)
					c.op(opEnd)
				}
				c.op(opGet, table).memory(opLoad8, 0).op(opBranch, 0)
				c.op(opEnd)
				c.op(opGet, table).number(1).op(opAdd, opSet, table)
			}
			c.op(opEnd)
			// The offset after that of the frame's table is that of the first of the others.
			c.op(opGet, fn).number(funcTables).op(opAdd)
			c.op(opGet, word).number(4).op(opAdd)
			c.op(opGet, word, opGet, fn).number(funcFrameTable).op(opAdd, opEqual, opSelect)
			c.op(opTee, word, opGet, words, opUnequal, opBranch, 0)
		}
		c.op(opEnd)

		c.op(opGet, fn).memory(opLoad8, funcData).number(4).op(opMul, opGet, words, opAdd)
		c.number(7).op(opAdd).number(-8).op(opAnd, opSet, fn)
		c.op(opGet, entry).number(1).op(opAdd, opSet, entry)
		c.op(opGet, at).number(8).op(opAdd, opTee, at).number(funcs+8*t.count).op(opUnequal, opBranch, 0)
	}
	c.op(opEnd)
	return append(c, opEnd)
}

// code is a function's body.
type code []byte

func (c *code) op(ops ...byte) *code {
	*c = append(*c, ops...)
	return c
}

func (c *code) number(n int) *code {
	*c = appendInt(append(*c, opConst), n)
	return c
}

// memory adds a load or a store, so far from the address.
func (c *code) memory(op byte, offset int) *code {
	*c = append(append(*c, op, 0), uvarint(offset)...)
	return c
}
