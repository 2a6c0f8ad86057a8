// What the tests of the module run in pages.
import { ask, read, type Seen } from "../../internal/library/page/read.ts";
import { describe } from "../../internal/library/page/read.ts";
import type { Stream } from "../../internal/library/page/types.ts";

export { relay } from "../../internal/library/page/fetch.ts";
export { hurry } from "../../internal/library/page/read.ts";

/** The text of a reply, after the page has told where the module is. */
export async function textAfter(init: (library: typeof retrystream) => unknown, url: string): Promise<string> {
  await init(retrystream);
  return ask(url).text();
}

/** How init fails with the module at an address. */
export const initFailure = (wasmUrl: string) => retrystream.init({ wasmUrl }).then(() => undefined, describe);

let doomed = false;

const trap = (): never => {
  throw new WebAssembly.RuntimeError("unreachable");
};

type Exports = Record<string, (...args: number[]) => number>;

/** Ways to break a module that runs: its exports changed so that once it is doomed the next call breaks it. */
const ways: Record<string, (exports: Exports, imports: WebAssembly.Imports) => Exports> = {
  // More bytes than the window has: Go panics inside the export.
  "panic in an export": ({ feed }) => ({ feed: (id, n) => feed!(id!, doomed ? 1 << 30 : n!) }),
  // As after a fatal error of Go's runtime, such as running out of memory.
  "exit": ({ feed, resume }, imports) => ({
    feed: (id, n) => (doomed ? -1 : feed!(id!, n!)),
    resume: () => {
      const answer = resume!();
      if (doomed) {
        new DataView(memories.at(-1)!.buffer).setInt32(1 << 12, 2, true);
        (imports["gojs"]!["runtime.wasmExit"] as (sp: number) => void)((1 << 12) - 8);
      }
      return answer;
    },
  }),
  "trap in an export": ({ feed }) => ({ feed: (id, n) => (doomed ? trap() : feed!(id!, n!)) }),
  // The reply is read to its end; what Go would do then breaks off.
  "trap in the program": ({ resume, settled }) => ({
    resume: () => (doomed ? trap() : resume!()),
    settled: (...args) => (doomed ? trap() : settled!(...args)),
  }),
};

/** Has the module that starts next be one that can be doomed. */
export function prepare(way: string): void {
  changeExports = (exports, imports) => ways[way]!(exports as Exports, imports);
}

export const running: Stream[] = [];
export let reading = false;
let ended: Promise<Seen[]> | undefined;

/** Starts to read a stream of each address. */
export function start(...urls: string[]): void {
  ended = Promise.all(urls.map((url) => read(url, {}, {
    started: (stream) => running.push(stream),
    each: (event) => {
      if (event.type === "message" && event.text !== "") reading = true;
    },
  })));
}

/** Has the next call into the module break it. */
export function doom(): void {
  doomed = true;
  changeExports = undefined;
}

/** What came of the streams. The module that is started next works. */
export async function outcomes(): Promise<Seen[]> {
  const seen = await ended!;
  doomed = false;
  return seen;
}
