import { Attempt, type ResponseHead } from "./attempt.ts";
import { changed, type RetryFacts } from "./before.ts";
import { BlockedError, BlockerFinder } from "./blocked.ts";
import { isOnline } from "./device.ts";
import type { Engine, Session } from "./engine.ts";
import { RetryStreamError } from "./errors.ts";
import type { CheckedOptions } from "./options.ts";
import { Queue } from "./queue.ts";
import type { Batch, RetryStreamEvent } from "./records.ts";
import { resumed, type Resume } from "./resume.ts";
import { roomKey } from "./share.ts";
import type { ChatStreamError, ChatStreamRetry, ChatStreamStatus } from "./types.gen.ts";

type Result<T> = IteratorResult<T, undefined>;

/** Called with the status of a stream. */
export type StatusListener = (status: ChatStreamStatus) => void;

/** What makes a stream: the arguments of retryStream, checked. */
export interface Source {
  readonly input: RequestInfo | URL;
  readonly init: RequestInit;
  readonly options: CheckedOptions;
  readonly engine: Promise<Engine>;
  /** Whether the engine is there already. */
  readonly ready: boolean;
}

/**
 * A streamed reply that survives failures. Iterate it for the provider's events,
 * or ask for its text; it is read once, and no faster than it is consumed.
 */
export class RetryStream implements AsyncIterable<RetryStreamEvent> {
  #source: Source;
  readonly #queue = new Queue<Batch>();
  readonly #listeners = new Set<StatusListener>();
  readonly #finished: Promise<void>;
  #settle!: (error?: { readonly error: unknown }) => void;
  #status: ChatStreamStatus = { phase: "connecting", attempt: 1 };
  #attempt: Attempt | undefined;
  /** Settles when the body has been read into memory. */
  #body: Promise<void> | undefined;
  /** Aborted when Go gives up what it waits for, and when the stream ends. */
  #asking: AbortController | undefined;
  // When the last byte came and when the reply last got further; 0 for never.
  #byteAt = 0;
  #progressAt = 0;
  readonly #blockers: BlockerFinder;
  #engine: Engine | undefined;
  #id = 0;
  #opened = false;
  #taken = false;
  #ended = false;
  #text = "";
  /** What JavaScript threw in the latest attempt. */
  #cause: unknown;
  #unlisten: () => void = () => {};

  /** @internal Use retryStream. */
  constructor(source: Source) {
    this.#source = source;
    this.#finished = new Promise((resolve, reject) => {
      this.#settle = (failed) => (failed ? reject(failed.error) : resolve());
    });
    this.#finished.catch(() => {}); // whoever asks for the text sees it
    const signal = source.init.signal ?? (typeof Request !== "undefined" && source.input instanceof Request ? source.input.signal : null);
    if (signal) {
      const onAbort = (): void => this.#cancel(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#unlisten = () => signal.removeEventListener("abort", onAbort);
    }
    this.#blockers = new BlockerFinder(source.options.url);
    if (signal?.aborted) {
      this.#cancel(signal.reason);
      return;
    }
    if (source.options.bufferBody && source.init.body) {
      this.#body = buffer(source.init.body).then((body) => {
        this.#source = { ...this.#source, init: { ...this.#source.init, body } };
      });
      this.#body.catch(() => {}); // the attempt sees it
    }
    // The first request does not wait for the module. Once that is there it knows
    // whether the server has asked to wait.
    if (!source.ready && isOnline()) this.#send();
    source.engine.then(
      (engine) => this.#start(engine),
      (error: unknown) => this.#fail(error instanceof RetryStreamError ? error : new RetryStreamError({ message: String(error), retryable: false, attempts: 1 }, error)),
    );
  }

  /** The current status. */
  get status(): ChatStreamStatus {
    const status = { ...this.#status };
    if (this.#byteAt > 0) status.last_byte_at = new Date(this.#byteAt).toISOString();
    if (this.#progressAt > 0) status.last_progress_at = new Date(this.#progressAt).toISOString();
    return status;
  }

  /** Calls listener with the current status and whenever it changes. The function returned ends that. */
  subscribe(listener: StatusListener): () => void {
    // A function of its own: the same listener may subscribe twice.
    const own: StatusListener = (status) => {
      if (this.#listeners.has(own)) listener(status);
    };
    this.#listeners.add(own);
    notify(own, this.#status);
    return () => void this.#listeners.delete(own);
  }

  /** Ends the current wait: the next attempt starts at once. Outside a wait it does nothing. */
  retryNow(): void {
    if (!this.#ended) this.#engine?.retryNow(this.#id);
  }

  /** Ends the stream. Whoever reads it gets an AbortError. */
  cancel(): void {
    this.#cancel(new DOMException("The stream was canceled.", "AbortError"));
  }

  /** The whole reply's text, once it is complete. Reads the stream unless somebody iterates it already. */
  text(): Promise<string> {
    if (!this.#taken) void this.#drain();
    return this.#finished.then(() => this.#text);
  }

  /** Yields the provider's events, and a reset where all before it became void. A stream can be iterated once. */
  [Symbol.asyncIterator](): AsyncIterator<RetryStreamEvent, undefined> {
    this.#take();
    let events: readonly RetryStreamEvent[] = [];
    let at = 0;
    const pull = (): Promise<Result<RetryStreamEvent>> =>
      this.#queue.next().then((batch) => {
        if (batch.done) return batch;
        events = batch.value.events;
        at = 1;
        return { done: false, value: events[0]! };
      });
    return iterator(
      () => (at < events.length ? { done: false, value: events[at++]! } : pull()),
      () => this.cancel(),
    );
  }

  /**
   * Yields what comes in one go: the events that one chunk of the response
   * completed, often one, and their text. A page that draws once a batch draws
   * as seldom as it can. A stream can be iterated once.
   */
  batches(): AsyncIterableIterator<Batch, undefined> {
    this.#take();
    return iterator(
      () => this.#queue.next(),
      () => this.cancel(),
    );
  }

  #take(): void {
    if (this.#taken) throw new TypeError("retryStream: this stream is being read already. Call retryStream again for another reply.");
    this.#taken = true;
  }

  async #drain(): Promise<void> {
    try {
      for await (const _ of this.batches());
    } catch {
      // The promise of text() carries it.
    }
  }

  #start(engine: Engine): void {
    if (this.#ended) return;
    this.#engine = engine;
    const session: Session = {
      open: (resume) => this.#open(resume),
      pump: () => this.#pump(engine),
      beforeRetry: (retry) => this.#watch(this.#beforeRetry(retry)),
      abort: () => {
        this.#attempt?.abort();
        this.#asking?.abort();
      },
      records: (batch) => this.#push(batch),
      retry: (retry) => this.#retry(retry),
      status: (status) => this.#setStatus(status),
      done: (failed) => this.#done(failed),
      crashed: (error) => this.#fail(error),
    };
    const { input, init, options } = this.#source;
    this.#id = engine.start(session, options, options.shared === "tab" ? roomKey(options.url, input, init) : "");
  }

  async #open(resume: Resume | undefined): Promise<ResponseHead> {
    this.#cause = undefined;
    // The request that was sent at once serves the first attempt.
    const first = this.#opened ? undefined : this.#attempt;
    this.#opened = true;
    return this.#watch(this.#head(first ?? this.#send(resume), resume));
  }

  #send(resume?: Resume): Attempt {
    this.#attempt?.abort();
    const { input, init } = this.#source;
    if (this.#body) this.#attempt = new Attempt(input, this.#body.then(() => this.#source.init));
    else this.#attempt = new Attempt(...(resume ? resumed(input, init, resume) : ([input, init] as const)));
    return this.#attempt;
  }

  /** The response's head; or, where the browser refuses the request, what it refuses it for. */
  async #head(attempt: Attempt, resume: Resume | undefined): Promise<ResponseHead> {
    try {
      return await attempt.head();
    } catch (error) {
      const blocker = await this.#blockers.certain(error);
      if (blocker) throw new BlockedError(blocker, error);
      if (!(await this.#blockers.answers(error, attempt.signal))) throw error;
    }
    // The server is there. A connection that broke just now does not break
    // again at once; a refusal stays one.
    try {
      return await this.#send(resume).head();
    } catch (error) {
      throw error instanceof TypeError ? new BlockedError("cors", error) : error;
    }
  }

  async #pump(engine: Engine): Promise<void> {
    if (!this.#attempt) return;
    const progress = (): void => void (this.#progressAt = this.#byteAt);
    const { more, done } = this.#attempt.read(
      () => engine.waiting(this.#id),
      (chunk) => {
        this.#byteAt = Date.now();
        return engine.feed(this.#id, chunk, progress);
      },
      this.#queue.answer,
    );
    // No faster than it is read.
    this.#queue.source = more;
    try {
      await this.#watch(done);
    } finally {
      this.#queue.source = undefined;
    }
  }

  async #beforeRetry(facts: RetryFacts): Promise<string | false | undefined> {
    const { beforeRetry } = this.#source.options;
    const asking = (this.#asking = new AbortController());
    const { signal } = asking;
    const given = await Promise.race([
      // Later, so that what it throws is a rejection.
      Promise.resolve({ ...facts, text: this.#text, signal }).then(beforeRetry),
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
    ]);
    if (given === false) return false;
    const next = changed(this.#source, given);
    if (!next) return undefined;
    this.#source = { ...this.#source, ...next };
    return next.options.url;
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

  #push(batch: Batch): void {
    if (this.#ended) return;
    if (batch.reset) this.#text = "";
    this.#text += batch.text;
    this.#queue.push(batch);
  }

  #retry(retry: ChatStreamRetry): void {
    const { onRetry } = this.#source.options;
    if (onRetry && !this.#ended) notify(onRetry, retry);
  }

  #setStatus(status: ChatStreamStatus): void {
    if (this.#ended) return;
    this.#status = status;
    const { onStatus } = this.#source.options;
    if (onStatus) notify(onStatus, status);
    for (const listener of this.#listeners) notify(listener, status);
  }

  #done(failed: ChatStreamError | null): void {
    if (failed) this.#fail(new RetryStreamError(failed, this.#cause, this.#text));
    else if (this.#finish()) {
      this.#queue.close();
      this.#settle();
    }
  }

  #fail(error: RetryStreamError): void {
    if (this.#ended) return;
    if (this.#status.phase !== "failed") {
      this.#setStatus({ phase: "failed", attempt: this.#status.attempt, message: error.message });
    }
    this.#finish();
    this.#attempt?.abort();
    this.#queue.close({ error });
    this.#settle({ error });
  }

  #cancel(reason: unknown): void {
    if (this.#ended) return;
    this.#setStatus({ phase: "canceled", attempt: this.#status.attempt });
    this.#finish();
    this.#attempt?.abort();
    this.#asking?.abort();
    this.#queue.discard(reason);
    this.#settle({ error: reason });
    this.#engine?.cancel(this.#id);
  }

  #finish(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#unlisten();
    this.#blockers.dispose();
    return true;
  }
}

/** An iterator over what step gives. Whoever asks without waiting for the answer before is served in turn. */
function iterator<T>(step: () => Result<T> | Promise<Result<T>>, cancel: () => void): AsyncIterableIterator<T, undefined> {
  let waiting = 0;
  let last: Promise<Result<T>> | undefined;
  const answered = (): void => void waiting--;
  const it: AsyncIterableIterator<T, undefined> = {
    next() {
      const result = waiting === 0 ? step() : last!.then(step, step);
      if (!(result instanceof Promise)) return Promise.resolve(result);
      waiting++;
      result.then(answered, answered);
      last = result;
      return result;
    },
    return() {
      cancel();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => it,
  };
  return it;
}

/** Reads a body that can be read only once. */
async function buffer(body: BodyInit): Promise<BodyInit> {
  try {
    return body instanceof ReadableStream ? await new Response(body).blob() : body;
  } catch (cause) {
    throw new TypeError("retryStream: the body's stream could not be read. Is it locked, or was it read before?", { cause });
  }
}

/** Calls a function of the page's, later: it may call back, and what it throws is the page's to see and no harm to the stream. */
function notify<T>(listener: (value: T) => void, value: T): void {
  queueMicrotask(() => {
    try {
      listener(value);
    } catch (error) {
      if (typeof reportError === "function") reportError(error);
      else console.error(error);
    }
  });
}
