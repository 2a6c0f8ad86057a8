/** One reply of the chat: its own stream, its own banner. */
import { retryStream, RetryStreamError } from "../src/index.ts";
import type { RetryBanner } from "../src/banner/banner.ts";
import type { ChatStreamStatus, ProviderID } from "../src/event/types.gen.ts";
import type { Log } from "./log.ts";
import type { ChatRequest } from "./providers.ts";

/** ReplyState is what the style sheet and tests see as data-state. */
export type ReplyState = "streaming" | "queued" | "retrying" | "offline" | "done" | "failed" | "canceled";

/** ReplyOptions says what to ask, and who wants to know how it goes. */
export interface ReplyOptions {
  /** Who answers, for people. */
  label: string;
  /** The reply's name in the log, such as "#2". */
  subject: string;
  /** Makes the request anew for each start. */
  request(): ChatRequest;
  /** The provider's id; "auto" lets the library find out. */
  provider: ProviderID | "auto";
  /** How long nothing may come before the attempt counts as stalled. */
  silenceTimeoutMs: number;
  log: Log;
  /** Called when the reply starts and when it ends in any way. */
  onChange(): void;
}

/** Reply is a list item that fills itself. */
export class Reply {
  readonly element: HTMLLIElement = element("li", "message assistant");
  #options: ReplyOptions;
  #text = document.createTextNode("");
  #textBox = element("div", "text");
  #banner: RetryBanner = document.createElement("retry-banner");
  #outcome = element("p", "outcome");
  #again = element("button", "quiet again");
  #cancel: (() => void) | null = null;
  #state: ReplyState = "streaming";
  #step = "";

  constructor(options: ReplyOptions) {
    this.#options = options;
    const who = element("h2", "who");
    who.textContent = options.label;
    this.#textBox.append(this.#text);
    this.#again.type = "button";
    this.#again.textContent = "Try again";
    this.#again.addEventListener("click", () => void this.start());
    this.element.append(who, this.#textBox, this.#banner, this.#outcome);
  }

  get state(): ReplyState {
    return this.#state;
  }

  get running(): boolean {
    return this.#cancel !== null;
  }

  /** The reply's text so far. */
  get text(): string {
    return this.#text.data;
  }

  stop(): void {
    this.#cancel?.();
  }

  /** start asks for the reply and resolves when it ended, well or not. */
  async start(): Promise<void> {
    if (this.running) return;
    const { log, subject, provider, silenceTimeoutMs } = this.#options;
    const began = performance.now();
    let retries = 0;
    let unsubscribe = (): void => {};
    this.#step = "";
    this.#reset();
    this.#setOutcome("");
    this.#setState("streaming");
    try {
      const { url, init } = this.#options.request();
      const stream = retryStream(url, {
        ...init,
        provider,
        silenceTimeoutMs,
        // The fakes are one server with one key; each is to fail by itself.
        shared: "none",
        onRetry: (retry) => {
          retries = retry.attempt;
          const cause = list(retry.kind, retry.status_code);
          log.add(subject, "retry", `retry ${retry.attempt} in ${seconds(retry.delay_ms)}: ${retry.error} (${cause})`);
        },
      });
      this.#cancel = () => stream.cancel();
      this.#banner.stream = stream;
      unsubscribe = stream.subscribe((status) => this.#follow(status));
      this.#options.onChange();
      for await (const event of stream) {
        if (event.type === "message") {
          if (event.text !== "") this.#text.appendData(event.text);
        } else {
          log.add(subject, "reset", `reset: ${this.text.length} characters dropped, attempt ${event.attempt} starts over`);
          this.#reset();
        }
      }
      const took = seconds(performance.now() - began);
      log.add(subject, "done", `complete: ${this.text.length} characters in ${took}`);
      this.#end("done", retries === 0 ? "" : `Recovered after ${retries} ${retries === 1 ? "retry" : "retries"}, ${took} in all`);
    } catch (error) {
      this.#fail(error);
    } finally {
      unsubscribe();
      this.#cancel = null;
      this.#options.onChange();
    }
  }

  #follow(status: ChatStreamStatus): void {
    const step = `attempt ${status.attempt}: ${status.phase}`;
    if (!this.running || step === this.#step) return;
    this.#step = step;
    const { log, subject } = this.#options;
    switch (status.phase) {
      case "connecting":
        log.add(subject, "info", `attempt ${status.attempt}: request sent`);
        return this.#setState(status.attempt > 1 ? "retrying" : "streaming");
      case "streaming":
        log.add(subject, "info", `attempt ${status.attempt}: response is streaming`);
        return this.#setState("streaming");
      case "queued":
        log.add(subject, "info", `attempt ${status.attempt}: queued, only signs of life come`);
        return this.#setState("queued");
      case "offline":
        log.add(subject, "retry", "no network: waiting until it is back");
        return this.#setState("offline");
      case "retrying":
        return this.#setState("retrying");
      default:
      // The last phases count once the events before them have been read.
    }
  }

  #fail(error: unknown): void {
    const { log, subject } = this.#options;
    if (error instanceof DOMException && error.name === "AbortError") {
      log.add(subject, "info", "stopped");
      this.#end("canceled", "Stopped. ");
      this.#outcome.append(this.#again);
      return;
    }
    let outcome = "";
    if (error instanceof RetryStreamError) {
      const attempts = `${error.attempts} ${error.attempts === 1 ? "attempt" : "attempts"}`;
      log.add(subject, "failed", `failed: ${error.message} (${list(error.kind, error.statusCode, attempts)})`);
      if (error.retryAfterMs !== undefined) outcome = `The provider asks to wait until ${clock(error.retryAfterMs)}.`;
    } else {
      // Nothing the stream knows of: the banner has to be told.
      const detail = error instanceof Error ? error.message : String(error);
      log.add(subject, "failed", `failed: ${detail}`);
      this.#banner.stream = null;
      this.#banner.status = { phase: "failed", attempt: 1, message: "The page could not ask for a reply.", detail };
    }
    this.#end("failed", outcome);
    this.#again.slot = "failed";
    this.#banner.append(this.#again);
  }

  /** Drops the text but keeps its space, so that the page does not jump. */
  #reset(): void {
    this.#textBox.style.minBlockSize = this.text === "" ? "" : `${this.#textBox.offsetHeight}px`;
    this.#text.data = "";
  }

  #end(state: ReplyState, outcome: string): void {
    this.#textBox.style.minBlockSize = "";
    this.#setOutcome(outcome);
    this.#setState(state);
  }

  #setOutcome(text: string): void {
    this.#again.remove();
    this.#outcome.textContent = text;
  }

  #setState(state: ReplyState): void {
    this.#state = state;
    this.element.dataset["state"] = state;
    this.element.ariaBusy = String(state !== "done" && state !== "failed" && state !== "canceled");
  }
}

/** element makes an HTML element with a class. */
export function element<T extends keyof HTMLElementTagNameMap>(tag: T, className: string): HTMLElementTagNameMap[T] {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1).replace(/\.0$/, "")}s`;
}

function list(...parts: (string | number | undefined)[]): string {
  return parts.filter(Boolean).join(", ");
}

function clock(fromNowMs: number): string {
  const then = new Date(Date.now() + fromNowMs);
  const today = then.toDateString() === new Date().toDateString();
  return then.toLocaleString(undefined, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
