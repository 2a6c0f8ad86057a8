// Functions for the tests of the library's fetch.
import { describe } from "./read.ts";
import type { FetchOptions } from "./types.ts";

/** A request in the way of the providers. */
export const post = (init: RequestInit = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ stream: true, messages: [] }),
  ...init,
});

/** Whether some of the body that look looks at was read. */
export let begun = false;

/** All that a page can see of a response, its body included. */
export interface Look {
  status: number;
  type: string;
  url: string;
  header: string;
  redirected: boolean;
  real: boolean;
  text: string;
  error: ReturnType<typeof describe> | null;
  refused: boolean;
}

/** Looks at a response. */
export async function look(promise: Promise<Response>): Promise<Look> {
  begun = false;
  const seen: Look = { status: 0, type: "", url: "", header: "", redirected: false, real: false, text: "", error: null, refused: false };
  let response: Response;
  try {
    response = await promise;
  } catch (error) {
    return { ...seen, refused: true, error: describe(error) };
  }
  Object.assign(seen, {
    status: response.status, type: response.type, url: response.url, redirected: response.redirected,
    header: response.headers.get("content-type") ?? "", real: response instanceof Response,
  });
  const decoder = new TextDecoder();
  try {
    for (const reader = response.body?.getReader(); reader; ) {
      const { done, value } = await reader.read();
      if (done) break;
      begun = true;
      seen.text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    seen.error = describe(error);
  }
  // Of a long text its length and a sum of it are enough to compare.
  if (seen.text.length > 20_000) seen.text = `${seen.text.length} ${[...seen.text].reduce((sum, c) => (sum * 31 + c.codePointAt(0)!) >>> 0, 0)}`;
  return seen;
}

/** Sends a request through the library and looks at what comes of it. Each wait is cut short. */
export async function relay(url: string, options: FetchOptions = {}, init: RequestInit = {}): Promise<Look & { retries: (string | undefined)[] }> {
  const retries: (string | undefined)[] = [];
  const send = retrystream.createRetryFetch({
    ...options,
    onRetry: (retry) => {
      retries.push(retry.kind);
      send.retryNow();
    },
  });
  return { ...(await look(send(url, post(init)))), retries };
}

/** What came of relayLater, once it is there. */
export let relayed: Awaited<ReturnType<typeof relay>> | undefined;

/** Does as relay, but leaves what comes of it in relayed. */
export function relayLater(url: string, options: FetchOptions): void {
  begun = false;
  relayed = undefined;
  void relay(url, options).then((seen) => (relayed = seen));
}

/** Sends the same with the page's own fetch. */
export const plain = (url: string): Promise<Look> => look(fetch(url, post()));
