// Functions for the tests of several tabs: a record of what a tab does, by the
// clock that all of them share.
import { ask, describe } from "./read.ts";
import type { Status, Stream, StreamOptions } from "./types.ts";

/**
 * Each request that the library sends, with the turn it has: when the turn was
 * granted (0 for none), when it was sent and when its head came, in milliseconds
 * since 1970.
 */
export const sent: { turn: number; sent: number; head: number }[] = [];

/** All that the library leaves where others can see it. */
export const shown: string[] = [];

let open = 0;
/** How many channels there are. */
export const channels = (): number => open;

/** The channel as the browser has it, for tests that speak on it. */
export const PlainChannel = globalThis.BroadcastChannel;

/** Begins the record. The library must not have run yet. */
export function keepRecord(): void {
  if (globalThis.LockManager) watchLocks();
  watchRequests();
  globalThis.BroadcastChannel = class extends PlainChannel {
    constructor(name: string) {
      super(name);
      open++;
    }
    override postMessage(message: unknown): void {
      shown.push(JSON.stringify(message));
      super.postMessage(message);
    }
    override close(): void {
      open--;
      super.close();
    }
  };
}

let granted = 0;

function watchLocks(): void {
  let inside = false;
  type Request = (this: LockManager, name: string, ...rest: unknown[]) => Promise<unknown>;
  const plain = LockManager.prototype.request as Request;
  const request: Request = function (name, ...rest) {
    shown.push(name);
    // The second lock of a turn is asked for in the first.
    if (inside) return plain.call(this, name, ...rest);
    const take = rest.pop() as (lock: Lock | null) => unknown;
    return plain.call(this, name, ...rest, (lock: Lock | null) => {
      inside = true;
      const held = take(lock);
      inside = false;
      if (held) granted = Date.now();
      return held;
    });
  };
  LockManager.prototype.request = request as LockManager["request"];
}

function watchRequests(): void {
  const plain = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (init?.method !== "POST") return plain(input, init);
    const one = { turn: granted, sent: Date.now(), head: 0 };
    granted = 0;
    sent.push(one);
    try {
      return await plain(input, init);
    } finally {
      one.head = Date.now();
    }
  };
}

/** A stream that begin started, and what came of it. */
interface Running {
  text: string;
  readonly statuses: Status[];
  error: ReturnType<typeof describe> | null;
  over: boolean;
  readonly stream: Stream;
}

export const streams: Running[] = [];

/** Starts a stream that shares its wait, and keeps what comes of it. */
export function begin(url: string, key: string, options: StreamOptions = {}): void {
  const statuses: Status[] = [];
  const stream = ask(url, {
    shared: "origin",
    ...options,
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    onStatus: (status) => statuses.push(status),
  });
  const one: Running = { text: "", statuses, error: null, over: false, stream };
  streams.push(one);
  void stream.text().then((text) => (one.text = text), (error: unknown) => (one.error = describe(error))).then(() => (one.over = true));
}

/** What came of the nth stream. */
export function outcome(n: number): Pick<Running, "text" | "statuses" | "error"> {
  const { text, statuses, error } = streams[n]!;
  return { text, statuses, error };
}
