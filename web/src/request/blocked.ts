/** What can keep a page's request from ever being answered; "lost" is a connection that failed although the server answers. */
type Blocker = "cors" | "csp" | "mixed-content" | "lost";

/** A request that the browser refuses, or may refuse. Go knows it by its name and message. */
class BlockedError extends Error {
  override readonly name = "BlockedError";

  constructor(blocker: Blocker, cause: unknown) {
    super(blocker, { cause });
  }
}

// The page's origin. To ask for it takes a microsecond each time.
const origin = globalThis.location?.origin;

// How long the question may take, in milliseconds.
const questionMs = 5000;

// After how many failures a refusal is presumed. A server that restarts may break
// the first connections.
const maxLost = 3;

/**
 * Finds out why a fetch failed. To a page every failure is the same TypeError,
 * so that a missing CORS header looks like a lost connection; but no retry
 * cures a missing header. CORS cannot be proven: nothing that a page may see tells
 * a refused answer from a connection that broke.
 */
export class BlockerFinder {
  readonly #address: string | undefined;
  #violated = false;
  /** How many connections failed, one after the other, although the server answers. */
  #lost = 0;
  /** The methods of requests that the server has answered, which CORS allows, then. */
  readonly #allowed: string[] = [];

  /** Those that a violation may concern. One listener serves them all, and stays: a call's own costs more than reading a short reply. */
  static readonly #listening = new Set<BlockerFinder>();
  static #listens = false;

  /** Outside browsers there is nothing to find: url is compared with the page's. */
  constructor(url: string) {
    if (!origin) return;
    this.#address = url;
    if (url.startsWith(`${origin}/`)) return;
    BlockerFinder.#listening.add(this);
    if (BlockerFinder.#listens) return;
    BlockerFinder.#listens = true;
    // Documents and workers fire it at different objects.
    const target: EventTarget = typeof document === "undefined" ? globalThis : document;
    target.addEventListener("securitypolicyviolation", (event) => {
      for (const finder of BlockerFinder.#listening) finder.#see(event as SecurityPolicyViolationEvent);
    });
  }

  /** Parsed when it is needed, which is seldom. */
  get #url(): URL | undefined {
    return this.#address === undefined ? undefined : new URL(this.#address);
  }

  /** Forgets the page. */
  dispose(): void {
    BlockerFinder.#listening.delete(this);
  }

  /** The finder for another address; the same within an origin. */
  at(url: string): BlockerFinder {
    if (!this.#address || new URL(url).origin === this.#url!.origin) return this;
    this.dispose();
    return new BlockerFinder(url);
  }

  /** Takes note that there was a response to a request of a method, "" for the page's own. */
  answered(method: string): void {
    if (!this.#allowed.includes(method)) this.#allowed.push(method);
  }

  /** What such a fetch failed with, or a BlockedError in its place. isGet: the request's path may be what asks the model. */
  async judge(error: unknown, method: string, isGet: boolean, signal: AbortSignal): Promise<unknown> {
    const url = this.#url;
    if (!url || !(error instanceof TypeError)) return error;
    if (location.protocol === "https:" && url.protocol === "http:" && !isLocal(url.hostname)) return new BlockedError("mixed-content", error);
    await told();
    if (this.#violated) return new BlockedError("csp", error);
    if (url.origin === origin || this.#allowed.includes(method) || !navigator.onLine) return error;
    const answered = await answers(url.origin + (isGet ? "/" : url.pathname), signal);
    await told();
    // The page's policy forbids where the answer redirects to, then.
    if (!answered && !this.#violated) {
      this.#lost = 0;
      return error;
    }
    this.#violated = false;
    return new BlockedError(++this.#lost < maxLost ? "lost" : "cors", error);
  }

  #see({ disposition, effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void {
    if (disposition === "enforce" && /^(connect|default)-src/.test(effectiveDirective) && blockedURI.startsWith(this.#url!.origin)) this.#violated = true;
  }
}

/** A violation is reported by a task of its own. */
const told = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Asks whether a server is there: by a GET without anything of the page's or of the
 * request's, whose answer the browser hides. (It follows redirects, as browsers
 * forbid anything else here.)
 */
async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  const asking = new AbortController();
  const timer = setTimeout(() => asking.abort(), questionMs);
  try {
    await fetch(url, { mode: "no-cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: AbortSignal.any([signal, asking.signal]) });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    asking.abort(); // nobody reads the answer
  }
}

/** Browsers trust these hosts without https. */
function isLocal(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\./.test(host);
}
