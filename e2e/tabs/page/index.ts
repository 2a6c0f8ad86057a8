// What the tests of several tabs run in them.
import { begin, PlainChannel, streams } from "../../internal/library/page/tabs.ts";

export * from "../../internal/library/page/tabs.ts";

/** Begins a stream whose second request has another key. */
export function beginWithNewKey(url: string, key: string, next: string): void {
  begin(url, key, {
    delays: { initialMs: 1 },
    beforeRetry: ({ attempt }) =>
      attempt > 1 ? undefined : { init: { headers: { authorization: `Bearer ${next}`, "content-type": "application/json" } } },
  });
}

/** Begins a stream for each of so many keys, some at a time, and waits until each was answered. */
export async function beginMany(url: string, keys: number): Promise<void> {
  await retrystream.init();
  for (let i = 0; i < keys; i++) {
    begin(url, `sk-${i}`);
    if (i % 50 !== 49) continue;
    while (streams.some(({ stream }) => stream.status.phase === "connecting")) await new Promise((done) => setTimeout(done, 5));
  }
}

/** Begins a stream for every hundredth of so many keys. */
export function beginSome(url: string, keys: number): void {
  for (let i = 0; i < keys; i += 100) begin(url, `sk-${i}`);
}

export const heard: object[] = [];
let channel: BroadcastChannel | undefined;

/** The name of the room of the first word that was heard. */
export const room = (): string => Object.keys(heard[0]!)[0]!;

/** Hears what the tabs tell each other. */
export function hear(): void {
  channel = new PlainChannel("retrystream");
  channel.onmessage = ({ data }) => heard.push(data);
}

/** Says anything that a script could say. */
export function sayGarbage(): void {
  const name = room();
  const far = Date.now() + 864e5;
  const values = [undefined, null, 0, -1, NaN, Infinity, -Infinity, far, 2 ** 63, 1e300, String(far), [far], { valueOf: far }, 5n, new Date(far), true];
  for (const value of values) channel!.postMessage({ [name]: value });
  const others: unknown[] = ["", name, name + far, [], [[name, far]], {}, { [name]: { [name]: far } }, new Map([[name, far]]), new Set([name]),
    new ArrayBuffer(1 << 20), { toString: 1, valueOf: 1 }, new Error("x"), /x/, new Blob([name]), Array(1e5).fill(name), { __proto__: null, toString: null }];
  for (const value of [...values, ...others]) channel!.postMessage(value);
}

/** Leaves a text in the store. */
export function store(name: string, text: string): void {
  localStorage[name] = text;
}

let shout: ReturnType<typeof setInterval> | undefined;

/** Holds each room that is heard of, again and again, for almost ten minutes. */
export function shoutBack(): void {
  channel = new PlainChannel("retrystream");
  channel.onmessage = ({ data }) => {
    const [name] = Object.keys(data as object);
    shout = setInterval(() => channel!.postMessage({ [name!]: Date.now() + 599_000 }), 20);
  };
}

export const hush = (): void => clearInterval(shout);
