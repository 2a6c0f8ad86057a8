// What the tests of calls run in pages: of arguments, of what streams tell, and of how
// they are stopped.
import { ask, describe, promised, read, task, type Seen } from "../../internal/library/page/read.ts";
import type { Retry, Status, Stream, StreamEvent, StreamOptions } from "../../internal/library/page/types.ts";

type Library = typeof retrystream;

/** What a call throws; a promise of it is awaited. */
export async function thrownBy(make: (library: Library, url: string) => unknown, url: string) {
  try {
    const made = make(retrystream, url);
    if (made instanceof Promise) await made; // init rejects
    return { name: "nothing was thrown" };
  } catch (error) {
    return describe(error);
  }
}

/** The text of a stream that is made of a URL and a plain request. */
export const textBy = (make: (library: Library, url: string, post: StreamOptions) => Stream, url: string): Promise<string> =>
  make(retrystream, url, { method: "POST", body: '{"stream":true}' }).text();

/** What is thrown at whoever iterates a stream again. */
export async function iterateTwice(url: string) {
  const stream = ask(url);
  for await (const _ of stream);
  try {
    for await (const _ of stream);
  } catch (error) {
    return describe(error);
  }
  return { name: "nothing was thrown" };
}

interface Parts {
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** The text of a reply to a request of these parts, however they are put together. */
export function sendParts(url: string, body: string, put: (parts: Parts) => [string | Request, StreamOptions?]): Promise<string> {
  const headers = { "content-type": "application/json", authorization: "Bearer key", "x-own": "yes" };
  const [input, init] = put({ url, body, headers });
  const stream = retrystream.retryStream(input, { ...init, onRetry: () => stream.retryNow() });
  return stream.text();
}

/** Changes all that a call was given once its first attempt has failed. */
export function changeLater(url: string): Promise<string> {
  const headers = new Headers({ "x-own": "before" });
  const body = new TextEncoder().encode('{"stream":true,"user":"before"}');
  const target = new URL(url);
  const init: StreamOptions = {
    method: "POST", headers, body,
    onRetry: () => {
      headers.set("x-own", "after");
      body.fill(32);
      target.pathname = "/after";
      init.method = "PUT";
      stream.retryNow();
    },
  };
  const stream = retrystream.retryStream(target, init);
  return stream.text();
}

/** The text of a stream whose callbacks all throw, and what was reported of them. */
export async function throwInCallbacks(url: string): Promise<string[]> {
  const reported = new Set<string>();
  addEventListener("error", (event) => reported.add((event.error as Error).message));
  const stream = ask(url, {
    onRetry: () => {
      stream.retryNow();
      throw new Error("from onRetry");
    },
    onStatus: () => {
      throw new Error("from onStatus");
    },
  });
  stream.subscribe(() => {
    throw new Error("from a listener");
  });
  const text = await stream.text();
  await task();
  return [...reported, text].sort();
}

export let begun: Stream | undefined;

/** Begins a stream. */
export const begin = (url: string): void => void (begun = ask(url));
export const textOfBegun = (): Promise<string> => begun!.text();

/** What has been asked for when the call that begins a stream returns. */
export function askedFor(url: string): string[] {
  const asked: string[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    asked.push(new URL(String(input)).pathname);
    return fetch(input, init);
  };
  begun = ask(url);
  return [...asked];
}

export const shapes: Record<string, string[]> = {};
export const seqs: number[] = [];

/** Reads a stream, and keeps the names of what its events have, and their numbers. */
export const readShapes = (url: string): Promise<Seen> =>
  read(url, {}, {
    hurry: true,
    each: (event) => {
      shapes[event.type] = Object.keys(event).sort();
      seqs.push(event.seq);
    },
  });

/** Reads a stream that a plain GET asks for. */
export const readPlain = (url: string): Promise<Seen> => read(url, { method: "GET", headers: {}, body: undefined } as unknown as StreamOptions);

/** Reads a stream and waits out each wait. */
export const readPatiently = (url: string): Promise<Seen> => read(url);

export const textTwice = (url: string): Promise<string[]> => {
  const stream = ask(url);
  return Promise.all([stream.text(), stream.text()]);
};

/** The text of a stream by its events and by text(). */
export async function textBothWays(url: string): Promise<string[]> {
  const stream = ask(url);
  let text = "";
  for await (const event of stream) text = event.type === "reset" ? "" : text + event.text;
  return [text, await stream.text()];
}

export let followed: { stream: Stream; done: Promise<unknown> } | undefined;

/** Follows a stream by all that tells of it. */
export function follow(url: string): void {
  const seen = { retries: [] as Retry[], statuses: [] as Status[], events: [] as StreamEvent[] };
  const stream = ask(url, {
    onStatus: (status) => seen.statuses.push(status),
    onRetry: (retry) => {
      seen.retries.push(retry);
      stream.retryNow();
    },
  });
  const subscribed: Status[] = [], stopped: Status[] = [];
  stream.subscribe((status) => subscribed.push(status));
  const stop = stream.subscribe((status) => {
    stopped.push(status);
    stop();
  });
  const done = stream.text().then(task).then(() => ({ seen, subscribed, property: stream.status, after: stopped.length }));
  followed = { stream, done };
}

export const whatFollowed = (): Promise<unknown> => followed!.done;

/** What onRetry is given first. */
export async function firstRetry(url: string): Promise<{ retry: Retry; fields: string; leftMs: number }> {
  const told = promised<{ retry: Retry; fields: string; leftMs: number }>();
  const stream = ask(url, {
    onRetry: (retry) => {
      stream.cancel();
      told.keep({ retry, fields: Object.keys(retry).sort().join(" "), leftMs: Date.parse(retry.retrying_at) - Date.now() });
    },
  });
  stream.text().catch(() => {});
  return told.promise;
}

/** The texts of so many replies at once, two thirds of them in trouble. */
export const manyAtOnce = (base: string, n: number): Promise<string[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => {
    const scenario = ["ok", "overloaded", "cut"][i % 3];
    return ask(`${base}/fake/openai/${scenario}/run${i}/v1/chat/completions`, {
      body: JSON.stringify({ stream: true, messages: [{ role: "user", content: `message number ${i}` }] }),
    }).text();
  }));

type Way = "cancel" | "abort" | "reason";
type Moment = "already" | "at once" | "connecting" | "stream" | "wait";

/** Stops the stream that waits for its response. */
export let stopConnecting = (): void => {};

/** Starts a stream, stops it in a way at a moment and gives what the page sees of it then. */
export async function stopAt(url: string, way: Way, moment: Moment) {
  const controller = new AbortController();
  const own = new Error("the page's own reason");
  const ways: Record<Way, () => void> = {
    cancel: () => stream.cancel(),
    abort: () => controller.abort(),
    reason: () => controller.abort(own),
  };
  const stop = ways[way];
  if (moment === "already") stop();
  const log: Status[] = [];
  const stream: Stream = ask(url, {
    ...(way !== "cancel" && { signal: controller.signal }),
    onStatus: (status) => log.push(status),
    onRetry: () => {
      if (moment === "wait") stop();
    },
  });
  if (moment === "at once") stop();
  if (moment === "connecting") stopConnecting = stop;
  let error: unknown, text: unknown;
  try {
    for await (const event of stream) if (moment === "stream" && event.type !== "reset" && event.text !== "") stop();
  } catch (thrown) {
    error = thrown;
  }
  await stream.text().catch((thrown: unknown) => (text = thrown));
  await task();
  stream.cancel(); // once more is no harm
  stream.retryNow();
  return { error: describe(error), text: describe(text), same: error === text && (way !== "reason" || error === own), last: stream.status, log };
}

const nameOf = (error: unknown): string => (error as Error).name;

/** How so many streams end whose signal has fired before. */
export const manyAborted = (url: string, n: number): Promise<string[]> =>
  Promise.all(Array.from({ length: n }, (_, i) => ask(`${url}${i}/v1/chat/completions`, { signal: AbortSignal.abort() }).text().catch(nameOf)));

/** How a stream ends that the signal of its Request aborts. */
export async function abortRequest(url: string): Promise<string> {
  const controller = new AbortController();
  const request = new Request(url, { method: "POST", body: '{"stream":true}', signal: controller.signal });
  try {
    for await (const event of retrystream.retryStream(request)) {
      if (event.type !== "reset" && event.text !== "") controller.abort(new DOMException("by the Request's signal", "TimeoutError"));
    }
    return "";
  } catch (error) {
    return nameOf(error);
  }
}

/** How a stream ends that has so long for all its attempts. */
export const timeOut = (url: string, ms: number): Promise<string> => ask(url, { signal: AbortSignal.timeout(ms) }).text().catch(nameOf);

/** The phase of a stream whose loop is left. */
export async function leaveLoop(url: string, how: "break" | "throw"): Promise<string> {
  const stream = ask(url);
  try {
    for await (const event of stream) {
      if (event.type === "reset" || event.text === "") continue;
      if (how === "throw") throw new Error("enough");
      break;
    }
  } catch (error) {
    if ((error as Error).message !== "enough") return String(error);
  }
  return stream.status.phase;
}

/** How many listeners a signal keeps of streams that have ended. */
export async function listenersLeft(url: string): Promise<number> {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener: add, removeEventListener: remove } = signal;
  signal.addEventListener = (...args: unknown[]) => {
    listeners++;
    add.apply(signal, args as Parameters<typeof add>);
  };
  signal.removeEventListener = (...args: unknown[]) => {
    listeners--;
    remove.apply(signal, args as Parameters<typeof remove>);
  };
  for (let i = 0; i < 3; i++) await ask(url, { signal }).text();
  return listeners;
}

/** Reads a stream and takes longer with its first text than its provider may be silent. */
export async function readSlowly(url: string, silenceTimeoutMs: number): Promise<{ text: string; retries: Retry[] }> {
  const seen = { text: "", retries: [] as Retry[] };
  const stream = ask(url, { silenceTimeoutMs, onRetry: (retry) => seen.retries.push(retry) });
  let waited = false;
  for await (const event of stream) {
    if (event.type === "reset") continue;
    seen.text += event.text;
    if (!waited && event.text !== "") await new Promise((done) => setTimeout(done, silenceTimeoutMs + 1000));
    waited ||= event.text !== "";
  }
  return seen;
}
