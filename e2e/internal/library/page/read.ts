// Functions for the tests that call the library.
import type { Retry, Status, Stream, StreamEvent, StreamOptions } from "./types.ts";

/** Starts a stream: a request in the way of the OpenAI chat API. */
export function ask(url: string, init: StreamOptions = {}): Stream {
  return retrystream.retryStream(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ stream: true, messages: [{ role: "user", content: "Hello" }] }),
    ...init,
  });
}

/** Whatever an error of the library may have, any other too. */
export interface Thrown extends Partial<InstanceType<typeof retrystream.RetryStreamError>> {
  readonly code?: unknown;
}

/** What a page can see of an error. */
export function describe(error: unknown) {
  const { name, message, kind, provider, statusCode, retryable, attempts, detail, retryAfterMs } = (error ?? {}) as Thrown;
  const isObject = error instanceof Object;
  const { cause, stack } = (isObject ? error : {}) as { cause?: Error; stack?: string };
  return {
    name, message, kind, provider, statusCode, retryable, attempts, detail, retryAfterMs,
    isError: error instanceof Error,
    isRetryStreamError: error instanceof retrystream.RetryStreamError,
    causeName: cause?.name, causeMessage: cause?.message,
    keys: isObject ? Object.keys(error).sort() : [],
    all: isObject ? [String(error), stack, JSON.stringify(error), String(cause), cause?.stack].join("\n") : String(error),
  };
}

/** All that a page can see of a stream. */
export interface Seen {
  text: string;
  events: StreamEvent[];
  retries: Retry[];
  statuses: Status[];
  error: ReturnType<typeof describe> | null;
}

/** Lets tasks run that are due. */
export const task = (): Promise<void> => new Promise((done) => setTimeout(done));

/** Lets tasks run until nothing more comes of them. */
export async function idle(): Promise<void> {
  for (let i = 0; i < 20; i++) await task();
}

/** Waits for a promise that the function is given the means to keep. */
export function promised<T>(): { readonly promise: Promise<T>; readonly keep: (value: T) => void } {
  let keep!: (value: T) => void;
  const promise = new Promise<T>((resolve) => (keep = resolve));
  return { promise, keep };
}

/** How read reads: each wait cut short, and what is called with the stream and with every event. */
interface Watch {
  hurry?: boolean;
  started?: (stream: Stream) => void;
  each?: (event: StreamEvent, stream: Stream) => void;
}

/** Reads a stream to its end. */
export async function read(
  url: string,
  init: StreamOptions = {},
  { hurry = false, each, started }: Watch = {},
): Promise<Seen> {
  const seen: Seen = { text: "", events: [], retries: [], statuses: [], error: null };
  const stream = ask(url, {
    ...init,
    onRetry: (retry) => {
      seen.retries.push(retry);
      if (hurry) stream.retryNow();
    },
    onStatus: (status) => seen.statuses.push(status),
  });
  started?.(stream);
  try {
    for await (const event of stream) {
      seen.events.push(event);
      seen.text = event.type === "reset" ? "" : seen.text + event.text;
      each?.(event, stream);
    }
  } catch (error) {
    seen.error = describe(error);
  }
  // What listeners were told last is told a moment after the end.
  await task();
  return seen;
}

/** Reads a stream to its end, and cuts each wait short. */
export const hurry = (url: string, init: StreamOptions = {}): Promise<Seen> => read(url, init, { hurry: true });
