import type { BeforeRetry, Fallback } from "./before.ts";
import { check, fail, isObject, type Table } from "./check.ts";
import { streamOptions, type StreamOptions, type StreamValues } from "./options.gen.ts";
import type { ChatStreamRetry, ChatStreamStatus } from "../event/types.gen.ts";

/** The options of {@link retryStream}, beside those of `fetch`. */
export interface RetryOptions extends StreamOptions {
  /** Called for each failed attempt that another one will follow, before the wait. */
  onRetry?: ((retry: ChatStreamRetry) => void) | undefined;
  /** Called with the stream's status whenever it changes. */
  onStatus?: ((status: ChatStreamStatus) => void) | undefined;
  /** Called before the request is sent again. It may change that request, or refuse it with false. */
  beforeRetry?: BeforeRetry | undefined;
  /** Called when a request has failed for good, or at a limit of these options. It may name another to go on with at once: another model, key or address. */
  fallback?: Fallback | undefined;
  /** Whether to take a ReadableStream as the body, and keep it in memory: a retry sends it again. False unless given. */
  bufferBody?: boolean | undefined;
  /**
   * Which streams wait together when a server asks one of them to: with "tab" all of the page that show it the same key, with "origin" those of
   * the site's other tabs too, which then go one at a time; with "none" each on its own. "tab" unless given; where a browser cannot do "origin", it is as "tab".
   */
  shared?: Shared | undefined;
}

/** The options of {@link createRetryFetch}. */
export interface RetryFetchOptions extends Omit<RetryOptions, "partial"> {
  /**
   * What becomes of a reply that breaks off after some of it was passed on, which nothing can take back. With "resume" the
   * rest is asked for where the provider can give it; where it cannot, the reader gets the provider's own error event. With
   * "fail" it gets that at once. "resume" unless given.
   */
  partial?: "resume" | "fail" | undefined;
  /**
   * How long the opening events of a reply may be held back, so that an attempt that fails before its first content can be
   * replaced unseen. 10 seconds after the response's head unless given; 0 holds
   * nothing, `Infinity` until that content comes. In milliseconds.
   */
  holdMs?: number | undefined;
}

/** What {@link retryFetch} takes: everything that `fetch` takes, and {@link RetryFetchOptions}. */
export type RetryFetchInit = RequestInit & RetryFetchOptions;

type Shared = "tab" | "origin" | "none";

/** What {@link retryStream} takes: everything that `fetch` takes, and {@link RetryOptions}. */
export type RetryStreamInit = RequestInit & RetryOptions;

/** The options in the form that the module takes. 0 and "" mean its default. */
export interface CheckedOptions extends StreamValues, Pick<RetryOptions, "onRetry" | "onStatus" | "beforeRetry" | "fallback"> {
  readonly url: string;
  readonly bufferBody: boolean;
  readonly shared: Shared;
  /** Only of a fetch. */
  readonly holdMs?: number;
}

// All of ours; the generated table has those that Go takes.
const own = {
  ...streamOptions,
  onRetry: "function",
  onStatus: "function",
  beforeRetry: "function",
  fallback: "function",
  bufferBody: "boolean",
  shared: ["tab", "origin", "none"],
} as const satisfies Table;

const ownOfFetch = { ...own, partial: ["resume", "fail"], holdMs: "hold" } as const satisfies Table;

// Everything that a fetch of today takes, browsers' and Node's.
const fetchOptions: readonly string[] = [
  "method", "headers", "body", "mode", "credentials", "cache", "redirect", "referrer", "referrerPolicy",
  "integrity", "keepalive", "signal", "window", "duplex", "priority", "dispatcher", "targetAddressSpace",
  "attributionReporting", "browsingTopics", "sharedStorageWritable", "privateToken", "adAuctionHeaders",
  "next", "cf", // of Next.js and of Cloudflare's workers
];

/** Checks everything that a caller can get wrong, before the first request is sent. */
export function checkOptions(input: unknown, init: RetryStreamInit): CheckedOptions {
  const options = checked("retryStream", own, init, true);
  if (init.signal != null && !(init.signal instanceof AbortSignal)) fail("signal must be an AbortSignal.");
  checkBody(init.body, options.bufferBody);
  if (init.mode === "no-cors") fail('with mode "no-cors" no reply can be read.');
  return { ...options, url: urlOf(input) };
}

/** Checks the options of a fetch; among them may stand those that `fetch` itself takes. */
export function checkFetchOptions(who: string, options: RetryFetchInit, withFetch: boolean): Omit<CheckedOptions, "url"> {
  return checked(who, ownOfFetch, options, withFetch);
}

// What stands for the options of a call that has none of ours: most have none.
const unset = new Map<Table, Omit<CheckedOptions, "url">>();

function checked(who: string, table: Table, given: unknown, withFetch: boolean): Omit<CheckedOptions, "url"> {
  const plain = isObject(given) && Object.getPrototypeOf(given) === Object.prototype && withFetch && Object.keys(given).every((name) => fetchOptions.includes(name));
  if (!plain) return checkedAnew(who, table, given, withFetch);
  let options = unset.get(table);
  if (!options) unset.set(table, (options = checkedAnew(who, table, {}, false)));
  return options;
}

function checkedAnew(who: string, table: Table, given: unknown, withFetch: boolean): Omit<CheckedOptions, "url"> {
  const options = check(who, table, given, withFetch ? fetchOptions : []) as unknown as CheckedOptions;
  const { initialMs, maxMs, shared } = options;
  if (maxMs && maxMs < initialMs) fail("delays.maxMs must not be less than delays.initialMs.", who);
  return { ...options, shared: shared || "tab" };
}

/** The request of a fetch as it is now, and its options; undefined for what cannot or should not be sent again: fetch itself knows best what to say of it. */
export function forFetch(input: string | URL | Request, init: RequestInit, options: Omit<CheckedOptions, "url">): { input: string | URL | Request; init: RequestInit; options: CheckedOptions } | undefined {
  try {
    if ((init.mode ?? requestOf(input)?.mode) === "no-cors") return undefined;
    const url = urlOf(input);
    // A body that can be sent once only is sent once.
    const once = isSentOnce(init.body, options.bufferBody) && { maxAttempts: 1, fallback: undefined };
    return { ...snapshot(input, init), options: { ...options, url, ...once } };
  } catch {
    return undefined;
  }
}

/** The Request that was given in a URL's place, if it is one. */
export function requestOf(input: unknown): Request | undefined {
  // Tests of pages may run where there is none.
  return typeof Request !== "undefined" && input instanceof Request ? input : undefined;
}

/** The method of a request, in upper case. */
export const methodOf = (input: unknown, init: RequestInit): string => (init.method ?? requestOf(input)?.method ?? "GET").toUpperCase();

/** What a Request brings, but for its URL, its body and its signal. */
export function membersOf({ method, headers, credentials, mode, cache, redirect, referrer, referrerPolicy, keepalive }: Request): RequestInit {
  return { method, headers, credentials, mode, cache, redirect, referrer, referrerPolicy, keepalive };
}

/** Whether a body is a ReadableStream that is not to be buffered, or one of the iterables that Node's fetch takes too. */
function isSentOnce(body: unknown, buffer: boolean): boolean {
  return isObject(body) && (Symbol.asyncIterator in body || "getReader" in body) && !(buffer && body instanceof ReadableStream);
}

/** @throws TypeError for a body that a retry could not send again. */
export function checkBody(body: unknown, buffer = false): void {
  if (isSentOnce(body, buffer)) {
    fail("body must not be a ReadableStream or another stream: it can be sent only once, and a retry sends it again. Pass a string, a Blob or bytes, or a ReadableStream with bufferBody: true.");
  }
}

/**
 * The request as it is now, without our own options: what the caller changes
 * later, during a wait, must not change what is sent.
 *
 * @throws TypeError for what cannot be sent. It shows no value: values are where keys stand.
 */
export function snapshot(input: string | URL | Request, init: RequestInit): { input: string | URL | Request; init: RequestInit } {
  const copy: Record<string, unknown> & RequestInit = {};
  for (const name of Object.keys(init)) if (!(name in ownOfFetch)) copy[name] = init[name as keyof RequestInit];
  const { body, headers } = init;
  try {
    if (headers !== undefined) copy.headers = new Headers(headers);
  } catch {
    fail("headers hold a name or a value that cannot be sent. Look for line breaks and for characters beyond Latin-1.");
  }
  const method = methodOf(input, init);
  if (["CONNECT", "TRACE", "TRACK", "HEAD"].includes(method)) fail(`with method ${method} no reply can be read.`);
  if (method === "GET" && body != null) fail('a GET has no body. Say method: "POST".');
  if (body instanceof ArrayBuffer) copy.body = body.slice(0);
  else if (ArrayBuffer.isView(body)) copy.body = new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice() as Uint8Array<ArrayBuffer>;
  else if (body instanceof URLSearchParams) copy.body = new URLSearchParams(body);
  return { input: input instanceof URL ? input.href : input, init: copy };
}

// The address that was asked for last, and what the browser makes of it: an SDK asks for the same again and again. None with a
// query, where keys may stand.
let asked: string | undefined;
let made = "";

/** The request's URL, for recognising the provider. An error about it never shows its query, where keys may stand. */
export function urlOf(input: unknown): string {
  const request = requestOf(input);
  if (request?.bodyUsed) fail("this Request's body has been read already. Make a new Request.");
  if (request) return request.url;
  if (asked !== undefined && input === asked) return made;
  if (typeof input !== "string" && !(input instanceof URL)) fail("the first argument must be a URL or a Request.");
  const base = typeof document === "undefined" ? globalThis.location?.href : document.baseURI;
  let url: URL;
  try {
    url = new URL(input, base);
  } catch {
    const shown = String(input).replace(/[?#].*$/s, "").replace(/^.*@/s, "").slice(0, 100);
    fail(`"${shown}" is not a URL that can be fetched${base ? "" : " here: outside a page it must be absolute"}.`);
  }
  if (!/^https?:/.test(url.href)) fail(`a reply can be had by http and https, not by ${url.protocol.slice(0, -1)}.`);
  if (url.username || url.password) fail("the URL must not hold a user name or password. Send them in a header.");
  const { href } = url;
  // One that is relative depends on the page's.
  if (typeof input === "string" && /^https?:\/\/[^?#]*$/.test(input)) [asked, made] = [input, href];
  return href;
}
