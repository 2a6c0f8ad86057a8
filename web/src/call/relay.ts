import { isEmpty, type Attempt } from "../request/attempt.ts";
import { Call, canceled, type CallReader, type Source } from "./call.ts";
import { Chunks } from "./chunks.ts";
import { endBody, endComplete, endResponse, endUnseen, isAppend, isPass, recordAt, recordLength, type Ending } from "../module/border.gen.ts";
import type { RetryStreamError } from "../event/errors.ts";
import { RecordReader, type Memory } from "../module/records.ts";
import type { ChatStreamStatus } from "../event/types.gen.ts";

// The longest that a timer can wait, in milliseconds.
const maxTimeout = 2 ** 31 - 1;

/** How a promise is settled. */
interface Settle {
  resolve(response: Promise<Response>): void;
  reject(error: unknown): void;
}

// A page that lets go of a body which it has not read to its end ends the request.
const dropped = new FinalizationRegistry<Relay>((relay) => relay.leave());

/** Who watches over relays. */
export interface RelayWatcher {
  status(relay: Relay, status: ChatStreamStatus): void;
  /** Nothing of the relay's body is left to be read from the network. */
  ended(relay: Relay): void;
}

/**
 * A response on its way to a reader who can take nothing back. The bytes pass as
 * they came; the module, which reads along, says which.
 */
export class Relay implements CallReader {
  readonly #call: Call;
  readonly #holdMs: number;
  readonly #watcher: RelayWatcher;
  /** Settles what fetch gave; undefined once that is done, lest the response be kept alive. */
  #settle: Settle | undefined;
  /** The attempt whose body is read; undefined for none. */
  #attempt: Attempt | undefined;
  /** What was fed in this attempt and is not decided. */
  #undecided = new Chunks();
  /** What is to be passed on. */
  #ready = new Chunks();
  /** Ends the look at the attempt's body: what comes is left to whoever reads on. */
  #stop: () => void = () => {};
  /** The attempt whose response the reader has. */
  #handed: Attempt | undefined;
  /** How the call ended, if the rest of the body is passed on unseen. */
  #unseen: Ending | undefined;
  #over: { readonly error?: unknown } | undefined;
  /** Whether the reader waits. */
  #pulled = false;
  #wake: () => void = () => {};

  constructor(source: Source, settle: Settle, watcher: RelayWatcher) {
    this.#holdMs = source.options.holdMs!;
    this.#settle = settle;
    this.#watcher = watcher;
    watcher.status(this, { phase: "connecting", attempt: 1 });
    this.#call = new Call(source, this);
  }

  /** Ends the current wait. */
  retryNow(): void {
    this.#call.retryNow();
  }

  /** Ends the request, whatever it is doing. */
  cancel(): void {
    this.#call.cancel();
    this.#attempt?.abort(); // a call that has ended leaves it alone
    if (this.#over) return;
    this.#watcher.status(this, { phase: "canceled", attempt: this.#call.latest.attempt });
    this.canceled(canceled());
  }

  /** Ends a request whose body nobody reads any more. */
  leave(): void {
    this.#over = {};
    dropped.unregister(this); // what it holds could hold the body
    this.cancel();
    this.#end();
  }

  // What the call tells.

  status({ latest }: { readonly latest: ChatStreamStatus }): void {
    this.#watcher.status(this, latest);
  }

  text(): string {
    return "";
  }

  async pump(attempt: Attempt): Promise<void> {
    this.#attempt = attempt;
    this.#undecided = new Chunks();
    const feed = (chunk: Uint8Array): boolean => {
      this.#undecided.push(chunk);
      return this.#call.feed(chunk);
    };
    const { more, done, stop } = attempt.read(this.#call.waiting, feed, () => {});
    this.#stop = stop;
    const timer = this.#hold(stop);
    let over = false;
    const ended = done.finally(() => {
      over = true;
      clearTimeout(timer);
      this.#wake();
    });
    ended.catch(() => {}); // seen below
    while (!over) {
      // No faster than it is read; but until there is a reader, at once.
      if (this.#settle || this.#pulled) await more();
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await ended;
  }

  /** Lets the opening events go in time. */
  #hold(stop: () => void): ReturnType<typeof setTimeout> | undefined {
    const release = (): void => {
      if (!this.#call.passHeld()) stop();
      this.#hand();
    };
    if (!this.#settle || this.#holdMs > maxTimeout) return undefined;
    if (this.#holdMs > 0) return setTimeout(release, this.#holdMs);
    release();
    return undefined;
  }

  records(memory: Memory): void {
    let side = 0;
    for (const record = new RecordReader(memory); record.next(); ) {
      const at = record.get(recordAt);
      const length = record.get(recordLength);
      if (at === isAppend) this.#ready.push(record.side.slice(side, (side += length)));
      else this.#decide(length, at === isPass);
    }
    this.#hand();
  }

  done(ending: Ending): void {
    this.#passUnseen(this.#call.last!, ending);
  }

  failed(error: RetryStreamError, ending: Ending): boolean {
    const attempt = this.#call.last;
    // What was to help must not harm: without the module the page reads on as it is.
    // Only it can tell what a resumed attempt repeats, and what the reader had of another.
    const alone = error.kind === "module" && (!this.#handed || this.#handed === attempt) && attempt;
    if (alone) console.warn(`${error.message} This reply is read without retries.`);
    if (alone || ending === endResponse) {
      this.#passUnseen(attempt!, endUnseen);
      return true;
    }
    this.#end(ending === endBody ? {} : { error });
    return false;
  }

  canceled(error: unknown): void {
    this.#ready = new Chunks();
    dropped.unregister(this);
    this.#end({ error });
  }

  #decide(length: number, pass: boolean): void {
    while (length > 0) {
      const part = this.#undecided.shift(length)!;
      if (pass) this.#ready.push(part);
      length -= part.length;
    }
  }

  /** Hands on the attempt's response as it is: what is left of its body. */
  #passUnseen(attempt: Attempt, ending: Ending): void {
    if (attempt === this.#attempt) {
      // A chunk that is on its way belongs to the reader as well.
      this.#stop();
      for (let chunk; (chunk = this.#undecided.shift()); ) this.#ready.push(chunk);
    } else {
      this.#attempt = attempt;
      for (const chunk of attempt.begun) this.#ready.push(chunk);
    }
    this.#unseen = ending;
    this.#hand();
  }

  #end(over: { readonly error?: unknown } = {}): void {
    this.#over ??= over;
    if ("error" in over) this.#settle?.reject(over.error);
    else if (this.#attempt) this.#hand();
    this.#settle = undefined;
    this.#wake();
    this.#watcher.ended(this);
  }

  /** Gives the page the response, at first, and what there is to whoever waits. */
  #hand(): void {
    if (!this.#ready.empty) this.#pulled = false;
    this.#wake();
    const settle = this.#settle;
    if (!settle) return;
    this.#settle = undefined;
    this.#handed = this.#attempt;
    settle.resolve(this.#attempt!.response.then((response) => this.#relayed(response), (error: unknown) => {
      this.#end();
      throw error;
    }));
  }

  #relayed(response: Response): Response {
    if (isEmpty(response)) {
      this.#end();
      return response;
    }
    const source: UnderlyingDefaultSource<Uint8Array> = { pull: (controller) => this.#pull(controller), cancel: () => this.leave() };
    const body = new ReadableStream<Uint8Array>(source, { highWaterMark: 0 });
    // Not the body: of one that is read or piped, Chromium collects the object that scripts see.
    dropped.register(source, this, this);
    const { status, statusText, headers } = response;
    // A server may send what a page may not make.
    return disguise(new Response(body, { status: Math.min(status, 599), statusText, headers }), response);
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#pulled = true;
    try {
      for (;;) {
        const chunk = this.#ready.shift();
        if (chunk) return controller.enqueue(chunk);
        if (this.#over) {
          if ("error" in this.#over) throw this.#over.error;
          return controller.close();
        }
        if (this.#unseen) await this.#readOn();
        else {
          this.#wake();
          await new Promise<void>((resolve) => (this.#wake = resolve));
        }
      }
    } finally {
      this.#pulled = false;
    }
  }

  async #readOn(): Promise<void> {
    const { signal } = this.#attempt!;
    try {
      const { done, value } = await this.#attempt!.next();
      signal.throwIfAborted();
      if (done) this.#end();
      else this.#ready.push(value);
    } catch (error) {
      // What becomes of the connection after a whole reply does not matter.
      this.#end(this.#unseen === endComplete && !signal.aborted ? {} : { error });
    }
  }
}

/** Lets a response pass for the one that it stands for. */
function disguise(response: Response, real: Response): Response {
  const { url, redirected, type, status } = real;
  return Object.defineProperties(response, {
    status: { value: status },
    url: { value: url },
    redirected: { value: redirected },
    type: { value: type },
    clone: { value: () => disguise(Response.prototype.clone.call(response), real) },
  });
}
