package e2e

import (
	_ "embed"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/retrystream/retrystream/core/chattest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

//go:embed testdata/api/bodies.js
var bodiesScript string

// openBodies opens a tab with the library, read.js and bodies.js.
func openBodies(t testing.TB) *tab {
	t.Helper()
	tb := openAPI(t)
	eval[chromedp.Void](tb, bodiesScript)
	return tb
}

// batch is what batches() yields.
type batch struct {
	Reset  bool          `json:"reset"`
	Text   string        `json:"text"`
	Events []streamEvent `json:"events"`
}

// twice is one reply, read in both ways.
type twice struct {
	Batches []batch       `json:"batches"`
	Events  []streamEvent `json:"events"`
	Text    string        `json:"text"`
}

// flat gives the events of all batches.
func (r twice) flat() (events []streamEvent) {
	for _, b := range r.Batches {
		events = append(events, b.Events...)
	}
	return events
}

// joined gives the text of the batches from the last reset on, and how many
// resets there were.
func (r twice) joined() (text string, resets int) {
	for _, b := range r.Batches {
		if b.Reset {
			resets, text = resets+1, ""
		}
		text += b.Text
	}
	return text, resets
}

// inPlain copies batches into objects that travel as JSON.
const inPlain = `(batches => batches.map(({ reset, text, events }) => ({ reset, text, events })))`

// TestBatches reads a reply that is cut and tried again, chunk by chunk.
func TestBatches(t *testing.T) {
	t.Parallel()
	got := call[twice](openBodies(t), `async () => {
		const last = delta(" And you?") + chatEnd;
		const reply = () => {
			serve(
				body([delta("Bad"), ": waiting\n\n", delta(" be") + delta("ginning"), new TypeError("network error")]),
				body([delta("Hi, ") + delta("wörld") + delta(" 你好 🚀."), last.slice(0, 40), last.slice(40)]),
			);
			const stream = ask(chatURL, { onRetry: () => stream.retryNow() });
			return stream;
		};
		const stream = reply();
		const batches = `+inPlain+`(await batched(stream));
		return { batches, text: await stream.text(), events: await iterated(reply()) };
	}`)
	const want = "Hi, wörld 你好 🚀. And you?"
	text, resets := got.joined()
	assert.Equal(t, want, text)
	assert.Equal(t, want, got.Text)
	assert.Equal(t, 1, resets)
	assert.Equal(t, got.Events, got.flat())

	type shape struct {
		reset  bool
		text   string
		events int
	}
	var shapes []shape
	for _, b := range got.Batches {
		shapes = append(shapes, shape{b.Reset, b.Text, len(b.Events)})
	}
	// A chunk that completes no event makes no batch.
	assert.Equal(t, []shape{
		{false, "Bad", 1}, {false, " beginning", 2}, {true, "Hi, wörld 你好 🚀.", 4}, {false, " And you?", 3},
	}, shapes)
	require.Len(t, got.Batches, 4)
	assert.Equal(t, streamEvent{Type: "reset", Attempt: 2}, got.Batches[2].Events[0])
	for _, b := range got.Batches {
		var text string
		for _, e := range b.Events {
			text += e.Text
		}
		assert.Equal(t, b.Text, text)
	}
}

// TestBatchesOfServer does the same over a network, which cuts as it likes.
func TestBatchesOfServer(t *testing.T) {
	t.Parallel()
	var urls []string
	for range 2 {
		provider := newFake(t, chattest.Anthropic,
			chattest.CutAfterEvents(8, chattest.Pace(20*time.Millisecond)), chattest.Reply(chattest.DefaultText, chattest.EventsPerFlush(3)))
		urls = append(urls, provider.URL+"/v1/messages")
	}
	got := call[twice](openBodies(t), `async (url, other) => {
		const reply = (url) => {
			const stream = ask(url, { onRetry: () => stream.retryNow() });
			return stream;
		};
		const batches = `+inPlain+`(await batched(reply(url)));
		return { batches, events: await iterated(reply(other)) };
	}`, urls[0], urls[1])
	text, _ := got.joined()
	assert.Equal(t, chattest.DefaultText, text)
	// How much of the first attempt arrives before the cut is the network's.
	sinceReset := func(events []streamEvent) []streamEvent {
		for i, e := range events {
			if e.Type == "reset" {
				return events[i+1:]
			}
		}
		return events
	}
	assert.Greater(t, len(got.Events), 10)
	assert.Equal(t, sinceReset(got.Events), sinceReset(got.flat()))
}

// TestBatchesBreak: leaving the loop ends the request, without an error
// anywhere, and reads no further.
func TestBatchesBreak(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"break", "throw", "return"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			provider := newFake(t, chattest.OpenAIChat, chattest.Stall(8))
			type left struct {
				Server, Phase string
				Pulls         int
				Canceled      bool
			}
			got := call[left](openBodies(t), `async (url, how) => {
				const leave = async (stream) => {
					try {
						for await (const batch of stream.batches()) {
							if (batch.text === "") continue;
							if (how === "throw") throw new Error("enough");
							if (how === "return") return;
							break;
						}
					} catch (error) {
						if (error.message !== "enough") throw error;
					}
				};
				const onServer = ask(url);
				await leave(onServer);
				const source = body([delta(""), delta("text"), delta(" more"), chatEnd]);
				serve(source);
				const stream = ask(chatURL);
				await leave(stream);
				await new Promise(done => setTimeout(done, 20));
				return { server: onServer.status.phase, phase: stream.status.phase, pulls: source.pulls, canceled: source.canceled };
			}`, provider.URL+chatPath, how)
			assert.Equal(t, left{"canceled", "canceled", 2, true}, got)
			provider.waitForGone(t, 1)
			assert.Len(t, provider.Requests(), 1)
		})
	}
}

// TestReadOnce: a stream is iterated once, in one of the two ways, and the
// reader that came first is not disturbed by a second one.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	tb := openBodies(t)
	for _, first := range []string{"iterate", "batches", "text"} {
		for _, second := range []string{"iterate", "batches"} {
			got := call[struct {
				Error streamError
				Text  string
			}](tb, `async (first, second) => {
				serve(body([delta("a") + delta("b"), delta("c"), chatEnd]));
				const stream = ask(chatURL);
				const ways = {
					iterate: () => stream[Symbol.asyncIterator](),
					batches: () => stream.batches(),
					text: () => ({ text: stream.text() }),
				};
				const reader = ways[first]();
				let error;
				try { ways[second](); } catch (thrown) { error = describe(thrown); }
				let text = "";
				for (let item; first !== "text" && !(item = await reader.next()).done;) text += item.value.text;
				return { error, text: first === "text" ? await reader.text : text };
			}`, first, second)
			assert.Equal(t, "TypeError", got.Error.Name, first, second)
			assert.Equal(t, "retryStream: this stream is being read already. Call retryStream again for another reply.", got.Error.Message)
			assert.Equal(t, "abc", got.Text, "%s, then %s", first, second)
		}
	}
}

// TestNextWithoutWaiting: whoever asks several times before the first answer is
// served in the order of asking, through a cut and beyond the end.
func TestNextWithoutWaiting(t *testing.T) {
	t.Parallel()
	tb := openBodies(t)
	for _, way := range []string{"iterate", "batches"} {
		// So many questions at once; the answers to all are awaited before the next ones.
		for _, atOnce := range []int{2, 3, 5, 40} {
			problems := call[[]string](tb, `async (way, atOnce) => {
				const reply = () => {
					const long = delta("d") + delta("e") + delta("f");
					serve(
						body([delta("1") + delta("2") + delta("3"), delta("4"), new TypeError("network error")]),
						body([delta("a"), ": waiting\n\n", delta("b") + delta("c"), long.slice(0, 100), long.slice(100), delta("g") + chatEnd]),
					);
					const stream = ask(chatURL, { onRetry: () => stream.retryNow() });
					return stream;
				};
				const plain = ({ done, value }) => JSON.stringify({ done, text: value?.text, reset: value?.reset, events: value?.events, type: value?.type });
				const open = stream => way === "batches" ? stream.batches() : stream[Symbol.asyncIterator]();
				const want = [];
				for (let reader = open(reply()), answer; !answer?.done;) want.push(plain(answer = await reader.next()));

				const reader = open(reply());
				const got = [];
				const turns = []; // in which order the answers came
				while (got.length < want.length) {
					const asked = Array.from({ length: atOnce }, () => reader.next());
					asked.forEach((answer, i) => answer.then(() => turns.push(got.length + i)));
					const answers = await Promise.all(asked);
					await new Promise(done => setTimeout(done));
					got.push(...answers.map(plain));
				}
				const problems = want.filter((answer, i) => got[i] !== answer);
				if (got.slice(want.length).some(answer => answer !== want.at(-1))) problems.push("no end after the end");
				if (way === "iterate" && want.length !== 4 + 1 + 9 + 1) problems.push(want.length + " answers");
				if (turns.some((turn, i) => turn !== i)) problems.push("answers out of turn: " + turns);
				return problems;
			}`, way, atOnce)
			assert.Empty(t, problems, "%s, %d at once", way, atOnce)
		}
	}
}

// TestNextWithoutWaitingFails: all who wait when a stream fails are told.
func TestNextWithoutWaitingFails(t *testing.T) {
	t.Parallel()
	got := call[[][]string](openBodies(t), `() => Promise.all(["iterate", "batches"].map(async way => {
		serve(body([delta("a"), delta("b"), new TypeError("network error")]));
		const stream = ask(chatURL, { maxAttempts: 1 });
		const reader = way === "batches" ? stream.batches() : stream[Symbol.asyncIterator]();
		const asked = Array.from({ length: 4 }, () => reader.next());
		return (await Promise.allSettled(asked)).map(({ value, reason }) => reason?.name ?? value.value.text);
	}))`)
	for _, answers := range got {
		assert.Equal(t, []string{"a", "b", "RetryStreamError", "RetryStreamError"}, answers)
	}
}

// TestBackPressure: the body is read no faster than its consumer is, however
// long that takes.
func TestBackPressure(t *testing.T) {
	t.Parallel()
	const chunks = 200
	got := call[map[string][]int](openBodies(t), `async (chunks) => {
		const pause = () => new Promise(done => setTimeout(done, 10));
		const run = async (read) => {
			const source = body([...Array.from({ length: chunks }, (_, i) => delta("piece " + i)), chatEnd]);
			serve(source);
			const stream = ask(chatURL);
			const ahead = [];
			const look = async consumed => {
				await pause();
				ahead.push(source.pulls - consumed);
			};
			await pause();
			await look(0);
			await read(stream, look);
			ahead.push(source.pulls - chunks - 1);
			return ahead;
		};
		const slowly = async (items, look) => {
			let consumed = 0;
			for await (const _ of items) if (++consumed < 20) await look(consumed);
		};
		return {
			batches: await run((stream, look) => slowly(stream.batches(), look)),
			iteration: await run((stream, look) => slowly(stream, look)),
			nobody: await run(async (stream, look) => {
				for (let i = 0; i < 5; i++) await look(0);
				await stream.text();
			}),
		};
	}`, chunks)
	for how, ahead := range got {
		require.GreaterOrEqual(t, len(ahead), 7, how)
		for _, n := range ahead {
			assert.LessOrEqual(t, n, 2, "%s: so far ahead: %v", how, ahead)
			assert.GreaterOrEqual(t, n, 0, "%s: the test's own body gives no more than was asked for", how)
		}
	}
	assert.Len(t, got, 3)
}

// TestSilenceAfterSlowPage: a page may look away for longer than the silence
// timeout; when it reads on and nothing comes, the clock runs again.
func TestSilenceAfterSlowPage(t *testing.T) {
	t.Parallel()
	got := call[struct{ First, Kind string }](openBodies(t), `async () => {
		let pulls = 0;
		serve(new ReadableStream({
			pull(controller) {
				if (pulls++ === 0) controller.enqueue(utf8(delta("one")));
				return new Promise(() => {});
			},
		}, { highWaterMark: 0 }));
		const reading = ask(chatURL, { silenceTimeoutMs: 200, maxAttempts: 1 })[Symbol.asyncIterator]();
		const first = (await reading.next()).value.text;
		await new Promise(done => setTimeout(done, 1000));
		const late = new Promise(done => setTimeout(done, 10_000, { kind: "nothing" }));
		const { kind } = await Promise.race([reading.next().catch(error => error), late]);
		return { first, kind };
	}`)
	assert.Equal(t, "one", got.First)
	assert.Equal(t, "stalled", got.Kind)
}

// TestSilenceBeforeSlowPage: nor is the provider silent where the page begins to
// read late. Then the clock runs, however the page reads.
func TestSilenceBeforeSlowPage(t *testing.T) {
	t.Parallel()
	got := call[map[string]string](openBodies(t), `async () => {
		const ways = {
			text: stream => stream.text(),
			iteration: async stream => textOf(await iterated(stream)),
			batches: async stream => textOf(await batched(stream)),
		};
		const found = {};
		for (const [name, read] of Object.entries(ways)) {
			for (const last of [chatEnd, ""]) {
				let chunks = [delta("one"), last];
				serve(new ReadableStream({
					pull: controller => chunks[0] ? controller.enqueue(utf8(chunks.shift())) : new Promise(() => {}),
				}, { highWaterMark: 0 }));
				const stream = ask(chatURL, { silenceTimeoutMs: 200, maxAttempts: 1 });
				await new Promise(done => setTimeout(done, 500));
				const late = new Promise(done => setTimeout(done, 10_000, "nothing"));
				found[name + (last ? "" : ", cut")] = await Promise.race([read(stream).catch(error => error.kind), late]);
			}
		}
		return found;
	}`)
	assert.Equal(t, map[string]string{
		"text": "one", "iteration": "one", "batches": "one",
		"text, cut": "stalled", "iteration, cut": "stalled", "batches, cut": "stalled",
	}, got)
}

// TestDateStandsStill: a test of a page may fix the time of day. A reply that flows is
// no silence all the same.
func TestDateStandsStill(t *testing.T) {
	t.Parallel()
	got := call[[]string](openBodies(t), `async () => {
		await retrystream.init();
		const fixed = Date.now();
		Date.now = () => fixed;
		const found = [];
		for (const read of [stream => stream.text(), async stream => textOf(await iterated(stream))]) {
			const chunks = [...Array.from("abcdefghijklmnopqrstuvwxyz".repeat(8), letter => delta(letter)), chatEnd];
			serve(new ReadableStream({
				pull: async controller => {
					await new Promise(done => setTimeout(done, 5));
					chunks[0] ? controller.enqueue(utf8(chunks.shift())) : controller.close();
				},
			}, { highWaterMark: 0 }));
			found.push(await read(ask(chatURL, { silenceTimeoutMs: 600, maxAttempts: 1 })).catch(error => error.kind));
		}
		return found;
	}`)
	whole := strings.Repeat("abcdefghijklmnopqrstuvwxyz", 8)
	assert.Equal(t, []string{whole, whole}, got)
}

// TestGivenUpAsTheHeadComes: an attempt that is given up in the moment in which
// its response comes ends all the same, although nobody has begun to read that.
func TestGivenUpAsTheHeadComes(t *testing.T) {
	t.Parallel()
	got := call[[]string](openBodies(t), `async () => {
		const later = async turns => {
			while (turns-- > 0) await undefined;
		};
		let arrived;
		const ways = [stream => stream.text(), iterated, batched];
		const found = [];
		const { fetch } = globalThis;
		globalThis.fetch = async (...args) => {
			if (!String(args[0]).startsWith(chatURL)) return fetch(...args);
			// The page is busy until the time is over, then the response comes.
			await new Promise(done => setTimeout(done));
			for (const until = performance.now() + 30; performance.now() < until;);
			arrived();
			return new Response(body([delta("one"), chatEnd]));
		};
		await retrystream.init();
		for (const read of ways) {
			for (let turns = 0; turns < 20; turns++) {
				const stream = ask(chatURL, { silenceTimeoutMs: 20, maxAttempts: 1 });
				// Whatever calls into the module has it look at its clocks.
				arrived = () => void later(turns).then(() => stream.retryNow());
				const late = new Promise(done => setTimeout(done, 1000, "nothing"));
				const how = await Promise.race([read(stream).then(() => "read", ({ kind }) => kind), late]);
				if (!found.includes(how)) found.push(how);
			}
		}
		return found.sort();
	}`)
	// Which of the two is a matter of moments, and on a busy machine always the
	// second. What must not be is neither.
	assert.Subset(t, []string{"read", "stalled"}, got)
	assert.Contains(t, got, "stalled")
}

// TestManyInterleaved has 1,000 streams in one tab whose chunks come in turn,
// cut anywhere. Each gets its own text.
func TestManyInterleaved(t *testing.T) {
	t.Parallel()
	wrong := call[[]string](openBodies(t), `async (streams) => {
		const words = i => Array.from({ length: 8 }, (_, n) => " " + i + ["st", "é", "你好", "🚀"][(i + n) % 4].repeat(1 + n % 3));
		const sources = Array.from({ length: streams }, (_, i) => {
			const bytes = utf8(words(i).map(delta).join("") + chatEnd);
			return { chunks: [...cut(bytes, 90 + i % 50)], controller: undefined };
		});
		serve(...sources.map(source => new ReadableStream({ start: controller => void (source.controller = controller) })));
		const texts = sources.map(async (_, i) => {
			const stream = ask(chatURL);
			if (i % 3 === 0) return stream.text();
			return textOf(await (i % 3 === 1 ? batched(stream) : iterated(stream)));
		});
		await Promise.resolve();
		for (let turn = 0; sources.some(({ chunks }) => turn < chunks.length); turn++) {
			for (const { chunks, controller } of sources) {
				if (turn < chunks.length) controller.enqueue(chunks[turn]);
				if (turn === chunks.length - 1) controller.close();
			}
			await new Promise(done => setTimeout(done));
		}
		const all = await Promise.all(texts);
		return all.flatMap((text, i) => text === words(i).join("") ? [] : [i + ": " + text]).concat(all.length === streams ? [] : "not all");
	}`, 1000)
	assert.Empty(t, wrong, strings.Join(wrong[:min(len(wrong), 3)], "\n"))
}
