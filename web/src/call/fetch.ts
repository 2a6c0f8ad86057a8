import { notify } from "./call.ts";
import { checkFetchOptions, forFetch, type CheckedOptions, type RetryFetchInit, type RetryFetchOptions } from "../request/options.ts";
import { Relay, type RelayWatcher } from "./relay.ts";
import type { ChatStreamStatus } from "../event/types.gen.ts";

/** A `fetch` whose replies survive failures. A `<retry-banner>` takes it as its stream. */
export interface RetryFetch {
  (input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** The status that a person should see: of the calls that wait, the latest; where none waits, of the latest call. */
  readonly status: ChatStreamStatus;
  /** Calls listener with that status, and whenever it changes. The function returned ends that. */
  subscribe(listener: (status: ChatStreamStatus) => void): () => void;
  /** Ends the current wait of every call. */
  retryNow(): void;
  /** Ends every call. Whoever reads it gets an AbortError. */
  cancel(): void;
}

type Checked = Omit<CheckedOptions, "url">;

/**
 * Sends a request like `fetch`, again and again until there is a response that
 * can be read to its end, or none can be had. What `fetch` rejects, this rejects.
 * A failure that another attempt cannot cure is handed on as the server sent it.
 */
export async function retryFetch(input: string | URL | Request, init: RetryFetchInit = {}): Promise<Response> {
  return send(input, init, checkFetchOptions("retryFetch", init, true), { status() {}, ended() {} });
}

/**
 * Makes a `fetch` for an SDK: `new OpenAI({ fetch: createRetryFetch({ onRetry }), maxRetries: 0 })`.
 *
 * @throws TypeError for an option that cannot work, naming it.
 */
export function createRetryFetch(options: RetryFetchOptions = {}): RetryFetch {
  const checked = checkFetchOptions("createRetryFetch", options, false);
  // Those of which something may still come, in the order of their statuses.
  const calls = new Map<Relay, ChatStreamStatus>();
  const listeners = new Set<(status: ChatStreamStatus) => void>();
  let shown: ChatStreamStatus = { phase: "done", attempt: 0 };
  const watcher: RelayWatcher = {
    status(relay, status) {
      calls.delete(relay); // the latest stands last
      calls.set(relay, status);
      const next = [...calls.values()].filter(({ phase }) => waits.includes(phase)).at(-1) ?? status;
      if (next === shown) return;
      shown = next;
      for (const listener of listeners) notify(listener, next);
    },
    ended: (relay) => void calls.delete(relay),
  };
  const retryFetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> => send(input, init, checked, watcher);
  return Object.defineProperty(
    Object.assign(retryFetch, {
      subscribe(listener: (status: ChatStreamStatus) => void): () => void {
        const own: typeof listener = (status) => {
          if (listeners.has(own)) listener(status);
        };
        listeners.add(own);
        notify(own, shown);
        return () => void listeners.delete(own);
      },
      retryNow(): void {
        for (const relay of calls.keys()) relay.retryNow();
      },
      cancel(): void {
        for (const relay of [...calls.keys()]) relay.cancel();
      },
    }),
    "status",
    { get: () => shown },
  ) as unknown as RetryFetch;
}

const waits: readonly string[] = ["retrying", "offline", "queued"];

function send(input: string | URL | Request, init: RequestInit | undefined, options: Checked, watcher: RelayWatcher): Promise<Response> {
  const request = forFetch(input, init ?? {}, options);
  // What is not ours to retry, or no request at all, is fetch's.
  if (!request) return fetch(input, init);
  warnOfRetries(request.init.headers);
  return new Promise((resolve, reject) => {
    new Relay(request, { resolve, reject }, watcher);
  });
}

let warned = false;

/** An SDK that retries as well multiplies the attempts. */
function warnOfRetries(headers: HeadersInit | undefined): void {
  if (warned || !(Number(new Headers(headers).get("x-stainless-retry-count")) > 0)) return;
  warned = true;
  console.warn("retrystream: the SDK retries too, so that attempts multiply. Give it maxRetries: 0.");
}
