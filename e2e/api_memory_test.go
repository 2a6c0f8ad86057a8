package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
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

// readCutScript reads a body, cut into chunks of a size, in one of the three ways
// and tells where that differs from how a plain reader sees it.
const readCutScript = `async (base64, url, plain, size, way) => {
	const bytes = fromBase64(base64);
	const want = globalThis[plain](bytes);
	serve(body(cut(bytes, size || bytes.length)));
	const stream = ask(globalThis[url]);
	const items = way === "text" ? want : await globalThis[way](stream);
	const problems = differences(items.flatMap(item => item.events ?? item), want);
	for (const [name, text] of Object.entries({ "text()": await stream.text(), items: textOf(items) })) {
		if (text !== textOf(want)) problems.push(name + " has another text: " + text.slice(0, 100));
	}
	return { problems, events: want.length, text: textOf(want).length };
}`

// TestChunkSizes: how a body is cut into chunks changes nothing that a page sees.
func TestChunkSizes(t *testing.T) {
	t.Parallel()
	tb := openBodies(t)
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
					got := call[struct {
						Problems     []string
						Events, Text int
					}](tb, readCutScript, []byte(b.body), b.url, b.plain, size, way)
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
	tb := openBodies(t)
	for _, b := range []struct{ url, body string }{{"eventsURL", awkwardEvents()}, {"chatURL", awkwardChat()}} {
		got := call[struct {
			Problems      []string
			Before, After int
		}](tb, `async (base64, url) => {
			const bytes = fromBase64(base64);
			const want = plainEvents(bytes);
			const open = () => (serve(body(cut(bytes, 1000))), ask(globalThis[url]));
			const events = await iterated(open());
			const batches = await batched(open()); // nobody looks into them yet
			const before = memories.at(-1).buffer.byteLength;

			serve(body([...Array.from({ length: 2000 }, (_, i) => delta("later 晚 " + i)), delta("🚀".repeat(2 << 20)), chatEnd]));
			await iterated(ask(chatURL));
			const unread = batches.flatMap(batch => batch.events);
			const problems = Object.entries({
				events,
				unread,
				clones: structuredClone(events),
				copies: unread.map(event => ({ ...event })),
				json: JSON.parse(JSON.stringify(unread)),
			}).flatMap(([name, list]) => differences(list, want).map(text => name + ": " + text));
			return { problems, before, after: memories.at(-1).buffer.byteLength };
		}`, []byte(b.body), b.url)
		assert.Empty(t, got.Problems, b.url)
		if b.url == "eventsURL" {
			assert.Greater(t, got.After, got.Before, "the module's memory has grown")
		}
	}
}

// leftScript follows what the module leaves behind in the page. Go must not run
// yet.
const leftScript = `
	// The JavaScript values that Go knows, null from the beginning, are the keys of a Map.
	let values;
	globalThis.Map = class extends Map {
		constructor(...args) {
			super(...args);
			if (this.has(null)) values = this;
		}
	};
	const timers = new Set();
	const own = {};
	for (const name of ["setTimeout", "clearTimeout", "setInterval", "clearInterval"]) own[name] = globalThis[name].bind(globalThis);
	globalThis.setTimeout = (run, ms, ...args) => {
		const id = own.setTimeout(() => { timers.delete(id); run(...args); }, ms);
		timers.add(id);
		return id;
	};
	globalThis.setInterval = (...args) => {
		const id = own.setInterval(...args);
		timers.add(id);
		return id;
	};
	globalThis.clearTimeout = id => { timers.delete(id); own.clearTimeout(id); };
	globalThis.clearInterval = id => { timers.delete(id); own.clearInterval(id); };
	globalThis.left = () => ({ values: values.size, timers: timers.size, wasm: memories[0].buffer.byteLength });

	// finish reads so many replies; way tells by a reply's number how to.
	let finished = 0;
	const { signal } = new AbortController(); // of a page that has one for all
	globalThis.finish = async (streams, way = () => "text") => {
		for (const end = finished + streams; finished < end; finished++) {
			const wanted = "reply é " + finished;
			const reply = [delta("reply "), delta("é") + delta(" " + finished), chatEnd];
			const broken = [...reply.slice(0, 2), new TypeError("network error")];
			const how = way(finished);
			if (how === "cut") serve(body(broken), body(reply));
			else serve(how === "cancel" ? new ReadableStream() : body(how === "fail" ? broken : reply));
			const stream = ask(chatURL, {
				signal, silenceTimeoutMs: 3000, maxAttempts: how === "fail" ? 1 : 2, onRetry: () => stream.retryNow(),
			});
			stream.subscribe(() => {});
			const ended = () => stream.text().then(() => "no error", () => wanted);
			const text = await {
				text: () => stream.text(),
				cut: () => stream.text(),
				iterate: async () => textOf(await iterated(stream)),
				break: async () => { for await (const _ of stream) return wanted; },
				cancel: () => { setTimeout(() => stream.cancel()); return ended(); },
				fail: ended,
			}[how]();
			if (text !== wanted) throw new Error(how + ": " + text);
		}
	};

	// settle reads more replies until Go has just collected its garbage, and with
	// it has let go of the JavaScript values that it no longer needs. Where it has
	// none that could go, it gives up.
	globalThis.settle = async () => {
		let most = 0;
		for (let i = 0; i < 300; i++) {
			await finish(1);
			most = Math.max(most, values.size);
			if (values.size < most) break;
		}
	};`

// left is what finished streams have left in a page.
type left struct {
	// Values are the JavaScript values that Go knows.
	Values, Timers int
	// WASM and Heap are the module's and JavaScript's memory, in bytes.
	WASM, Heap float64
}

// finishStreams reads so many replies, and then some until all garbage is gone. way is
// a JavaScript function from a reply's number to the way to read it.
func finishStreams(tb *tab, streams int, way string) left {
	tb.t.Helper()
	for ; streams > 0; streams -= 500 {
		eval[chromedp.Void](tb, fmt.Sprintf(`finish(%d, %s)`, min(streams, 500), way))
	}
	eval[chromedp.Void](tb, `settle().then(() => new Promise(done => setTimeout(done)))`)
	l := eval[left](tb, `left()`)
	for range 3 { // what one collection frees may hold what the next one can free
		if _, err := chromedp.Call(tb.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			tb.t.Fatal(err)
		}
	}
	heap, err := chromedp.Call(tb.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		tb.t.Fatal(err)
	}
	l.Heap = heap.UsedSize + heap.EmbedderHeapUsedSize + heap.BackingStorageSize
	tb.t.Logf("left: %+v", l)
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
	tb := openBodies(t)
	eval[chromedp.Void](tb, leftScript)
	few := finishStreams(tb, 100, `() => "text"`)
	many := finishStreams(tb, 9_900, `() => "text"`)
	checkLeft(t, few, many, 1.1)
	assert.Less(t, many.WASM+many.Heap, 1.1*(few.WASM+few.Heap), "all memory, compiled code too")
	assert.Equal(t, 1, eval[int](tb, `memories.length`))
}

// TestNothingLeft: neither do replies that are broken off, canceled, cut or
// failed, and once the silence timeout has passed no timer is left.
func TestNothingLeft(t *testing.T) {
	t.Parallel()
	const ways = `i => ["text", "iterate", "break", "cut", "cancel", "fail"][i % 6]`
	tb := openBodies(t)
	eval[chromedp.Void](tb, leftScript)
	few := finishStreams(tb, 120, ways)
	many := finishStreams(tb, 1800, ways)
	checkLeft(t, few, many, 1.25) // it grows in steps, of an eighth and more
	waitFor(tb, `left().timers === 0`, actionTimeout)
}
