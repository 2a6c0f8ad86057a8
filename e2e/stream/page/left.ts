// What streams that have ended leave behind in the page.
import { body, chatEnd, chatURL, delta, iterated, serve, textOf } from "../../internal/library/page/bodies.ts";
import { ask, task } from "../../internal/library/page/read.ts";

// The JavaScript values that Go knows, null from the beginning, are the keys of a Map.
let values: Map<unknown, unknown>;
const timers = new Set<unknown>();

/** Follows what the module leaves behind. Go must not run yet. */
export function follow(): void {
  globalThis.Map = class<K, V> extends Map<K, V> {
    constructor(entries?: Iterable<readonly [K, V]> | null) {
      super(entries);
      if (this.has(null as K)) values = this;
    }
  } as MapConstructor;
  const own = {
    setTimeout: setTimeout.bind(globalThis), clearTimeout: clearTimeout.bind(globalThis),
    setInterval: setInterval.bind(globalThis), clearInterval: clearInterval.bind(globalThis),
  };
  globalThis.setTimeout = ((run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]) => {
    const id = own.setTimeout(() => {
      timers.delete(id);
      run(...args);
    }, ms);
    timers.add(id);
    return id;
  }) as typeof setTimeout;
  globalThis.setInterval = ((run: TimerHandler, ms?: number, ...args: unknown[]) => {
    const id = own.setInterval(run, ms, ...args);
    timers.add(id);
    return id;
  }) as typeof setInterval;
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    own.clearTimeout(id);
  };
  globalThis.clearInterval = (id) => {
    timers.delete(id);
    own.clearInterval(id);
  };
}

/** What is left now. */
export const left = () => ({ values: values.size, timers: timers.size, wasm: memories[0]!.buffer.byteLength });

const { signal } = new AbortController(); // of a page that has one for all
let finished = 0;

/** Ways to have done with a reply. */
const allWays = ["text", "iterate", "break", "cut", "cancel", "fail"] as const;
type Way = (typeof allWays)[number];

/** Reads so many replies, in one way or in all of them in turn. */
export async function finish(streams: number, inAllWays: boolean): Promise<void> {
  for (const end = finished + streams; finished < end; finished++) await finishOne(inAllWays ? allWays[finished % allWays.length]! : "text");
}

async function finishOne(how: Way): Promise<void> {
  const wanted = `reply é ${finished}`;
  const reply = [delta("reply "), delta("é") + delta(` ${finished}`), chatEnd];
  const broken = [...reply.slice(0, 2), new TypeError("network error")];
  if (how === "cut") serve(body(broken), body(reply));
  else serve(how === "cancel" ? new ReadableStream() : body(how === "fail" ? broken : reply));
  const stream = ask(chatURL, {
    signal, silenceTimeoutMs: 3000, maxAttempts: how === "fail" ? 1 : 2, onRetry: () => stream.retryNow(),
  });
  stream.subscribe(() => {});
  const ended = () => stream.text().then(() => "no error", () => wanted);
  const ways: Record<Way, () => Promise<string | undefined>> = {
    text: () => stream.text(),
    cut: () => stream.text(),
    iterate: async () => textOf(await iterated(stream)),
    break: async () => {
      for await (const _ of stream) return wanted;
      return undefined;
    },
    cancel: () => {
      setTimeout(() => stream.cancel());
      return ended();
    },
    fail: ended,
  };
  const text = await ways[how]();
  if (text !== wanted) throw new Error(`${how}: ${text}`);
}

/**
 * Reads more replies until Go has just collected its garbage, and with it has let go of
 * the JavaScript values that it no longer needs. Where it has none that could go, it
 * gives up.
 */
export async function settle(): Promise<void> {
  let most = 0;
  for (let i = 0; i < 300; i++) {
    await finish(1, false);
    most = Math.max(most, values.size);
    if (values.size < most) break;
  }
  await task();
}
