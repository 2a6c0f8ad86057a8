package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestTextInBlocks: the module hands over the text in blocks where nobody wants
// more. However a reply ends, none of it stays behind, and none comes twice.
func TestTextInBlocks(t *testing.T) {
	t.Parallel()
	wrong := call[[]string](openBodies(t), `async () => {
		const words = (n, word) => Array.from({ length: n }, (_, i) => " " + word + i % 90);
		const error = 'data: {"error":{"message":"Overloaded","type":"server_error","code":503}}\n\n';
		const wrong = [];
		const check = (name, got, want) => {
			if (got !== want) wrong.push(name + ": " + String(got).length + " characters, not " + want.length);
		};
		// A body that gives the parts, then breaks off in this way.
		const broken = (parts, end) => {
			let at = 0;
			return new ReadableStream({
				pull(controller) {
					if (at < parts.length) controller.enqueue(utf8(parts[at++]));
					else if (end === "cut") controller.error(new TypeError("network error"));
					else if (end === "closed") controller.close();
					else return new Promise(() => {}); // silent
				},
			}, { highWaterMark: 0 });
		};
		await retrystream.init();
		for (const n of [1, 3, 200, 1500]) {
			const word = n % 2 ? "w" : "日本🚀";
			const all = words(n, word).map(delta);
			serve(body([...all, chatEnd]));
			check(n + " words", await ask(chatURL).text(), words(n, word).join(""));
			// The words of one chunk reach over several blocks.
			serve(body([all.join(""), chatEnd]));
			check(n + " words in a chunk", await ask(chatURL).text(), words(n, word).join(""));

			for (const [end, last] of [["cut"], ["closed"], ["silent"], ["an error", error], ["half an event", delta("lost").slice(0, -20)]]) {
				const parts = [...all, ...(last ? [last] : [])];
				const how = last ? "closed" : end;
				const options = { partial: "fail", silenceTimeoutMs: 300 };
				serve(broken(parts, how));
				const failed = await ask(chatURL, options).text().catch(error => error);
				check(n + " words, then " + end, failed.text, words(n, word).join(""));

				let before;
				const beforeRetry = ({ text }) => void (before = text);
				serve(broken(parts, how), body([...words(7, "new").map(delta), chatEnd]));
				const restarted = ask(chatURL, { beforeRetry, silenceTimeoutMs: 300, delays: { initialMs: 1 } });
				check(n + " words, then another reply after " + end, await restarted.text(), words(7, "new").join(""));
				check("before it", before, words(n, word).join(""));
			}
		}
		return wrong;
	}`)
	assert.Empty(t, wrong)
}
