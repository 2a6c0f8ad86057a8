import type { BeforeRetry } from "./before.ts";
import { streamOptions, type StreamOptions, type StreamValues } from "./options.gen.ts";
import type { ChatStreamRetry, ChatStreamStatus } from "./types.gen.ts";

/** The options of {@link retryStream}, beside those of `fetch`. */
export interface RetryOptions extends StreamOptions {
  /** Called for each failed attempt that another one will follow, before the wait. */
  onRetry?: ((retry: ChatStreamRetry) => void) | undefined;
  /** Called with the stream's status whenever it changes. */
  onStatus?: ((status: ChatStreamStatus) => void) | undefined;
  /** Called before the request is sent again. It may change that request, or refuse it with false. */
  beforeRetry?: BeforeRetry | undefined;
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
export interface CheckedOptions extends StreamValues, Pick<RetryOptions, "onRetry" | "onStatus" | "beforeRetry"> {
  readonly url: string;
  readonly bufferBody: boolean;
  readonly shared: Shared;
  /** Only of a fetch. */
  readonly holdMs?: number;
}

type Kind = keyof typeof kinds | readonly string[];
type Table = { readonly [name: string]: Kind | Table };
type Values = Record<string, unknown>;

// All of ours; the generated table has those that Go takes.
const own = {
  ...streamOptions,
  onRetry: "function",
  onStatus: "function",
  beforeRetry: "function",
  bufferBody: "boolean",
  shared: ["tab", "origin", "none"],
} as const satisfies Table;

const ownOfFetch = { ...own, partial: ["resume", "fail"], holdMs: "hold" } as const satisfies Table;

// For each kind of option: what it is in words, which numbers it takes, and what
// stands for one that was left out.
const kinds = {
  count: ["a whole number of at least 1", (n: number) => n >= 1 && Math.floor(n) === n, 0],
  milliseconds: ["a number of milliseconds greater than 0", (n: number) => n > 0, 0],
  // What is more, the module takes for no limit.
  delay: ["a number of milliseconds greater than 0, at most 1e12", (n: number) => n > 0 && n <= 1e12, 0],
  hold: ["a number of milliseconds, 0 or more", (n: number) => n >= 0, 10_000],
  factor: ["a finite number of at least 1", (n: number) => n >= 1 && n < Infinity, 0],
  function: ["a function", undefined, undefined],
  boolean: ["true or false", undefined, false],
} as const;

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
  const options = checked("retryStream", own, init as Values, fetchOptions);
  if (init.signal != null && !(init.signal instanceof AbortSignal)) throw new TypeError("retryStream: signal must be an AbortSignal.");
  if (!(options.bufferBody && init.body instanceof ReadableStream)) checkBody(init.body);
  if (init.mode === "no-cors") throw new TypeError('retryStream: with mode "no-cors" the reply could not be read.');
  return { ...options, url: urlOf(input) };
}

/** Checks the options of a fetch; among them may stand those that `fetch` itself takes. */
export function checkFetchOptions(who: string, options: RetryFetchInit, withFetch: boolean): Omit<CheckedOptions, "url"> {
  if (typeof options !== "object" || options === null) throw new TypeError(`${who}: options must be an object.`);
  return checked(who, ownOfFetch, options as Values, withFetch ? fetchOptions : []);
}

/** The request of a fetch as it is now, and its options; undefined for what cannot or should not be sent again: fetch itself knows best what to say of it. */
export function forFetch(input: string | URL | Request, init: RequestInit, options: Omit<CheckedOptions, "url">): { input: string | URL | Request; init: RequestInit; options: CheckedOptions } | undefined {
  try {
    const request = typeof Request !== "undefined" && input instanceof Request ? input : undefined;
    if ((init.mode ?? request?.mode) === "no-cors") return undefined;
    const url = urlOf(input);
    // A body that can be sent once only is sent once.
    const once = canBeSentOnce(init.body) && !(options.bufferBody && init.body instanceof ReadableStream);
    return { ...snapshot(input, init), options: { ...options, url, maxAttempts: once ? 1 : options.maxAttempts } };
  } catch {
    return undefined;
  }
}

function checked(who: string, table: Table, given: Values, others: readonly string[]): Omit<CheckedOptions, "url"> {
  const options: Values = {};
  check(who, table, given, options, "", others);
  const { initialMs, maxMs } = options as unknown as CheckedOptions;
  if (maxMs && maxMs < initialMs) throw new TypeError(`${who}: delays.maxMs must not be less than delays.initialMs.`);
  options.shared ||= "tab";
  return options as unknown as CheckedOptions;
}

/** Checks what was given by a table, and adds it to checked. Members of objects stand there beside the others. */
function check(who: string, table: Table, given: Values, checked: Values, path = "", others: readonly string[] = []): void {
  const names = [...Object.keys(table), ...others];
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    const close = names.find((known) => start(known) === start(name));
    throw new TypeError(`${who}: unknown option "${path}${name}".${close ? ` Did you mean "${path}${close}"?` : ""}`);
  }
  for (const [name, kind] of Object.entries(table)) {
    const value = given[name];
    const must = (fits: boolean, form: string): void => {
      if (value !== undefined && !fits) throw new TypeError(`${who}: ${path}${name} must be ${form}.`);
    };
    if (isList(kind)) {
      must(kind.includes(value as string), `one of "${kind.join('", "')}"`);
      checked[name] = value ?? "";
    } else if (typeof kind === "object") {
      must(typeof value === "object" && value !== null, "an object");
      check(who, kind, (value ?? {}) as Values, checked, `${path}${name}.`);
    } else {
      const [form, fits, unset] = kinds[kind];
      must(fits ? typeof value === "number" && fits(value) : typeof value === kind, form);
      // More than can be counted is no limit, which is what a count is when left out.
      checked[name] = kind === "count" && !Number.isSafeInteger(value) ? unset : (value ?? unset);
    }
  }
}

// Array.isArray does not know a readonly array.
const isList = (kind: Kind | Table): kind is readonly string[] => Array.isArray(kind);

/** Whether a body is a ReadableStream, or one of the iterables that Node's fetch takes too. */
function canBeSentOnce(body: unknown): body is object {
  return typeof body === "object" && body !== null && (Symbol.asyncIterator in body || "getReader" in body);
}

/** @throws TypeError for a body that a retry could not send again. */
export function checkBody(body: unknown): void {
  if (canBeSentOnce(body)) {
    throw new TypeError("retryStream: body must not be a ReadableStream or another stream: it can be sent only once, and a retry sends it again. Pass a string, a Blob or bytes, or a ReadableStream with bufferBody: true.");
  }
}

/**
 * The request as it is now, without our own options: what the caller changes
 * later, during a wait, must not change what is sent.
 *
 * @throws TypeError for what cannot be sent. It shows no value: values are where keys stand.
 */
export function snapshot(input: string | URL | Request, init: RequestInit): { input: string | URL | Request; init: RequestInit } {
  const copy: RequestInit = Object.fromEntries(Object.entries(init).filter(([name]) => !(name in ownOfFetch)));
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
export function urlOf(input: unknown): string {
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

/** Names that begin alike are often meant for each other: maxAttempt, onretry, silenceTimeout. */
const start = (name: string): string => name.slice(0, 5).toLowerCase();
