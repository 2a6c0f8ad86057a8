import { openaiChat } from "./generate.ts";
import { cut } from "./input.ts";
import { load } from "./retrystream.ts";
import { ready as served, realFetch } from "./source.ts";

const reply = openaiChat(100, "latin");

/** When things happened, in milliseconds. */
export interface FirstRequest {
  /** From the first line of the page's script to the first request, retrystream.js loaded in between. */
  readonly fromScript: number;
  /** From the call of retryStream to its request. */
  readonly fromCall: number;
  /** From the first line of the page's script to the module being ready. */
  readonly toReady: number;
  /** From the first line of the page's script to the whole text of a short reply, the module loaded in between. */
  readonly toText: number;
}

/** Sends the first request of a page that has loaded nothing yet. The network is the one to a server on the same machine. */
export async function firstRequest(): Promise<FirstRequest> {
  const start = performance.now();
  let called = 0;
  let sent = 0;
  globalThis.fetch = async (input, init) => {
    if (input !== reply.url) return realFetch(input, init);
    sent = performance.now();
    return new Response(served(cut(reply, 1))(), { headers: { "content-type": "text/event-stream" } });
  };
  const { retryStream, init } = await load();
  called = performance.now();
  const stream = retryStream(reply.url, { method: "POST" });
  const ready = init().then(() => performance.now());
  const text = await stream.text();
  if (text !== reply.text) throw new Error("the first reply came out different");
  return { fromScript: sent - start, fromCall: sent - called, toText: performance.now() - start, toReady: (await ready) - start };
}

/** How long it takes from the module's bytes to the module's being ready, in milliseconds. */
export async function moduleReady(): Promise<number> {
  const bytes = await (await realFetch("/dist/retrystream.wasm")).arrayBuffer();
  const { init } = await load();
  globalThis.fetch = async () => new Response(bytes, { headers: { "content-type": "application/wasm" } });
  const start = performance.now();
  await init();
  return performance.now() - start;
}
