// Ends requests at each step of what a server does, and prints a line of JSON for
// each promise that nobody heard reject, and each request that ended otherwise than
// by an AbortError or its reply: node aborts.mjs LIBRARY
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const { createRetryFetch, init, retryStream } = await import(pathToFileURL(process.argv[2]));
await init();

// An error's body that stays open is waited for no longer than this.
const plainTimer = globalThis.setTimeout;
globalThis.setTimeout = (run, ms, ...args) => plainTimer(run, Math.min(ms ?? 0, 20), ...args);

let running = "";
const report = (what, error) => console.log(JSON.stringify({ text: `${running}: ${what}`, error: String(error?.stack ?? error) }));
process.on("unhandledRejection", (error) => report("nobody heard", error));

const delta = (content, reason = null) => `data: ${JSON.stringify({ object: "chat.completion.chunk", choices: [{ index: 0, delta: { content }, finish_reason: reason }] })}\n\n`;
const tick = () => new Promise((resolve) => setTimeout(resolve));

// What the server does with its requests, step by step.
const error = [(res) => res.writeHead(500).flushHeaders(), ...Array(4).fill((res) => res.write("x".repeat(50_000)))];
const sse = (res) => res.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
const write = (text) => (res) => res.write(text);
const end = (res) => res.end();
const replies = [
  [...error, end],
  [sse, write(delta("")), (res) => res.destroy()],
  [...error], // stays open
  [sse, write(delta("")), write(delta("one")), write(delta("", "stop") + "data: [DONE]\n\n"), end],
];

let onStep = () => {};
let requests = 0;
const server = createServer(async (_, res) => {
  const reply = replies[requests++] ?? replies.at(-1);
  onStep();
  for (const step of reply) {
    await tick();
    if (res.destroyed) return;
    step(res);
    onStep();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${server.address().port}/v1/chat/completions`;
// What the page's own functions reject with is told, and ends nothing.
const oops = "the page's own";
console.error = (error) => error === oops || report("told", error);
const options = { delays: { initialMs: 1 }, onRetry: () => setTimeout(() => retry()), onStatus: () => Promise.reject(oops) };
let retry = () => {};

// Who asks, and how the asking is ended.
const ways = {
  abort() {
    const controller = new AbortController();
    const send = createRetryFetch(options);
    retry = send.retryNow;
    const done = send(url, { method: "POST", body: "{}", signal: controller.signal }).then((response) => response.text());
    return [done, () => controller.abort()];
  },
  cancel() {
    const send = createRetryFetch(options);
    retry = send.retryNow;
    return [send(url, { method: "POST", body: "{}" }).then((response) => response.text()), send.cancel];
  },
  stream() {
    const stream = retryStream(url, { method: "POST", body: "{}", ...options });
    retry = () => stream.retryNow();
    return [stream.text(), () => stream.cancel()];
  },
  // Nobody reads what comes.
  unread() {
    const controller = new AbortController();
    const stream = retryStream(url, { method: "POST", body: "{}", signal: controller.signal, ...options });
    retry = () => stream.retryNow();
    void createRetryFetch(options)(url, { method: "POST", body: "{}", signal: controller.signal }).catch(() => {});
    return [tick(), () => controller.abort()];
  },
};

let steps = 0;
for (const [way, ask] of Object.entries(ways)) {
  const last = way === "abort" ? Infinity : steps;
  for (let at = 0; at <= last; at++) {
    running = `${way} at step ${at}`;
    requests = 0;
    let step = 0, stop;
    onStep = () => {
      if (step++ === at) for (const wait of [queueMicrotask, setImmediate]) wait(() => stop());
    };
    let done;
    [done, stop] = ask();
    const outcome = await done.then(() => "done", (thrown) => thrown.name);
    if (outcome !== "AbortError" && outcome !== "done" && outcome !== undefined) report("ended otherwise", outcome);
    if (way !== "abort") stop();
    for (let i = 0; i < 5; i++) await tick();
    if (way === "abort" && step <= at) {
      steps = step;
      break;
    }
  }
}
running = "the end";
for (let i = 0; i < 5; i++) await tick();
server.closeAllConnections();
server.close();
