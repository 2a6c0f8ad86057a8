import { notify } from "./notify.ts";
import { Told } from "./told.ts";
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
  const calls = new Map<Relay, Told>();
  const listeners = new Set<(status: ChatStreamStatus) => void>();
  let latest = new Told({ phase: "done", attempt: 0 });
  let shown = latest;
  // Not before somebody asks: to look at a status takes longer than to have it told.
  const current = (): Told => [...calls.values()].filter(({ status }) => waits.includes(status.phase)).at(-1) ?? latest;
  const watcher: RelayWatcher = {
    status(relay, told) {
      calls.delete(relay); // the latest stands last
      calls.set(relay, told);
      latest = told;
      if (!listeners.size) return;
      const next = current();
      if (next === shown) return;
      shown = next;
      for (const listener of listeners) notify(listener, next.status);
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
        shown = current();
        notify(own, shown.status);
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
    { get: () => current().status },
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
  if (warned || !(headers instanceof Headers) || !(Number(headers.get("x-stainless-retry-count")) > 0)) return;
  warned = true;
  console.warn("retrystream: the SDK retries too, so that attempts multiply. Give it maxRetries: 0.");
}
