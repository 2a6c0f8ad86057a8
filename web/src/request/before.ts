import { check, fail, isObject } from "./check.ts";
import { checkBody, membersOf, methodOf, requestOf, snapshot, urlOf, type CheckedOptions } from "./options.ts";
import { hash } from "../tabs/share.ts";
import type { ChatStreamRetry } from "../event/types.gen.ts";

/** What Go tells of an attempt that failed. */
export interface RetryFacts extends Pick<ChatStreamRetry, "attempt" | "error" | "kind" | "provider" | "status_code"> {
  /** Whether a whole tool call was handed out: the tool may have run, and another attempt may ask for it again. */
  readonly tool_call: boolean;
}

/** What is known when a request is about to be sent again. */
export interface RetryContext extends RetryFacts {
  /** The reply text that came so far. */
  readonly text: string;
  /** Aborted when the stream ends. */
  readonly signal: AbortSignal;
}

/** Another request than the last one, in parts or whole. */
export interface RetryRequest {
  /**
   * Where to send it; the same place unless given. A Request stands for itself. To a URL of another origin goes nothing of the last
   * request, neither headers nor body, but what init names.
   */
  readonly input?: string | URL | Request;
  /** Members of `fetch`'s init to send instead of those before. */
  readonly init?: RequestInit;
}

type Answer = void | false | RetryRequest;

/** May change the next request, or refuse it with false. */
export type BeforeRetry = (context: RetryContext) => Answer | Promise<Answer>;

/** Names the request to go on with where one has failed for good: a {@link RetryRequest}, or nothing or false for none. */
export type Fallback = BeforeRetry;

/** The options by which the page says what to send next. */
export type Asked = "beforeRetry" | "fallback";

interface Sent {
  readonly input: string | URL | Request;
  readonly init: RequestInit;
  readonly options: CheckedOptions;
}

/** The request that one of the page's functions asks for; undefined if it names none. */
export async function changed<S extends Sent>(sent: S, given: unknown, who: Asked): Promise<S | undefined> {
  if (given === undefined || given === null) return undefined;
  // A Request or a URL by itself has no members that check could complain of.
  if (!isObject(given) || requestOf(given) || given instanceof URL || Array.isArray(given)) fail(`${who} must return nothing, false, or { input, init }.`);
  check(who, { init: "object" }, given, ["input"]);
  const { input, init: members = {} }: RetryRequest = given;
  // What is undefined is not named, as with fetch.
  const init: RequestInit = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  checkBody(init.body);
  const to = input ?? sent.input;
  const url = urlOf(to);
  const before = input === undefined ? sent.init : requestOf(input) ? {} : await inherited(sent, url, init, who);
  return { ...sent, ...snapshot(to, { ...before, ...init }), options: { ...sent.options, url } };
}

/** What another URL gets of the request that was sent before. */
async function inherited({ input, init, options }: Sent, url: string, given: RequestInit, who: Asked): Promise<RequestInit> {
  const first = requestOf(input);
  const isGet = methodOf(input, init) === "GET";
  if (new URL(url).origin === new URL(options.url).origin) {
    const same = { ...(first && membersOf(first)), ...init };
    // A stream could be sent only once, and in some browsers not at all.
    if (first && init.body === undefined && given.body === undefined && !isGet) same.body = await first.clone().blob();
    return same;
  }
  const missing = [];
  if (!isGet) {
    if (!given.method) missing.push("method");
    // A browser that does not show a Request's body has undefined there.
    const had = (init.body ?? (first ? first.body : null)) !== null;
    if (had && given.body === undefined && given.method?.toUpperCase() !== "GET") missing.push("body");
  }
  if (missing.length) {
    fail(`${who} asks another origin, which gets nothing of the last request, and names no ${missing.join(" and no ")}. Return { input, init: { method, headers, body } }, or a Request as the input.`);
  }
  return {};
}

/** A number for all that a request sends, which tells it from others. */
export async function identity({ input, init }: Sent): Promise<string> {
  const request = new Request(requestOf(input)?.clone() ?? input, init);
  const { url, method, credentials, headers } = request;
  const sends = JSON.stringify([url.split("#", 1), method, credentials, [...headers], await request.text()]);
  // That of FormData is another one each time.
  const [, boundary = ""] = /boundary=([^";]+)/.exec(headers.get("content-type") ?? "") ?? [];
  return hash(boundary ? sends.replaceAll(boundary, "") : sends);
}
