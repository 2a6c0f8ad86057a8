import type { Attempt } from "../request/attempt.ts";
import { Call, type Source } from "./call.ts";
import { notify } from "./notify.ts";
import { Queue } from "./queue.ts";
import { readText, Records, type Batch, type Memory, type RetryStreamEvent } from "../module/records.ts";
import type { ChatStreamStatus } from "../event/types.gen.ts";

type Result<T> = IteratorResult<T, undefined>;

/** Called with the status of a stream. */
export type StatusListener = (status: ChatStreamStatus) => void;

/**
 * A streamed reply that survives failures. Iterate it for the provider's events,
 * or ask for its text; it is read once, and no faster than it is consumed.
 */
export class RetryStream implements AsyncIterable<RetryStreamEvent> {
  readonly #call: Call;
  readonly #queue = new Queue<Batch, unknown>((batch) => batch);
  readonly #listeners = new Set<StatusListener>();
  readonly #finished: Promise<void>;
  #settle!: (error?: { readonly error: unknown }) => void;
  #taken = false;
  /** Whether nobody wants more than the text. */
  #drains = false;
  /** Has the body that is there read to its end. */
  #drain: () => void = () => {};
  #text = "";
  /** The next event's seq. */
  #seq = 1;

  /** @internal Use retryStream. */
  constructor(source: Source) {
    this.#finished = new Promise((resolve, reject) => {
      this.#settle = (failed) => (failed ? reject(failed.error) : resolve());
    });
    this.#finished.catch(() => {}); // whoever asks for the text sees it
    this.#call = new Call(source, {
      text: () => this.#text,
      pump: (attempt) => this.#pump(attempt),
      records: (memory, chunk, textOnly) => this.#records(memory, chunk, textOnly),
      status: (told) => {
        for (const listener of this.#listeners) notify(listener, told.status);
      },
      done: () => {
        this.#queue.close();
        this.#settle();
      },
      failed: (error) => {
        this.#queue.close({ error });
        this.#settle({ error });
        return false;
      },
      canceled: (error) => {
        this.#queue.discard(error);
        this.#settle({ error });
      },
    });
  }

  /** The current status. */
  get status(): ChatStreamStatus {
    return this.#call.current;
  }

  /** Calls listener with the current status and whenever it changes. The function returned ends that. */
  subscribe(listener: StatusListener): () => void {
    // A function of its own: the same listener may subscribe twice.
    const own: StatusListener = (status) => {
      if (this.#listeners.has(own)) listener(status);
    };
    this.#listeners.add(own);
    notify(own, this.status);
    return () => void this.#listeners.delete(own);
  }

  /** Ends the current wait: the next attempt starts at once. Outside a wait it does nothing. */
  retryNow(): void {
    this.#call.retryNow();
  }

  /** Ends the stream. Whoever reads it gets an AbortError. */
  cancel(): void {
    this.#call.cancel();
  }

  /** The whole reply's text, once it is complete. Reads the stream unless somebody iterates it already. */
  text(): Promise<string> {
    if (!this.#taken) {
      this.#taken = this.#drains = true;
      this.#drain();
    }
    return this.#finished.then(() => this.#text);
  }

  /** Yields the provider's events, and a reset where all before it became void. A stream can be iterated once. */
  [Symbol.asyncIterator](): AsyncIterator<RetryStreamEvent, undefined> {
    this.#take();
    let events: readonly RetryStreamEvent[] = [];
    let at = 0;
    return this.#iterator(
      (batch) => {
        ({ events } = batch);
        at = 1;
        return events[0]!;
      },
      () => (at < events.length ? { done: false, value: events[at++]! } : undefined),
    );
  }

  /**
   * Yields what comes in one go: the events that one chunk of the response
   * completed, often one, and their text. A page that draws once a batch draws
   * as seldom as it can. A stream can be iterated once.
   */
  batches(): AsyncIterableIterator<Batch, undefined> {
    this.#take();
    return this.#iterator((batch) => batch);
  }

  #take(): void {
    if (this.#taken) throw new TypeError("retryStream: this stream is being read already. Call retryStream again for another reply.");
    this.#taken = true;
  }

  /** An iterator over what take makes of the batches; ready gives what is left of the last one. Whoever asks without waiting for the answer before is served in turn. */
  #iterator<T>(take: (batch: Batch) => T, ready: () => Result<T> | undefined = () => undefined): AsyncIterableIterator<T, undefined> {
    let waiting = 0;
    let last: Promise<Result<T>>;
    this.#queue.take = (batch) => {
      waiting--;
      return take(batch);
    };
    const pull = (): Promise<Result<T>> => this.#queue.next() as Promise<Result<T>>;
    const inTurn = (): Result<T> | Promise<Result<T>> => {
      const result = ready();
      if (!result) return pull();
      waiting--;
      return result;
    };
    const it: AsyncIterableIterator<T, undefined> = {
      next: () => {
        const result = waiting === 0 ? ready() : undefined;
        if (result) return Promise.resolve(result);
        return (last = waiting++ === 0 ? pull() : last.then(inTurn, inTurn));
      },
      return: () => {
        this.cancel();
        return Promise.resolve({ done: true, value: undefined });
      },
      [Symbol.asyncIterator]: () => it,
    };
    return it;
  }

  async #pump(attempt: Attempt): Promise<void> {
    const { feed, waiting } = this.#call;
    const reading = attempt.read(waiting, (chunk) => feed(chunk, this.#drains), this.#queue.answer);
    this.#drain = () => void reading.drain();
    // No faster than it is read.
    this.#queue.source = reading.more as () => Promise<Result<unknown>>;
    if (this.#drains) this.#drain();
    try {
      await reading.done;
    } finally {
      this.#queue.source = undefined;
    }
    void attempt.release();
  }

  #records(memory: Memory, chunk: Uint8Array, textOnly: boolean): void {
    const batch = textOnly ? readText(memory) : new Records(memory, chunk, this.#seq);
    if (batch.reset) this.#text = "";
    this.#text += batch.text;
    if (this.#drains) return;
    this.#seq += (batch as Records).count;
    this.#queue.push(batch as Records);
  }
}
