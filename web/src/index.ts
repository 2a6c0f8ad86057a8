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
import { Engine } from "./engine.ts";
import type { InitOptions } from "./module.ts";
import { checkOptions, snapshot, type RetryStreamInit } from "./options.ts";
import { RetryStream } from "./stream.ts";

export type { BeforeRetry, RetryContext, RetryRequest } from "./before.ts";
export { RetryStreamError, type ErrorKind } from "./errors.ts";
export type { InitOptions } from "./module.ts";
export type { Delays, StreamOptions } from "./options.gen.ts";
export type { RetryOptions, RetryStreamInit } from "./options.ts";
export type { MessageEvent, ResetEvent, RetryStreamEvent } from "./records.ts";
export type { RetryStream, StatusListener } from "./stream.ts";
export type * from "./types.gen.ts";

let source: InitOptions = {};
let loading: Promise<Engine> | undefined;
let ready = false;

/**
 * Sends a request like `fetch` and reads the reply's event stream, again and
 * again until the reply is complete, cannot be had, or is canceled. Returns at
 * once; the first request is sent before the module has loaded.
 *
 * @throws TypeError for an argument that cannot work, naming it.
 */
export function retryStream(input: RequestInfo | URL, init: RetryStreamInit = {}): RetryStream {
  const options = checkOptions(input, init);
  return new RetryStream({ ...snapshot(input, init), options, engine: engine(), ready });
}

/**
 * Loads the module ahead of the first stream, or from somewhere else than
 * beside this script. Optional. Options count until the module has loaded; a
 * load that failed can be tried again.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  if (typeof options !== "object" || options === null) throw new TypeError("init: the argument must be an object of options.");
  for (const name of Object.keys(options)) {
    if (name !== "wasmUrl" && name !== "wasmModule") throw new TypeError(`init: unknown option "${name}". It takes wasmUrl and wasmModule.`);
  }
  if (options.wasmUrl !== undefined && typeof options.wasmUrl !== "string" && !(options.wasmUrl instanceof URL)) {
    throw new TypeError("init: wasmUrl must be a string or a URL.");
  }
  if (options.wasmModule !== undefined && !(options.wasmModule instanceof WebAssembly.Module)) {
    throw new TypeError("init: wasmModule must be a WebAssembly.Module.");
  }
  if (!loading && Object.keys(options).length > 0) source = options;
  await engine();
}

/** The module, loaded once. After a failure the next call loads it afresh. */
function engine(): Promise<Engine> {
  if (loading) return loading;
  const forget = (): void => {
    if (loading !== mine) return;
    loading = undefined;
    ready = false;
  };
  const mine = Engine.load(source, forget);
  mine.then(({ module }) => {
    source = { wasmModule: module };
    ready = loading === mine;
  }, forget);
  loading = mine;
  return mine;
}
