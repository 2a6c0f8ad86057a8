/** What can keep a page's request from ever being answered. */
export type Blocker = "cors" | "csp" | "mixed-content";

/** A request that the browser refuses, and would refuse again. Go knows it by its name and message. */
export class BlockedError extends Error {
  override readonly name = "BlockedError";
  readonly kind = "blocked";

  constructor(blocker: Blocker, cause: unknown) {
    super(blocker, { cause });
  }
}

// The page's origin. To ask for it takes a microsecond each time.
const origin = globalThis.location?.origin;

// How long the probe may take, in milliseconds.
const probeMs = 5000;

/**
 * Finds out why a fetch failed. To a page every failure is the same TypeError,
 * so that a missing CORS header looks like a lost connection; but no retry
 * cures a missing header.
 */
export class BlockerFinder {
  readonly #address: string | undefined;
  #violated = false;
  #probed = false;

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

  /** The blocker behind a fetch's failure, as far as it is certain without asking again. */
  async certain(error: unknown): Promise<Blocker | undefined> {
    const url = this.#url;
    if (!url || !(error instanceof TypeError)) return undefined;
    if (location.protocol === "https:" && url.protocol === "http:" && !isLocal(url.hostname)) return "mixed-content";
    // The violation is reported by a task of its own.
    await new Promise((resolve) => setTimeout(resolve, 0));
    return this.#violated ? "csp" : undefined;
  }

  /**
   * Whether the server is there although a fetch failed, which then smells of
   * CORS. Asked once: a GET without credentials, headers or a body, whose answer
   * the browser hides.
   */
  async answers(error: unknown, signal: AbortSignal): Promise<boolean> {
    const url = this.#url;
    if (!url || url.origin === origin || !(error instanceof TypeError) || this.#probed || !navigator.onLine) return false;
    this.#probed = true;
    try {
      await fetch(url, {
        mode: "no-cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer",
        signal: AbortSignal.any([signal, AbortSignal.timeout(probeMs)]),
      });
      return true;
    } catch {
      return false;
    }
  }

  #see({ disposition, effectiveDirective, blockedURI }: SecurityPolicyViolationEvent): void {
    if (disposition === "enforce" && /^(connect|default)-src/.test(effectiveDirective) && blockedURI.startsWith(this.#url!.origin)) this.#violated = true;
  }
}

/** Browsers trust these hosts without https. */
function isLocal(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\./.test(host);
}
