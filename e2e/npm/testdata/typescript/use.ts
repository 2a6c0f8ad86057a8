// Uses everything that the package exports, as strict code would.
import {
  createRetryFetch,
  init,
  retryFetch,
  retryStream,
  RetryStreamError,
  type Batch,
  type BeforeRetry,
  type ChatStreamError,
  type ChatStreamEvent,
  type ChatStreamEventType,
  type ChatStreamErrorEvent,
  type ChatStreamMessage,
  type ChatStreamMessageEvent,
  type ChatStreamReset,
  type ChatStreamResetEvent,
  type ChatStreamRetry,
  type ChatStreamRetryEvent,
  type ChatStreamStatus,
  type ChatStreamStatusEvent,
  type Delays,
  type ErrorKind,
  type Fallback,
  type InitOptions,
  type Kind,
  type Phase,
  type ProviderID,
  type RetryContext,
  type RetryFetch,
  type RetryFetchInit,
  type RetryFetchOptions,
  type RetryOptions,
  type RetryRequest,
  type RetryStream,
  type RetryStreamEvent,
  type RetryStreamInit,
  type StatusListener,
  type StreamOptions,
} from "retrystream";
import { defineRetryBanner, RetryBanner, type RetryBannerLabels, type RetryBannerStream } from "retrystream/banner";
import wasmUrl from "retrystream/retrystream.wasm";

const options: InitOptions = { wasmUrl: new URL(wasmUrl, "https://example.com") };
await init(options);
await init({ wasmUrl });
await init({ wasmModule: new WebAssembly.Module(new Uint8Array()) });
// @ts-expect-error: no such option
await init({ url: wasmUrl });

const beforeRetry: BeforeRetry = async (context: RetryContext) => {
  const request: RetryRequest = { init: { headers: { "x-attempt": String(context.attempt) } } };
  return context.tool_call ? false : request;
};
const fallback: Fallback = ({ kind }) => (kind === "usage_limit" ? { init: { body: "{}" } } : undefined);
const delays: Delays = { initialMs: 500, maxMs: 8000, multiplier: 2, jitter: "full" };
const provider: ProviderID = "anthropic";
const common: StreamOptions = { provider, maxAttempts: 3, maxElapsedMs: Infinity, delays, partial: "resume" };
const retryOptions: RetryOptions = {
  ...common,
  bufferBody: true,
  shared: "none",
  beforeRetry,
  fallback,
  onRetry: (retry: ChatStreamRetry) => console.log(retry.attempt, retry.delay_ms, retry.retrying_at, retry.error),
  onStatus: (status) => console.log(status.phase satisfies Phase),
};
const request: RetryStreamInit = { method: "POST", body: "{}", signal: AbortSignal.timeout(1000), ...retryOptions };

const stream: RetryStream = retryStream("/v1/chat/completions", request);
retryStream(new URL("https://example.com"));
retryStream(new Request("https://example.com"), { maxAttempts: undefined });
// @ts-expect-error: the address is missing
retryStream();
// @ts-expect-error: a count is a number
retryStream("/", { maxAttempts: "3" });
// @ts-expect-error: no such option
retryStream("/", { retries: 3 });
// @ts-expect-error: no such provider
retryStream("/", { provider: "nobody" });
// @ts-expect-error: no such jitter
retryStream("/", { delays: { jitter: "some" } });
// @ts-expect-error: it takes a retry
retryStream("/", { onRetry: (retry: string) => retry });
// @ts-expect-error: a status cannot be set
stream.status = { phase: "done", attempt: 1 };

const listener: StatusListener = (status: ChatStreamStatus) => console.log(status.message?.length, status.kind);
const unsubscribe: () => void = stream.subscribe(listener);
unsubscribe();
stream.retryNow();
stream.cancel();
const text: string = await stream.text();

export function words(event: RetryStreamEvent): string {
  if (event.type === "reset") {
    const reset: ChatStreamResetEvent = event;
    return `${reset.seq} ${(reset satisfies ChatStreamReset).attempt}`;
  }
  const message: ChatStreamMessageEvent = event;
  return (message satisfies ChatStreamMessage).text;
}
for await (const event of stream) words(event);
for await (const batch of stream.batches()) {
  const { reset, text, events }: Batch = batch;
  console.log(reset satisfies boolean, text satisfies string, events.map(words));
}

try {
  await retryStream("/").text();
} catch (error) {
  if (!(error instanceof RetryStreamError)) throw error;
  const kind: ErrorKind = error.kind;
  const known: Kind | "module" = kind;
  console.log(known, error.message, error.provider, error.statusCode, error.retryable, error.attempts, error.detail, error.retryAfterMs, error.text, text);
  // @ts-expect-error: no such kind
  if (error.kind === "bad_luck") throw error;
}

const fetchOptions: RetryFetchOptions = { partial: "fail", holdMs: 0, onRetry: (retry) => console.log(retry.kind) };
const survivor: RetryFetch = createRetryFetch(fetchOptions);
const asSDKsTakeIt: typeof fetch = survivor;
const fetchInit: RetryFetchInit = { ...fetchOptions, method: "POST", body: "{}" };
const responses: Response[] = [await retryFetch("/", fetchInit), await survivor(new URL("https://example.com")), await asSDKsTakeIt("/")];
console.log(responses, survivor.status.phase);
// @ts-expect-error: what was passed on cannot be taken back
createRetryFetch({ partial: "restart" });

defineRetryBanner("my-banner");
const banner = new RetryBanner();
const source: RetryBannerStream = stream;
const labels: Partial<RetryBannerLabels> = { retryingIn: (seconds) => `${seconds} s`, stop: "Halt" };
banner.labels = labels;
banner.stream = source;
banner.stream = survivor;
banner.stream = null;
banner.status = stream.status;

// What a server that reads the stream itself sends to its page.
export function show(published: ChatStreamEvent): string {
  const type: ChatStreamEventType = published.type;
  switch (published.type) {
    case "retry":
      banner.retry = published satisfies ChatStreamRetryEvent;
      return published.retrying_at;
    case "status":
      banner.status = published satisfies ChatStreamStatusEvent;
      return published.phase;
    case "error":
      return (published satisfies ChatStreamErrorEvent satisfies ChatStreamError).message;
    default:
      return `${type} ${words(published)}`;
  }
}
// @ts-expect-error: no such type
show({ type: "later", seq: 1 });
// @ts-expect-error: a seq is missing
show({ type: "reset", attempt: 2 });
// @ts-expect-error: an address is no stream
banner.stream = "/v1/chat/completions";
export const found: RetryBanner | null = document.querySelector("retry-banner");
