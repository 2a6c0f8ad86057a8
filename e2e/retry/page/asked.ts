// What the tests of beforeRetry and fallback run in pages: the functions of the page's
// that are tested are in the tests, and given to these.
import { ask, describe, hurry, promised, read, type Seen } from "../../internal/library/page/read.ts";
import type { BeforeRetry, Context, Retry, Status, StreamOptions } from "../../internal/library/page/types.ts";

/** What a call of beforeRetry or fallback was given, in a form that travels. */
const noted = (context: Context) => ({
  ...context,
  signal: Object.prototype.toString.call(context.signal),
  keys: Object.keys(context).sort(),
  aborted: context.signal.aborted,
});

type Noted = ReturnType<typeof noted>;

/** Reads a stream whose retries are answered by a function that knows the URL. */
export async function readBefore(url: string, options: StreamOptions, answer: (url: string) => BeforeRetry): Promise<{ seen: Seen; calls: Noted[] }> {
  const calls: Noted[] = [];
  const beforeRetry = answer(url);
  const seen = await hurry(url, {
    ...options,
    beforeRetry(context) {
      calls.push(noted(context));
      return beforeRetry(context);
    },
  });
  return { seen, calls };
}

/** Reads a stream with options that are a test's. */
export const readWith = (url: string, init: StreamOptions, options: StreamOptions): Promise<Seen> => hurry(url, { ...init, ...options });

/** Reads a GET with options that are a test's. */
export const readGet = (url: string, init: StreamOptions): Promise<Seen> =>
  hurry(url, { method: undefined, body: undefined, headers: undefined, maxAttempts: 2, ...init } as StreamOptions);

/** Reads a stream that goes elsewhere once it was answered. */
export const readElsewhere = (url: string, input: string): Promise<Seen> =>
  read(url, {
    beforeRetry: ({ status_code }) =>
      status_code ? { input, init: { method: "POST", headers: { authorization: "Bearer sk-next" }, body: "{}" } } : undefined,
  }, { hurry: true });

/** What there is for a test's answer to name: where the first request went, another place, and which attempt failed. */
interface Names {
  first: string;
  other: string;
  init: RequestInit;
  attempt: number;
}

/** Sends a request with a secret in each of its parts, and goes on with what the answer names. */
export function giveNothingAway(first: string, other: string, input: (names: Names) => [string | Request, RequestInit], answer: (names: Names) => ReturnType<BeforeRetry>): Promise<string> {
  const secret: RequestInit = {
    method: "POST", credentials: "include", headers: { authorization: "Bearer sk-first", "x-api-key": "sk-first", "x-own": "sk-first" },
    body: '{"stream":true,"prompt":"sk-first"}',
  };
  const names = { first, other, init: secret, attempt: 0 };
  const [to, init] = input(names);
  const stream = retrystream.retryStream(to, {
    ...init, credentials: "omit", onRetry: () => stream.retryNow(),
    beforeRetry: ({ attempt }) => answer({ ...names, attempt }),
  });
  return stream.text().catch((error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message}`);
}

/** Sends a request that goes on at another place from its second attempt on. */
export function goElsewhere(first: string, other: string, method: string, init: RequestInit): Promise<string> {
  const stream = retrystream.retryStream(first, {
    method, ...(method === "POST" && { body: '{"stream":true}' }), headers: { authorization: "Bearer sk-first", "x-first": "sk-first" }, partial: "resume", maxAttempts: 3,
    onRetry: () => stream.retryNow(), beforeRetry: ({ attempt }) => (attempt === 1 ? { input: other, init } : undefined),
  });
  return stream.text().catch(String);
}

/** Reads a reply that a Request asked for, and whose retries go to another URL each. */
export function readAfterRequest(url: string): Promise<string> {
  const request = new Request(url, { method: "POST", headers: { authorization: "Bearer sk-key", "content-type": "application/json" }, body: '{"stream":true}' });
  const stream = retrystream.retryStream(request, { onRetry: () => stream.retryNow(), beforeRetry: ({ attempt }) => ({ input: `${url}?again=${attempt}` }) });
  return stream.text();
}

/** What there is for an answer that brings a signal. */
interface Signals {
  url: string;
  theirs: AbortController;
}

/** How a stream ends whose retry has a signal of its own, where one of the two is aborted. */
export async function endBySignal(url: string, abort: "theirs" | "pages" | "", answer: (given: Signals) => ReturnType<BeforeRetry>): Promise<string> {
  const pages = new AbortController(), theirs = new AbortController();
  const heard = promised<void>();
  const stream = ask(url, {
    signal: pages.signal, delays: { initialMs: 1 }, onStatus: ({ phase }) => { if (phase === "streaming") heard.keep(); },
    beforeRetry: () => answer({ url, theirs }),
  });
  const ended = stream.text().then(() => "no error", (error: Error) => error.name);
  if (abort) {
    await heard.promise;
    ({ pages, theirs })[abort].abort();
  }
  return `${await ended} ${stream.status.phase}`;
}

/** How a stream ends that waits for the page's answer and is stopped. */
export async function stopWhileAsking(url: string, way: "cancel" | "abort"): Promise<{ name: string; phase: string; aborted: boolean }> {
  const controller = new AbortController();
  const asked = promised<AbortSignal>();
  const stream = ask(url, { signal: controller.signal, beforeRetry: ({ signal }) => (asked.keep(signal), new Promise(() => {})) });
  const ended = stream.text().then(() => "no error", (error: Error) => error.name);
  const signal = await asked.promise;
  if (way === "cancel") stream.cancel();
  else controller.abort();
  return { name: await ended, phase: stream.status.phase, aborted: signal.aborted };
}

/** What comes of a body that can be read only once. */
export async function sendOnce(url: string, warm: boolean, fail: "" | "error" | "locked", partial?: StreamOptions["partial"]) {
  if (warm) await retrystream.init();
  let pulls = 0;
  const chunks = ['{"stream":true,', '"note":"caf\u00e9 \u{1F680}"}'];
  const body = new ReadableStream({
    pull(controller) {
      pulls++;
      const chunk = chunks.shift();
      if (fail && !chunk) controller.error(new RangeError("my own"));
      else if (chunk) controller.enqueue(new TextEncoder().encode(chunk));
      else controller.close();
    },
  });
  if (fail === "locked") body.getReader();
  const stream = ask(url, { body, duplex: "half", bufferBody: true, partial, maxAttempts: 3, onRetry: () => stream.retryNow() } as StreamOptions);
  let error: ReturnType<typeof describe> | undefined;
  const text = await stream.text().catch((thrown: unknown) => {
    error = describe(thrown);
    return "";
  });
  return { text, pulls, error };
}

/** What came of a request with a fallback. */
interface Fell {
  text: string;
  resets: number;
  status: number;
  error: ReturnType<typeof describe> | undefined;
  retries: Retry[];
  calls: Noted[];
  last: Status | undefined;
}

/** What there is for a fallback to name. */
interface Targets {
  url: string;
  other: string;
  all: RequestInit;
}

/** Whether some of the reply was read. */
export let begun = false;

/** Sends a request with a secret in each of its parts, through retryStream or createRetryFetch. */
export async function fall(url: string, other: string, relays: boolean, options: object, fallback: (targets: Targets) => BeforeRetry): Promise<Fell> {
  const fell: Fell = { text: "", resets: 0, status: 0, error: undefined, retries: [], calls: [], last: undefined };
  const all: RequestInit = {
    method: "POST", headers: { authorization: "Bearer sk-first", "x-own": "sk-first", "content-type": "application/json" },
    body: '{"stream":true,"model":"large","prompt":"sk-first"}',
  };
  const answer = fallback({ url, other, all });
  const ours = {
    ...options,
    delays: { initialMs: 1 },
    onRetry: (retry: Retry) => void fell.retries.push(retry),
    onStatus: (status: Status) => void (fell.last = status),
    fallback(context: Context) {
      fell.calls.push(noted(context));
      return answer(context);
    },
  };
  try {
    if (relays) {
      const response = await retrystream.createRetryFetch(ours)(url, all);
      fell.status = response.status;
      const decoder = new TextDecoder();
      for (const reader = response.body!.getReader(); ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        fell.text += decoder.decode(value, { stream: true });
        begun = true;
      }
    } else {
      for await (const event of retrystream.retryStream(url, { ...all, ...ours })) {
        if (event.type === "reset") {
          fell.text = "";
          fell.resets++;
        } else {
          fell.text += event.text;
        }
      }
    }
  } catch (thrown) {
    fell.error = describe(thrown);
  }
  await new Promise((resolve) => setTimeout(resolve)); // the callbacks come later
  return fell;
}

/** What came of fallLater, once it is there. */
export let fallen: Fell | undefined;

/** Does as fall through createRetryFetch, but leaves what comes of it in fallen. */
export function fallLater(url: string, fallback: (targets: Targets) => BeforeRetry): void {
  begun = false;
  fallen = undefined;
  void fall(url, "", true, {}, fallback).then((fell) => (fallen = fell));
}

/** How a stream ends whose fallback never answers and that is stopped. */
export async function stopWhileFalling(url: string): Promise<string> {
  const asked = promised<AbortSignal>();
  const stream = ask(url, { fallback: ({ signal }) => (asked.keep(signal), new Promise(() => {})) });
  const ended = stream.text().then(() => "no error", (error: Error) => error.name);
  const signal = await asked.promise;
  stream.cancel();
  return `${await ended} ${signal.aborted}`;
}
