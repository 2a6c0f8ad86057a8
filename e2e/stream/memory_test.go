package stream_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/retrystream/retrystream/e2e/internal/browser"
	"github.com/retrystream/retrystream/e2e/internal/library"
)

// windowSize is how many bytes cross into the module at a time.
const windowSize = 64 << 10

// awkwardEvents is an event stream with all that could come out different where
// a chunk ends, or where bytes and characters are not the same.
func awkwardEvents() string {
	var b strings.Builder
	add := func(lines ...string) { b.WriteString(strings.Join(lines, "\n") + "\n\n") }
	// No field of the first line is known if the BOM is not dropped.
	b.WriteString("\ufeff: Kommentär 你好 🚀\n")
	add("id: ü-1", "event: grüße", "data: plain")
	b.WriteString("data: CRLF é\r\nid: 2\r\n\r\ndata: CR 你\rdata: and a second line 好\r\rdata: mixed 🚀\r\n\n")
	add("data")
	add("data:")
	add("data: ")
	add("data: first", "data:", "data: third 🚀", "data")
	add("data: lone \xff byte \x80\xbf")
	add("data: cut off \xe4\xbd")
	add("data:\xbd\xa0 begins in the middle")
	add(": comment \xf0\x9f cut off", "data: \xf0\x9f\x9a cut off, overlong \xc0\xaf, half a pair \xed\xa0\x80")
	add("data: \xff")
	add("data: U+FFFD itself \ufffd")
	add("data: \ufeffBOM at the start\ufeff and inside")
	add("event: \ufefftype", "id: \ufeffid", "data: BOM at the start of the others")
	add("event: bad \xff type", "id: bad id \xe4\xbd", "data: \xa0")
	add("id: with\x00NUL", "data: the id stays")
	add("\ufeffdata: no field", "unknown: Feld", "retry: 10", "data: known")
	add("id", "data: no id")
	add("event: ä event without data")
	for i := range 400 {
		add(fmt.Sprintf(": %d ö", i), fmt.Sprintf("data: short %d %s", i, strings.Repeat([]string{"é", "你", "🚀", "a"}[i%4], i%23)))
	}
	add("event: long", "data: "+strings.Repeat("many words 长 🚀 ", 10_000)) // more than 200 KB
	add("data: after it 你")
	add("id: last", "data: "+strings.Repeat("plain words ", 100))
	for i := range 300 {
		add(fmt.Sprintf("data: plain %d", i))
	}
	add("data: the last one \xe4")
	return b.String()
}

// awkwardChat is a reply of the OpenAI chat API that is awkward in the same ways.
func awkwardChat() string {
	var b strings.Builder
	add := func(end, data string) { b.WriteString("data: " + data + end + end) }
	delta := func(end, content string) {
		add(end, `{"id":"ç-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"`+content+`"},"finish_reason":null}],"obfuscation":"`+strings.Repeat("x", len(content)%7)+`"}`)
	}
	b.WriteString("\ufeff: prüfe 🚀\n\n")
	for _, end := range []string{"\n", "\r\n", "\r"} {
		for _, content := range []string{
			"", "a", "é", "ü und ß", "你好", "🚀", "👩‍👩‍👧", "\ufffd", "\ufeff", "lone \xff byte", "cut off \xe4\xbd", " after it",
			"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe4\xbd", "\xf4\x8f\xbf\xbf", "\u0800\ufffe",
			`\u00e9 \n\t\"\\ \/`, `\ud83d\ude80`, `a pair \ud83d`, `\ude80 in two`, `half \ud83d`, " of one", `\ude80 half`, `\u0000`,
		} {
			delta(end, content)
		}
		b.WriteString(": keep-älive" + end + end)
		for i := range 150 {
			delta(end, fmt.Sprintf("%d %s ", i, strings.Repeat([]string{"word", "é", "长", "🚀"}[i%4], i%13)))
		}
	}
	delta("\n", strings.Repeat("ein langes Stück 长 🚀 ", windowSize/26))
	add("\n", `{"id":"ç-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`)
	add("\n", "[DONE]")
	return b.String()
}

// awkwardLines is a reply of one JSON object a line, with white space around them.
func awkwardLines() string {
	var b strings.Builder
	for i := range 300 {
		space := []string{"", " ", "\t", " \r", "\r", "  \t\r"}[i%6]
		content := strings.Repeat([]string{"é", "你", "🚀", "a"}[i%4], i%9)
		fmt.Fprintf(&b, "%s{\"model\":\"m\",\"message\":{\"content\":\"%s\"},\"done\":false}%s\n", space[:i%2*len(space)], content, space)
	}
	b.WriteString("\n" + `{"model":"m","message":{"content":""},"done":true}` + "\n")
	return b.String()
}

// splitCharacters is a chat reply of a server that puts half of a character into
// one event and the other half into the next, as bytes: neither is a character.
func splitCharacters() string {
	var b strings.Builder
	for _, content := range []string{"a \xc3", "\xa9 b", "\xe4\xbd", "\xa0", "\xf0\x9f", "\x9a\x80 c"} {
		b.WriteString(`data: {"choices":[{"index":0,"delta":{"content":"` + content + `"},"finish_reason":null}]}` + "\n\n")
	}
	return b.String() + `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
}

// TestChunkSizes: how a body is cut into chunks changes nothing that a page sees.
func TestChunkSizes(t *testing.T) {
	t.Parallel()
	tb := library.OpenBodies(t)
	for _, b := range []struct {
		name, url, plain, body string
		// What there is to see, lest nothing be compared with nothing.
		events, text int
	}{
		{"events", "eventsURL", "plainEvents", awkwardEvents(), 724, 0},
		{"chat", "chatURL", "plainEvents", awkwardChat(), 540, 63_033},
		{"lines", "eventsURL", "plainLines", awkwardLines(), 301, 1488},
		{"split characters", "chatURL", "plainEvents", splitCharacters(), 8, 13},
	} {
		t.Run(b.name, func(t *testing.T) {
			for _, size := range []int{0, 1, 7, 1000, windowSize - 1, windowSize, windowSize + 1} {
				for _, way := range []string{"iterated", "batched", "text"} {
					if size == 1 && way != "iterated" {
						continue // the slowest; once is enough
					}
					got := browser.Call[struct {
						Problems     []string
						Events, Text int
					}](tb, "readCutInto", []byte(b.body), b.url, b.plain, size, way)
					assert.Empty(t, got.Problems, "%s, in chunks of %d bytes", way, size)
					assert.Equal(t, b.events, got.Events)
					assert.Equal(t, b.text, got.Text)
				}
			}
		})
	}
}

// TestKeptEvents: events and batches are the page's to keep and to copy. What
// comes later does not change them, nor does the module's memory, which moves
// when it grows.
func TestKeptEvents(t *testing.T) {
	t.Parallel()
	tb := library.OpenBodies(t)
	for _, b := range []struct{ url, body string }{{"eventsURL", awkwardEvents()}, {"chatURL", awkwardChat()}} {
		got := browser.Call[struct {
			Problems      []string
			Before, After int
		}](tb, "keepEvents", []byte(b.body), b.url)
		assert.Empty(t, got.Problems, b.url)
		if b.url == "eventsURL" {
			assert.Greater(t, got.After, got.Before, "the module's memory has grown")
		}
	}
}

// left is what finished streams have left in a page.
type left struct {
	// Values are the JavaScript values that Go knows.
	Values, Timers int
	// WASM and Heap are the module's and JavaScript's memory, in bytes.
	WASM, Heap float64
}

// finishStreams reads so many replies, and then some until all garbage is gone: each in
// one of the ways that there are, or all to their ends.
func finishStreams(tb *browser.Tab, streams int, inAllWays bool) left {
	tb.T.Helper()
	for ; streams > 0; streams -= 500 {
		tb.Call("finish", min(streams, 500), inAllWays)
	}
	tb.Call("settle")
	l := browser.Call[left](tb, "left")
	l.Heap = tb.Heap()
	tb.T.Logf("left: %+v", l)
	return l
}

// checkLeft compares what is left after many streams with what was left after
// few. growth is what the module's memory may become, as a multiple.
func checkLeft(t *testing.T, few, many left, growth float64) {
	t.Helper()
	assert.LessOrEqual(t, many.WASM, growth*few.WASM, "the module's memory")
	assert.Less(t, many.Values, few.Values+50, "JavaScript values that Go knows")
	// The engine compiles what is called often, and now and then again: that takes up
	// to 450 KB, after 3,000 replies as after 50,000.
	assert.Less(t, many.Heap, 1.1*few.Heap+float64(500<<10), "JavaScript's memory")
	// Three stand until they are due, whoever they were set for: Go's, the one that
	// looks for a sleep, and the one that cuts bodies which go on after the reply.
	assert.LessOrEqual(t, many.Timers, 3)
}

// TestManyFinished: 10,000 replies leave no more in a page than 100 do.
func TestManyFinished(t *testing.T) {
	t.Parallel()
	tb := library.OpenBodies(t)
	tb.Call("followMemory")
	few := finishStreams(tb, 100, false)
	many := finishStreams(tb, 9_900, false)
	checkLeft(t, few, many, 1.1)
	assert.Less(t, many.WASM+many.Heap, 1.1*(few.WASM+few.Heap), "all memory, compiled code too")
	assert.Equal(t, 1, browser.Eval[int](tb, `memories.length`))
}

// TestNothingLeft: neither do replies that are broken off, canceled, cut or
// failed, and once the silence timeout has passed no timer is left.
func TestNothingLeft(t *testing.T) {
	t.Parallel()
	tb := library.OpenBodies(t)
	tb.Call("followMemory")
	few := finishStreams(tb, 120, true)
	many := finishStreams(tb, 1800, true)
	checkLeft(t, few, many, 1.25) // it grows in steps, of an eighth and more
	tb.WaitFor(`tests.left().timers === 0`)
}
