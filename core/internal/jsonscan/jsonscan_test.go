package jsonscan

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestValidTellsWholeFromCut(t *testing.T) {
	whole := `{"id":"a\"b\\","n":[1,-2.5e3,true,false,null,{}],"o":{"k":[[],{"x":"y"}]}, "é" : "\ud83d\ude00" }`
	require.True(t, json.Valid([]byte(whole)))
	assert.True(t, Valid([]byte(whole)))
	for n := range len(whole) {
		assert.False(t, Valid([]byte(whole[:n])), "cut at %d", n)
	}
}

func TestValidRefuses(t *testing.T) {
	for _, doc := range []string{
		``, ` `, `{`, `}`, `[`, `]`, `{]`, `[}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[,1]`, `{,}`,
		`{"a":1 "b":2}`, `[1 2]`, `{a:1}`, `nul`, `truex`, `"a`, `"a\"`, `{} {}`, `{}x`, `<html>`,
		`{1:2}`, `{"a":1]`, `[{"a":1]}`, strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth),
		strings.Repeat("[", 1000) + "}" + strings.Repeat("]", 999), strings.Repeat(`{"a":`, 100_000),
	} {
		assert.False(t, Valid([]byte(doc)), "%.40s", doc)
	}
	for _, depth := range []int{maxDepth - 1, maxDepth, maxDepth + 1, 10_000, 1_000_000} {
		assert.True(t, Valid([]byte(strings.Repeat(`[{"a":`, depth/2)+"1"+strings.Repeat("}]", depth/2))), "%d levels", depth)
	}
}

func TestObjectVisitsMembersAndSkipsWhatIsNotRead(t *testing.T) {
	c := New([]byte(` {"skip":{"deep":[1,{"x":"}"}]},"\u0061":"read\n","n":42,"q":"17","neg":-3,"list":[7,8,9]} `))
	var text, keys []string
	var numbers []int64
	c.Object(func(key []byte) {
		keys = append(keys, string(key))
		switch string(key) {
		case "a":
			raw, ok := c.String()
			require.True(t, ok)
			text = append(text, string(Unquote(nil, raw)))
		case "n", "q", "neg":
			n, ok := c.Int()
			require.True(t, ok)
			numbers = append(numbers, n)
		case "list":
			c.Array(func(i int) {
				if i != 1 { // the second is left for the cursor to skip
					n, _ := c.Int()
					numbers = append(numbers, n)
				}
			})
		}
	})
	assert.True(t, c.End())
	assert.Equal(t, []string{"skip", "a", "n", "q", "neg", "list"}, keys)
	assert.Equal(t, []string{"read\n"}, text)
	assert.Equal(t, []int64{42, 17, -3, 7, 9}, numbers)
}

func TestReadingTheWrongTypeSkipsIt(t *testing.T) {
	c := New([]byte(`{"a":[1],"b":{"c":2},"d":"x","e":1.5}`))
	visited := 0
	c.Object(func(key []byte) {
		switch string(key) {
		case "a":
			c.Object(func([]byte) { visited++ })
		case "b":
			c.Array(func(int) { visited++ })
		case "d", "e":
			_, ok := c.Int()
			assert.False(t, ok)
		}
	})
	assert.True(t, c.End())
	assert.Zero(t, visited)
}

func TestCursorStopsAtMalformedInput(t *testing.T) {
	c := New([]byte(`{"a":1,"b":[1,2`))
	c.Object(func([]byte) {})
	assert.False(t, c.OK())
	assert.False(t, c.End())
	assert.Zero(t, c.Peek())
}

func TestNestedCallsAreBounded(t *testing.T) {
	const deep = 100_000
	for _, tc := range []struct {
		name, doc string
		whole     bool
	}{
		{"whole", strings.Repeat("[", deep) + strings.Repeat("]", deep), true},
		{"cut", strings.Repeat("[", deep), false},
	} {
		c := New([]byte(tc.doc))
		depth := 0
		var visit func(int)
		visit = func(int) { depth++; c.Array(visit) }
		c.Array(visit)
		assert.Equal(t, tc.whole, c.End(), tc.name)
		assert.LessOrEqual(t, depth, maxDepth, tc.name)
	}
}

func TestUnquoter(t *testing.T) {
	for _, tc := range []struct {
		name string
		raw  []string
		want string
	}{
		{"plain", []string{"héllo 世界"}, "héllo 世界"},
		{"escapes", []string{`\"\\\/\b\f\n\r\t\u00e9`}, "\"\\/\b\f\n\r\té"},
		{"pair", []string{`a\ud83d\ude00b`}, "a😀b"},
		{"pair split between strings", []string{`a\ud83d`, `\ude00b`}, "a😀b"},
		{"pair split by an empty string", []string{`\ud83d`, ``, `\ude00`}, "😀"},
		{"first half alone", []string{`\ud83dx`, `\ud83d`}, "�x�"},
		{"second half alone", []string{`\ude00`}, "�"},
		{"two first halves", []string{`\ud83d\ud83d\ude00`}, "�😀"},
		{"malformed", []string{`\x\u12`, `\u00zz!`}, "��\ufffd00zz!"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var u Unquoter
			var got []byte
			for _, raw := range tc.raw {
				got = u.Append(got, []byte(raw))
			}
			assert.Equal(t, tc.want, string(u.Flush(got)))
		})
	}
}

func TestWalkingAllocatesNothing(t *testing.T) {
	data := []byte(`{"id":"x","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}`)
	buf := make([]byte, 0, 64)
	allocs := testing.AllocsPerRun(100, func() {
		c := New(data)
		c.Object(func(key []byte) {
			if string(key) != "choices" {
				return
			}
			c.Array(func(int) {
				c.Object(func(key []byte) {
					if string(key) != "delta" {
						return
					}
					c.Object(func(key []byte) {
						raw, _ := c.String()
						var u Unquoter
						buf = u.Append(buf[:0], raw)
					})
				})
			})
		})
	})
	assert.Zero(t, allocs)
	assert.Equal(t, "Hello", string(buf))
}

// FuzzValid holds that whatever encoding/json accepts is accepted here, that a
// cut document never is, and that unquoting agrees.
func FuzzValid(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":"c\n"}]}`, `"\ud83d\ude00"`, `[]`, `nul`, `{"a":1}}`, `[1,,2]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := Valid(data)
		if json.Valid(data) {
			require.True(t, got)
			var s string
			if json.Unmarshal(data, &s) == nil && strings.ToValidUTF8(string(data), "") == string(data) {
				c := New(data)
				raw, ok := c.String()
				require.True(t, ok)
				require.Equal(t, s, string(Unquote(nil, raw)))
			}
		}
		if got && len(data) > 0 && data[0] == '{' {
			end := strings.LastIndexByte(string(data), '}')
			require.False(t, Valid(data[:end]))
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	data := []byte(`{"id":"chatcmpl-abcdefghijklmnopqrstuvwxyz012","object":"chat.completion.chunk","created":1700000000,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" word"},"logprobs":null,"finish_reason":null}]}`)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if !Valid(data) {
			b.Fatal("not valid")
		}
	}
}
