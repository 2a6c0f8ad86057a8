import { providers, type ChatStreamRetry, type ChatStreamStatus, type ProviderID } from "./types.gen.ts";

/** The options of {@link retryStream}, beside those of `fetch`. */
export interface RetryOptions {
  /** Called for each failed attempt that another one will follow, before the wait. */
  onRetry?: (retry: ChatStreamRetry) => void;
  /** Called with the stream's status whenever it changes. */
  onStatus?: (status: ChatStreamStatus) => void;
  /** Who answers. "auto", the default, tells by the URL and by the reply itself. */
  provider?: "auto" | ProviderID;
  /** The most requests to make, the first included. Without limit unless given. */
  maxAttempts?: number;
  /** The longest delay asked for by a provider that is waited for, in milliseconds. A longer one ends the stream with an error that carries it. 300000 (5 minutes) unless given; Infinity for no limit. */
  maxRetryAfterMs?: number;
  /** How long to wait for the next byte before the attempt counts as stalled, in milliseconds. 300000 (5 minutes) unless given; Infinity for ever. */
  silenceTimeoutMs?: number;
}

/** What {@link retryStream} takes: everything that `fetch` takes, and {@link RetryOptions}. */
export type RetryStreamInit = RequestInit & RetryOptions;

/** The options in the form that the module takes. 0 means its default. */
export interface CheckedOptions {
  readonly url: string;
  readonly provider: string;
  readonly maxAttempts: number;
  readonly maxRetryAfterMs: number;
  readonly silenceTimeoutMs: number;
  readonly onRetry: ((retry: ChatStreamRetry) => void) | undefined;
  readonly onStatus: ((status: ChatStreamStatus) => void) | undefined;
}

const own = ["onRetry", "onStatus", "provider", "maxAttempts", "maxRetryAfterMs", "silenceTimeoutMs"];

// Everything that a fetch of today takes, browsers' and Node's.
const fetchOptions = [
  "method", "headers", "body", "mode", "credentials", "cache", "redirect", "referrer", "referrerPolicy",
  "integrity", "keepalive", "signal", "window", "duplex", "priority", "dispatcher", "targetAddressSpace",
  "attributionReporting", "browsingTopics", "sharedStorageWritable", "privateToken", "adAuctionHeaders",
  "next", "cf", // of Next.js and of Cloudflare's workers
];

/** Checks everything that a caller can get wrong, before the first request is sent. */
export function checkOptions(input: unknown, init: RetryStreamInit): CheckedOptions {
  if (typeof init !== "object" || init === null) throw new TypeError("retryStream: the second argument must be an object of options.");
  for (const name of Object.keys(init)) {
    if (!own.includes(name) && !fetchOptions.includes(name)) throw new TypeError(`retryStream: unknown option "${name}".${suggestion(name)}`);
  }
  if (init.signal != null && !(init.signal instanceof AbortSignal)) throw new TypeError("retryStream: signal must be an AbortSignal.");
  if (canBeSentOnce(init.body)) {
    throw new TypeError("retryStream: body must not be a ReadableStream or another stream: it can be sent only once, and a retry sends it again. Pass a string, a Blob or bytes.");
  }
  if (init.mode === "no-cors") throw new TypeError('retryStream: with mode "no-cors" the reply could not be read.');
  const provider = init.provider ?? "auto";
  if (provider !== "auto" && !(providers as readonly unknown[]).includes(provider)) {
    throw new TypeError(`retryStream: provider must be "auto" or one of ${providers.map((p) => `"${p}"`).join(", ")}.`);
  }
  return {
    url: urlOf(input),
    provider,
    maxAttempts: number(init, "maxAttempts", Number.isInteger, "a whole number of at least 1"),
    maxRetryAfterMs: number(init, "maxRetryAfterMs", Boolean, "a number of milliseconds greater than 0"),
    silenceTimeoutMs: number(init, "silenceTimeoutMs", Boolean, "a number of milliseconds greater than 0"),
    onRetry: callback(init, "onRetry"),
    onStatus: callback(init, "onStatus"),
  };
}

function number(init: RetryStreamInit, name: "maxAttempts" | "maxRetryAfterMs" | "silenceTimeoutMs", fits: (n: number) => boolean, what: string): number {
  const value: unknown = init[name];
  if (value === undefined) return 0;
  // No limit is what maxAttempts already means when it is not given.
  if (name === "maxAttempts" && value === Infinity) return 0;
  if (typeof value !== "number" || !(value > 0) || !fits(value)) throw new TypeError(`retryStream: ${name} must be ${what}.`);
  return value;
}

function callback<N extends "onRetry" | "onStatus">(init: RetryStreamInit, name: N): RetryOptions[N] | undefined {
  const value: unknown = init[name];
  if (value !== undefined && typeof value !== "function") throw new TypeError(`retryStream: ${name} must be a function.`);
  return init[name];
}

/** ReadableStreams, and the iterables that Node's fetch takes too. */
function canBeSentOnce(body: unknown): boolean {
  return typeof body === "object" && body !== null && (Symbol.asyncIterator in body || (typeof ReadableStream !== "undefined" && body instanceof ReadableStream));
}

/**
 * The request as it is now: what the caller changes later, during a wait, must
 * not change what is sent.
 *
 * @throws TypeError for what cannot be sent. It shows no value: values are where keys stand.
 */
export function snapshot(input: RequestInfo | URL, init: RequestInit): { input: RequestInfo | URL; init: RequestInit } {
  const copy = { ...init };
  try {
    if (init.headers !== undefined) copy.headers = new Headers(init.headers);
  } catch {
    throw new TypeError("retryStream: headers hold a name or a value that cannot be sent. Look for line breaks and for characters beyond Latin-1.");
  }
  const method = (init.method ?? (input instanceof Object && "method" in input ? input.method : "GET")).toUpperCase();
  if (["CONNECT", "TRACE", "TRACK", "HEAD"].includes(method)) throw new TypeError(`retryStream: with method ${method} no reply can be read.`);
  if (method === "GET" && init.body != null) throw new TypeError('retryStream: a GET has no body. Say method: "POST".');
  const { body } = init;
  if (body instanceof ArrayBuffer) copy.body = body.slice(0);
  else if (ArrayBuffer.isView(body)) copy.body = new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() as Uint8Array<ArrayBuffer>;
  else if (body instanceof URLSearchParams) copy.body = new URLSearchParams(body);
  return { input: input instanceof URL ? input.href : input, init: copy };
}

/** The request's URL, for recognising the provider. An error about it never shows its query, where keys may stand. */
function urlOf(input: unknown): string {
  if (typeof Request !== "undefined" && input instanceof Request) {
    if (input.bodyUsed) throw new TypeError("retryStream: this Request's body has been read already. Make a new Request.");
    return input.url;
  }
  if (typeof input !== "string" && !(input instanceof URL)) throw new TypeError("retryStream: the first argument must be a URL or a Request.");
  const base = typeof document === "undefined" ? globalThis.location?.href : document.baseURI;
  let url: URL;
  try {
    url = new URL(input, base);
  } catch {
    const shown = String(input).replace(/[?#].*$/s, "").replace(/^.*@/s, "").slice(0, 100);
    throw new TypeError(`retryStream: "${shown}" is not a URL that can be fetched${base ? "" : " here: outside a page it must be absolute"}.`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") throw new TypeError(`retryStream: a reply can be had by http and https, not by ${url.protocol.slice(0, -1)}.`);
  if (url.username || url.password) throw new TypeError("retryStream: the URL must not hold a user name or password. Send them in a header.");
  return url.href;
}

function suggestion(name: string): string {
  const close = [...own, ...fetchOptions].find((known) => known.toLowerCase() === name.toLowerCase() || distance(known, name) <= 2);
  return close ? ` Did you mean "${close}"?` : "";
}

/** How many letters to add, drop or change to get from a to b. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
