import { Attempt, type ResponseHead } from "../request/attempt.ts";
import { changed, identity, type Asked, type RetryFacts } from "../request/before.ts";
import { BlockerFinder } from "../request/blocked.ts";
import { isOnline } from "../module/device.ts";
import { endError, type Ending } from "../module/border.gen.ts";
import type { Engine } from "../module/engine.ts";
import type { Address, EngineCall } from "../module/engine-call.ts";
import { RetryStreamError } from "../event/errors.ts";
import { engine, ready } from "../module/load.ts";
import { methodOf, requestOf, type CheckedOptions } from "../request/options.ts";
import type { Memory } from "../module/records.ts";
import { resumed, type Resume } from "../request/resume.ts";
import { notify } from "./notify.ts";
import { dated, Told } from "./told.ts";
import { enter } from "../tabs/share.ts";
import { heldUntil, leave, type Room } from "../tabs/tabs.ts";
import type { ChatStreamError, ChatStreamRetry, ChatStreamStatus } from "../event/types.gen.ts";

/** What makes a call: the page's arguments, checked. */
export interface Source {
  readonly input: string | URL | Request;
  readonly init: RequestInit;
  readonly options: CheckedOptions;
}

/** Who gets what comes of a call. Each method only takes note or starts something. */
export interface CallReader {
  /** The reply text that came so far. */
  text(): string;
  /** Has the attempt's body read to its end, through waiting and feed of the call. */
  pump(attempt: Attempt): Promise<void>;
  /** There are records to read now; chunk is what was fed, textOnly what feed was told. */
  records(memory: Memory, chunk: Uint8Array, textOnly: boolean): void;
  /** All that was fed is passed on; only where bytes are. */
  passed?(chunk: Uint8Array): void;
  /** The status has changed. */
  status(told: Told): void;
  /** The reply is complete. */
  done(ending: Ending): void;
  /** The call failed for good. Returns whether the last request is to go on. */
  failed(error: RetryStreamError, ending: Ending): boolean;
  canceled(reason: unknown): void;
}

/** One request and its attempts, until there is a reply or an error. */
export class Call implements EngineCall {
  #source: Source;
  readonly #reader: CallReader;
  #blockers: BlockerFinder;
  /** The page's, and those of the requests that beforeRetry gave. */
  #signal: AbortSignal | null = null;
  #told = new Told({ phase: "connecting", attempt: 1 });
  #attempt: Attempt | undefined;
  /** Aborted when Go gives up what it waits for, and when the call ends. */
  #asking: AbortController | undefined;
  // When the last byte came and when the reply last got further; 0 for never.
  #byteAt = 0;
  #progressAt = 0;
  #engine: Engine | undefined;
  #room: Room | undefined;
  #id = 0;
  #opened = false;
  #ended = false;
  /** The requests that have failed for good, where there may be a fallback. */
  #tried: string[] = [];
  /** What JavaScript threw in the latest attempt. */
  #cause: unknown;
  #unlisten: () => void = () => {};

  constructor(source: Source, reader: CallReader) {
    this.#source = source;
    this.#reader = reader;
    this.#blockers = new BlockerFinder(source.options.url);
    this.#heed(signalOf(source));
    if (this.#ended) return;
    this.#begin().catch((error: unknown) =>
      this.#fail(error instanceof RetryStreamError ? error : new RetryStreamError({ message: String(error), retryable: false, attempts: 1 }, error)),
    );
    // The request goes first: to begin loading takes milliseconds.
    void engine();
  }

  /** Ends the call when signal is aborted. */
  #heed(signal: AbortSignal | null): void {
    if (!signal) return;
    if (signal.aborted) return this.cancel(signal.reason);
    this.#unlisten();
    this.#signal = signal;
    const onAbort = (): void => this.cancel(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    this.#unlisten = () => signal.removeEventListener("abort", onAbort);
  }

  /** The status that was told last. */
  get latest(): ChatStreamStatus {
    return this.#told.status;
  }

  /** The current status. */
  get current(): ChatStreamStatus {
    return dated(this.latest, this.#byteAt, this.#progressAt);
  }

  /** Ends the current wait: the next attempt starts at once. Outside a wait it does nothing. */
  retryNow(): void {
    if (!this.#ended) this.#engine?.retryNow(this.#id);
  }

  /** Ends the call. */
  cancel(reason: unknown = canceled()): void {
    if (this.#ended) return;
    this.status({ phase: "canceled", attempt: this.latest.attempt });
    this.#finish();
    this.abort();
    this.#reader.canceled(reason);
    this.#engine?.cancel(this.#id);
  }

  /** Tells the clocks that the next chunk is being waited for. */
  readonly waiting = (): void => this.#engine!.waiting(this.#id);

  /** Has a chunk looked at; false means that no more is wanted. With textOnly nobody reads the events, and the next chunk is waited for already. */
  readonly feed = (chunk: Uint8Array, textOnly = false): boolean => {
    this.#byteAt = Date.now();
    return this.#engine!.feed(this.#id, this, chunk, this.#byteAt, textOnly);
  };

  /** Has the opening events passed on that are held back; false means that no more is wanted. */
  passHeld(): boolean {
    return this.#engine!.passHeld(this.#id);
  }

  /** The latest attempt. */
  get last(): Attempt | undefined {
    return this.#attempt;
  }

  async #begin(): Promise<void> {
    const { init, options } = this.#source;
    if (options.bufferBody && init.body instanceof ReadableStream) {
      const body = await buffer(init.body);
      this.#source = { ...this.#source, init: { ...init, body } };
    }
    const entered = enter(options, this.#source.input, init);
    const room = (this.#room = entered instanceof Promise ? await entered : entered);
    if (this.#ended) return leave(room);
    // The first request does not wait for the module. Once that is there it knows
    // whether the server has asked to wait; what it has asked of other tabs is
    // known already.
    if (!ready && isOnline() && !heldUntil(room)) this.#send();
    const loaded = await engine();
    if (this.#ended) return;
    this.#engine = loaded;
    this.#id = loaded.start(this, options, room, !!this.#attempt);
  }

  // What the module calls.

  open(resume: Resume | undefined, respond: (head: ResponseHead) => boolean): Promise<void> {
    this.#cause = undefined;
    // The request that was sent at once serves the first attempt.
    const first = this.#opened ? undefined : this.#attempt;
    this.#opened = true;
    return this.#watch(this.#open(first ?? this.#send(resume), resume?.method ?? "", respond));
  }

  async #open(attempt: Attempt, method: string, respond: (head: ResponseHead) => boolean): Promise<void> {
    if (respond(await this.#head(attempt, method))) await this.#reader.pump(attempt);
  }

  header(name: string): string {
    return this.#attempt?.header(name) ?? "";
  }

  abort(): void {
    this.#attempt?.abort();
    this.#asking?.abort();
  }

  async body(): Promise<string> {
    const { input, init } = this.#source;
    const text = await (init.body == null ? requestOf(input)?.clone() : new Response(init.body))?.text();
    return text && text.length < 8e6 ? text : "";
  }

  ask(who: Asked, facts: RetryFacts): Promise<Address | false | undefined> {
    return this.#watch(this.#ask(who, facts));
  }

  progress(): void {
    this.#progressAt = this.#byteAt;
  }

  records(memory: Memory, chunk: Uint8Array, textOnly = false): void {
    if (!this.#ended) this.#reader.records(memory, chunk, textOnly);
  }

  passed(chunk: Uint8Array): void {
    if (!this.#ended) this.#reader.passed?.(chunk);
  }

  retry(retry: ChatStreamRetry): void {
    const { onRetry } = this.#source.options;
    if (onRetry && !this.#ended) notify(onRetry, retry);
  }

  status(status: ChatStreamStatus | string, byteAt = 0, progressAt = 0): void {
    if (this.#ended) return;
    this.#told = new Told(status, byteAt, progressAt);
    const { onStatus } = this.#source.options;
    if (onStatus) notify(onStatus, this.latest);
    this.#reader.status(this.#told);
  }

  done(failed: ChatStreamError | null, ending: Ending): void {
    if (failed) this.#fail(new RetryStreamError(failed, this.#cause, this.#reader.text()), ending);
    else if (this.#finish()) this.#reader.done(ending);
  }

  crashed(error: RetryStreamError): void {
    this.#fail(error);
  }

  #send(resume?: Resume): Attempt {
    this.#attempt?.abort();
    const { input, init } = this.#source;
    const outer = this.#relays ? this.#signal ?? undefined : undefined;
    const attempt = (this.#attempt = new Attempt(...(resume ? resumed(input, init, resume) : ([input, init] as const)), outer));
    if (this.#ended) attempt.abort(); // by the page's own fetch
    return attempt;
  }

  /** Whether responses are handed on to the page, where they outlive the call. */
  get #relays(): boolean {
    return this.#source.options.holdMs !== undefined;
  }

  /** The response's head; or why there is none, as far as that can be told. */
  async #head(attempt: Attempt, method: string): Promise<ResponseHead> {
    try {
      const head = await attempt.head(this.#relays);
      this.#blockers.answered(method);
      return head;
    } catch (error) {
      throw await this.#blockers.judge(error, method, (method || methodOf(this.#source.input, this.#source.init)) === "GET", attempt.signal);
    }
  }

  async #ask(who: Asked, facts: RetryFacts): Promise<Address | false | undefined> {
    const { [who]: asked } = this.#source.options;
    const asking = (this.#asking = new AbortController());
    const { signal } = asking;
    const given = await Promise.race([
      // Later, so that what it throws is a rejection.
      Promise.resolve({ ...facts, text: this.#reader.text(), signal }).then(asked),
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
    ]);
    if (given === false) return false;
    const next = await changed(this.#source, given, who);
    if (who === "fallback" && next) {
      this.#tried.push(await identity(this.#source));
      if (this.#tried.includes(await identity(next))) return undefined;
    }
    if (this.#ended || !next) return undefined;
    const own = signalOf(next);
    // The page's ends the call all the same.
    if (own && own !== signalOf(this.#source)) this.#heed(this.#signal ? AbortSignal.any([this.#signal, own]) : own);
    this.#source = next;
    if (this.#ended) return undefined;
    this.#blockers = this.#blockers.at(next.options.url);
    leave(this.#room);
    const room = (this.#room = await enter(next.options, next.input, next.init));
    if (this.#ended) leave(room);
    else this.#engine!.watch(room);
    return { url: next.options.url, roomKey: room.key };
  }

  /** Keeps what was thrown, as the cause of the error that may come of it. */
  async #watch<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#cause = error;
      throw error;
    }
  }

  #fail(error: RetryStreamError, ending: Ending = endError): void {
    if (this.#ended) return;
    const { phase, attempt } = this.latest;
    if (phase !== "failed") {
      this.status({ phase: "failed", attempt, message: error.message });
    }
    this.#finish();
    if (!this.#reader.failed(error, ending)) this.#attempt?.abort();
  }

  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#unlisten();
    this.#blockers.dispose();
    leave(this.#room);
    return true;
  }
}

/** Why a stream ends that its page has canceled. */
export const canceled = (): DOMException => new DOMException("The stream was canceled.", "AbortError");

/** The page's signal for a request, if it gave one. */
function signalOf({ input, init }: Source): AbortSignal | null {
  return init.signal ?? requestOf(input)?.signal ?? null;
}

/** Reads a body that can be read only once. */
async function buffer(body: ReadableStream): Promise<Blob> {
  try {
    return await new Response(body).blob();
  } catch (cause) {
    const message = "The request was not sent: its body could not be read. Is the stream locked, or was it read before?";
    throw new RetryStreamError({ kind: "invalid_request", message, retryable: false, attempts: 0 }, cause);
  }
}
