import { check, fail, isObject } from "./check.ts";
import { checkBody, snapshot, urlOf, type CheckedOptions } from "./options.ts";
import type { ChatStreamRetry } from "./types.gen.ts";

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

/** Another request than the first one, in parts or whole. */
export interface RetryRequest {
  /** Where to send it; the same place unless given. */
  readonly input?: string | URL | Request;
  /** Members of `fetch`'s init to send instead of those before. */
  readonly init?: RequestInit;
}

/** May change the next request, or refuse it with false. */
export type BeforeRetry = (context: RetryContext) => void | false | RetryRequest | Promise<void | false | RetryRequest>;

interface Sent {
  readonly input: string | URL | Request;
  readonly init: RequestInit;
  readonly options: CheckedOptions;
}

/** The request that beforeRetry asks for; undefined if that is the same. */
export function changed<S extends Sent>(sent: S, given: unknown): Pick<S, keyof Sent> | undefined {
  if (given === undefined || given === null) return undefined;
  if (!isObject(given)) fail("beforeRetry must return nothing, false, or { input, init }.");
  check("beforeRetry", { init: "object" }, given, ["input"]);
  const { input = sent.input, init = {} }: RetryRequest = given;
  checkBody(init.body);
  return { ...snapshot(input, { ...sent.init, ...init }), options: { ...sent.options, url: urlOf(input) } };
}
