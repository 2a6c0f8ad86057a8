/**
 * `<retry-banner>` tells a person that a reply failed, when the next attempt
 * starts, and lets them retry at once or stop. It also says that the device has
 * no network, or that the provider sends only signs of life; then there is
 * nothing to retry, only to stop. It is invisible while all is well. Importing
 * this module defines the element where there is a browser.
 *
 *     const banner = document.querySelector("retry-banner");
 *     banner.stream = retryStream("/v1/messages", { method: "POST", body });
 *
 * A page fed by its own server sets `status` or `retry` instead of `stream` and
 * listens for the events `retrynow` and `stop`, which bubble and are composed.
 *
 * Style it with these custom properties, each optional:
 *
 * - `--retry-banner-background`, `--retry-banner-color`, `--retry-banner-radius`
 * - `--retry-banner-font`: a whole `font` value
 * - `--retry-banner-accent`: the tint while a retry is pending
 * - `--retry-banner-error`: the tint after the last attempt failed
 *
 * or with the parts `banner`, `icon`, `progress`; `pending` with `countdown`,
 * `attempt` and `reason`; `actions` with `retry-now` and `stop` (`button` is
 * both); `failure` with `error` and `detail`. Content with slot="failed", such
 * as a "Try again" button, shows after the last failure.
 *
 * Colours follow the page's `color-scheme`. When the banner goes away under the
 * keyboard focus, the focus returns to where it came from.
 */
import type { ChatStreamRetry, ChatStreamStatus } from "../event/types.gen.ts";
import { english, type RetryBannerLabels } from "./labels.ts";
import { type BannerView, buildView, setText } from "./view.ts";

export type { RetryBannerLabels } from "./labels.ts";

/** RetryBannerStream is what the banner needs of a stream; retryStream's result fits. */
export interface RetryBannerStream {
  /** Calls listener with the current status, then on each change. */
  subscribe(listener: (status: ChatStreamStatus) => void): () => void;
  retryNow(): void;
  cancel(): void;
}

/** An offline or queued spell shorter than this is not worth a flash. */
const showAfterMs = 500;

/** A live region speaks up only if it was there, empty, before its text came. */
const announceAfterMs = 150;

/** Without a DOM the class can still be declared, so that importing it is safe. */
const Base: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

/** RetryBanner is the element behind `<retry-banner>`. */
export class RetryBanner extends Base {
  #stream: RetryBannerStream | null = null;
  #unsubscribe: (() => void) | null = null;
  #status: ChatStreamStatus | null = null;
  #retry: ChatStreamRetry | null = null;
  #labels = english;
  #announced = "";
  #deadline = Number.NaN;
  #tickTimer: ReturnType<typeof setTimeout> | undefined;
  #announceTimer: ReturnType<typeof setTimeout> | undefined;
  /** Set while the phase is too young to be shown. */
  #showTimer: ReturnType<typeof setTimeout> | undefined;
  #visible = false;
  #cameFrom: HTMLElement | null = null;

  readonly #view: BannerView = buildView(this.attachShadow({ mode: "open" }));

  constructor() {
    super();
    const { retryNow, stop } = this.#view;
    retryNow.addEventListener("click", () => {
      if (retryNow.ariaDisabled !== "true") this.#act("retrynow");
    });
    stop.addEventListener("click", () => this.#act("stop"));
    this.addEventListener("focusin", (event) => {
      const from = event.relatedTarget;
      if (from instanceof HTMLElement && from !== this && !this.contains(from)) this.#cameFrom = from;
    });
  }

  /** The stream to show; null shows nothing. Setting it leaves the old stream alone. */
  get stream(): RetryBannerStream | null {
    return this.#stream;
  }
  set stream(stream: RetryBannerStream | null) {
    this.#detach();
    this.#stream = stream;
    this.#show(null);
    this.#attach();
  }

  /** The status shown now; set it on pages that get it from their own server. */
  get status(): ChatStreamStatus | null {
    return this.#status;
  }
  set status(status: ChatStreamStatus | null) {
    this.#show(status);
  }

  /** A retry as a server publishes it; null hides the banner, as does a good status. */
  get retry(): ChatStreamRetry | null {
    return this.#retry;
  }
  set retry(retry: ChatStreamRetry | null) {
    this.#show(retry === null ? null : { ...retry, phase: "retrying", message: retry.error });
    this.#retry = retry;
  }

  /** Words to use in place of the English ones; those left out stay English. */
  get labels(): Partial<RetryBannerLabels> {
    return this.#labels;
  }
  set labels(labels: Partial<RetryBannerLabels>) {
    this.#labels = { ...english, ...labels };
    this.#render();
  }

  connectedCallback(): void {
    // A framework may have set properties before the element was defined; such
    // a property hides the accessor until it is set again.
    for (const name of ["labels", "stream", "status", "retry"] as const) {
      const early = Object.getOwnPropertyDescriptor(this, name);
      if (early === undefined) continue;
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, early.value);
    }
    this.#render();
    this.#attach();
  }

  disconnectedCallback(): void {
    this.#detach();
    this.#settle();
    this.#announced = "";
    this.#cameFrom = null;
  }

  #attach(): void {
    if (this.#stream === null || !this.isConnected || this.#unsubscribe !== null) return;
    // A stream may tell its status a moment after it was asked to stop telling.
    let attached = true;
    const unsubscribe = this.#stream.subscribe((status) => {
      if (attached) this.#show(status);
    });
    this.#unsubscribe = () => {
      attached = false;
      unsubscribe();
    };
  }

  #detach(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
  }

  #act(name: "retrynow" | "stop"): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
    if (name === "stop") this.#stream?.cancel();
    else this.#stream?.retryNow();
  }

  #show(status: ChatStreamStatus | null): void {
    if (status?.phase !== this.#status?.phase) {
      clearTimeout(this.#showTimer);
      // Where the banner is there already, new words in it are no flash.
      this.#showTimer = this.#visible || !isWaiting(status) ? undefined : setTimeout(() => {
        this.#showTimer = undefined;
        this.#render();
      }, showAfterMs);
    }
    this.#status = status;
    this.#retry = null;
    if (status?.phase === "retrying") {
      // The reader's clock may be wrong, but no wait is longer than delay_ms.
      const latest = status.delay_ms === undefined ? Number.POSITIVE_INFINITY : Date.now() + status.delay_ms;
      this.#deadline = status.retrying_at === undefined ? Number.NaN : Math.min(Date.parse(status.retrying_at), latest);
    }
    this.#render();
  }

  /** Stops everything that runs on its own. */
  #settle(): void {
    clearTimeout(this.#tickTimer);
    clearTimeout(this.#announceTimer);
    for (const animation of this.#view.progress.getAnimations()) animation.cancel();
  }

  #render(): void {
    if (!this.isConnected) return;
    const view = this.#view;
    const labels = this.#labels;
    const status = this.#status;
    const pending = status?.phase === "retrying";
    const reconnecting = status?.phase === "connecting" && status.attempt > 1;
    const waiting = isWaiting(status) && this.#showTimer === undefined;
    const failed = status?.phase === "failed";
    const visible = pending || reconnecting || waiting || failed;
    // Whatever is about to disappear may hold the focus.
    const leaving = !visible ? this : failed ? view.actions : waiting ? view.retryNow : null;
    const focusLost = leaving?.matches(":focus-within");

    this.#settle();
    // While it reconnects the banner stays as it was, so that nothing jumps.
    if (!reconnecting) {
      view.banner.dataset["look"] = failed ? "failed" : waiting ? "waiting" : "pending";
      view.retryNow.hidden = waiting;
      setText(view.attempt, pending ? labels.attempt(status.attempt) : "");
    }
    view.pending.hidden = view.actions.hidden = failed;
    view.failure.hidden = view.failedSlot.hidden = !failed;
    this.hidden = !visible;
    this.#visible = visible;
    setText(view.retryNow, labels.retryNow);
    setText(view.stop, labels.stop);
    // A disabled button would drop the focus, so this one only says it is.
    view.retryNow.ariaDisabled = String(!pending);
    setText(view.error, failed ? status.message || labels.failed : "");
    setText(view.detail, failed ? (status.detail ?? "") : "");

    if (pending) {
      setText(view.reason, status.message ?? "");
      this.#tick();
      this.#runProgress(status.delay_ms ?? 0);
      const seconds = Math.max(0, Math.ceil((this.#deadline - Date.now()) / 1000)) || 0;
      this.#announce(
        `${status.attempt} ${status.retrying_at}`,
        labels.announcement(status.message ?? "", seconds, status.attempt),
      );
    } else if (waiting) {
      const offline = status.phase === "offline";
      setText(view.countdown, offline ? labels.offline : labels.queued(status.provider));
      setText(view.reason, offline ? labels.offlineReason : labels.queuedReason);
      this.#announce(`${status.attempt} ${status.phase}`, view.pending.textContent);
    } else if (reconnecting) {
      setText(view.countdown, labels.reconnecting);
    } else {
      setText(view.reason, "");
      setText(view.live, "");
      // A stream that is queued again and again says so once.
      if (status?.phase !== "streaming" && !isWaiting(status)) this.#announced = "";
    }
    if (focusLost) {
      this.#cameFrom?.focus({ preventScroll: true });
      this.#cameFrom = null;
    }
  }

  /** Shows the seconds left and comes back when they change. */
  #tick(): void {
    const left = this.#deadline - Date.now();
    if (Number.isNaN(left)) return setText(this.#view.countdown, this.#labels.waiting);
    const seconds = Math.ceil(left / 1000);
    setText(this.#view.countdown, seconds > 0 ? this.#labels.retryingIn(seconds) : this.#labels.retrying);
    if (seconds > 0) this.#tickTimer = setTimeout(() => this.#tick(), left - (seconds - 1) * 1000);
  }

  /** Lets the hairline run out towards the deadline. */
  #runProgress(delayMs: number): void {
    const left = this.#deadline - Date.now();
    if (!(left > 0 && delayMs > 0)) return;
    this.#view.progress.animate({ transform: [`scaleX(${Math.min(1, left / delayMs)})`, "scaleX(0)"] }, { duration: left });
  }

  /** Says what key names once, however often its status is set. */
  #announce(key: string, text: string): void {
    if (key === this.#announced) return;
    this.#announceTimer = setTimeout(() => {
      this.#announced = key;
      setText(this.#view.live, text);
    }, announceAfterMs);
  }
}

/** Tells whether only the network or the provider can end the wait. */
function isWaiting(status: ChatStreamStatus | null): status is ChatStreamStatus {
  return status?.phase === "offline" || status?.phase === "queued";
}

declare global {
  interface HTMLElementTagNameMap {
    "retry-banner": RetryBanner;
  }
}

/** defineRetryBanner defines the element; a tag that is already taken is left alone. */
export function defineRetryBanner(tag = "retry-banner"): void {
  if (globalThis.customElements === undefined || customElements.get(tag) !== undefined) return;
  // One class can have one tag only, hence a class of its own for each.
  customElements.define(tag, tag === "retry-banner" ? RetryBanner : class extends RetryBanner {});
}

defineRetryBanner();
