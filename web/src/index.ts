/**
 * retrystream: LLM streams that survive failure.
 *
 * @example
 * const stream = retryStream("/v1/chat/completions", { method: "POST", headers, body, onRetry: showBanner });
 * for await (const event of stream) {
 *   if (event.type === "reset") reply.textContent = "";
 *   else reply.append(event.text);
 * }
 *
 * @module
 */
import { checkOptions, snapshot, type RetryStreamInit } from "./request/options.ts";
import { RetryStream } from "./call/stream.ts";

export type { BeforeRetry, Fallback, RetryContext, RetryRequest } from "./request/before.ts";
export { RetryStreamError, type ErrorKind } from "./event/errors.ts";
export { createRetryFetch, retryFetch, type RetryFetch } from "./call/fetch.ts";
export { init } from "./module/load.ts";
export type { InitOptions } from "./module/module.ts";
export type { Delays, StreamOptions } from "./request/options.gen.ts";
export type { RetryFetchInit, RetryFetchOptions, RetryOptions, RetryStreamInit } from "./request/options.ts";
export type { Batch, RetryStreamEvent } from "./module/records.ts";
export type { RetryStream, StatusListener } from "./call/stream.ts";
export type * from "./event/types.gen.ts";

/**
 * Sends a request like `fetch` and reads the reply's event stream, again and
 * again until the reply is complete, cannot be had, or is canceled. Returns at
 * once; the first request is sent before the module has loaded.
 *
 * @throws TypeError for an argument that cannot work, naming it.
 */
export function retryStream(input: string | URL | Request, init: RetryStreamInit = {}): RetryStream {
  const options = checkOptions(input, init);
  return new RetryStream({ ...snapshot(input, init), options });
}
