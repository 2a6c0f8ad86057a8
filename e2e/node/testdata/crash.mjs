// Breaks the module under a fetch in Node, and prints what the reader gets as a
// line of JSON: node crash.mjs LIBRARY (held | resumed)
import { pathToFileURL } from "node:url";

const [library, when] = process.argv.slice(2);
let doomed = false;
const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (...args) => {
  const { exports } = await instantiate(...args);
  const retryNow = (id) => {
    if (doomed) throw new WebAssembly.RuntimeError("unreachable");
    exports.retryNow(id);
  };
  return Object.setPrototypeOf({ exports: { ...exports, retryNow } }, WebAssembly.Instance.prototype);
};
const { createRetryFetch, init } = await import(pathToFileURL(library));
await init();
console.warn = () => {};

const delta = (content, reason = null) => `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`;
const end = delta("", "stop") + "data: [DONE]\n\n";

/** A response whose chunks come from next, which is asked for one when somebody reads. */
const answer = (next) => {
  const pull = async (controller) => {
    const chunk = await next();
    if (chunk === undefined) controller.close();
    else controller.enqueue(new TextEncoder().encode(chunk));
  };
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers: { "content-type": "text/event-stream" } });
};
const gate = () => {
  let open;
  const passed = new Promise((resolve) => (open = resolve));
  return { open, passed };
};
const settled = () => new Promise((resolve) => setTimeout(resolve));

const retryFetch = createRetryFetch({ delays: { initialMs: 1 } });
const crash = () => {
  doomed = true;
  retryFetch.retryNow();
};
const asked = gate(), chunk = gate();
let chunks, requests = 0;
if (when === "held") {
  // A chunk comes after the crash, and before anybody reads the response.
  chunks = [() => delta(""), () => (asked.open(), chunk.passed), () => end, () => undefined];
  globalThis.fetch = async () => answer(() => chunks.shift()());
} else {
  // The request for the rest is under way.
  chunks = [() => `id: 1\n${delta("one")}`, () => Promise.reject(new TypeError("terminated"))];
  globalThis.fetch = async (_, { signal }) => {
    if (++requests === 1) return answer(() => chunks.shift()());
    asked.open();
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  };
}
const response = retryFetch("https://chat.example/v1/chat/completions", { method: "POST", body: "{}" });
let text = "", error;
const read = async () => {
  for await (const part of (await response).body) text += new TextDecoder().decode(part);
};
const reading = when === "held" ? undefined : read();
reading?.catch(() => {});
await asked.passed;
await settled();
crash();
await response;
chunk.open(delta("one"));
await settled();
try {
  await (reading ?? read());
} catch ({ name, kind }) {
  error = `${name} ${kind}`;
}
const want = when === "held" ? delta("") + delta("one") + end : `id: 1\n${delta("one")}`;
console.log(JSON.stringify({ text: text === want ? "as sent" : text, error }));
