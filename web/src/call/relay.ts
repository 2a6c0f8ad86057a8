import { isEmpty, type Attempt, type Reading } from "../request/attempt.ts";
import { Call, canceled, type CallReader, type Source } from "./call.ts";
import { later } from "../request/later.ts";
import { Chunks } from "./chunks.ts";
import { withBody } from "./disguise.ts";
import { Told } from "./told.ts";
import { endBody, endComplete, endResponse, endUnseen, isAppend, isPass, recordAt, recordLength, type Ending } from "../module/border.gen.ts";
import type { RetryStreamError } from "../event/errors.ts";
import { RecordReader, type Memory } from "../module/records.ts";

/** How a promise is settled. */
interface Settle {
  resolve(response: Promise<Response>): void;
  reject(error: unknown): void;
}

// A page that lets go of a body which it has not read to its end ends the request.
const dropped = new FinalizationRegistry<Relay>((relay) => relay.leave());

/** Who watches over relays. */
export interface RelayWatcher {
  status(relay: Relay, told: Told): void;
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
  /** The chunk that is being fed, while nothing was decided of it. */
  #fed: Uint8Array | undefined;
  /** What was fed in this attempt before it and is not decided. */
  #undecided = new Chunks();
  /** What is to be passed on. */
  #ready = new Chunks();
  /** The look at the attempt's body. After it what comes is left to whoever reads on. */
  #reading: Reading<void> | undefined;
  /** The body of which a chunk is on its way. */
  #asked: Reading<void> | Attempt | undefined;
  /** The attempt whose response the reader has. */
  #handed: Attempt | undefined;
  /** How the call ended, if the rest of the body is passed on unseen. */
  #unseen: Ending | undefined;
  #over: { readonly error?: unknown } | undefined;
  /** What the reader waits at. It holds the body: not to be kept any longer. */
  #waiting: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(source: Source, settle: Settle, watcher: RelayWatcher) {
    this.#holdMs = source.options.holdMs!;
    this.#settle = settle;
    this.#watcher = watcher;
    watcher.status(this, new Told({ phase: "connecting", attempt: 1 }));
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
    this.#watcher.status(this, new Told({ phase: "canceled", attempt: this.#call.latest.attempt }));
    this.canceled(canceled());
  }

  /** Ends a request whose body nobody reads any more. */
  leave(): void {
    this.#over = {};
    this.#waiting = undefined;
    dropped.unregister(this); // what it holds could hold the body
    this.cancel();
    this.#end();
  }

  // What the call tells.

  status(told: Told): void {
    this.#watcher.status(this, told);
  }

  text(): string {
    return "";
  }

  async pump(attempt: Attempt): Promise<void> {
    this.#attempt = attempt;
    this.#undecided = new Chunks();
    const reading: Reading<void> = attempt.read(this.#call.waiting, (chunk) => this.#feed(chunk), () => this.#came(reading));
    this.#reading = reading;
    const release = this.#hold(reading);
    this.#advance();
    try {
      await reading.done;
    } finally {
      release();
    }
  }

  #feed(chunk: Uint8Array): boolean {
    this.#fed = chunk;
    const more = this.#call.feed(chunk);
    this.#keep();
    return more;
  }

  /** Keeps the chunk that is being fed, of which not all is decided. */
  #keep(): void {
    if (this.#fed) this.#undecided.push(this.#fed);
    this.#fed = undefined;
  }

  /** Lets the opening events go in time, unless the function returned is called before. */
  #hold(reading: Reading<void>): () => void {
    const release = (): void => {
      if (!this.#call.passHeld()) reading.stop();
      this.#hand();
      this.#advance();
    };
    if (!this.#settle) return () => {};
    if (this.#holdMs > 0) return later(this.#holdMs, release);
    release();
    return () => {};
  }

  passed(chunk: Uint8Array): void {
    if (chunk !== this.#fed || !this.#undecided.empty) {
      this.#keep();
      this.#decide(chunk.length, true);
    } else {
      this.#fed = undefined;
      // The usual case: the reader waits for it.
      if (this.#waiting && this.#ready.empty) return this.#give(chunk);
      this.#ready.push(chunk);
    }
    this.#hand();
    this.#advance();
  }

  records(memory: Memory): void {
    this.#keep();
    let side = 0;
    for (const record = new RecordReader(memory); record.next(); ) {
      const at = record.get(recordAt);
      const length = record.get(recordLength);
      if (at === isAppend) this.#ready.push(record.side.slice(side, (side += length)));
      else this.#decide(length, at === isPass);
    }
    this.#hand();
    this.#advance();
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
      this.#reading?.stop();
      for (let chunk; (chunk = this.#undecided.shift()); ) this.#ready.push(chunk);
    } else {
      this.#attempt = attempt;
      for (const chunk of attempt.begun) this.#ready.push(chunk);
    }
    this.#unseen = ending;
    this.#hand();
    this.#advance();
  }

  #end(over: { readonly error?: unknown } = {}): void {
    this.#over ??= over;
    if ("error" in over) this.#settle?.reject(over.error);
    else if (this.#attempt) this.#hand();
    this.#settle = undefined;
    this.#watcher.ended(this);
    this.#advance();
  }

  /** Gives the page the response, at first. */
  #hand(): void {
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
    return withBody(response, body);
  }

  #pull(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#waiting = controller;
    this.#advance();
  }

  /**
   * Gives what there is to the reader, if it waits, or has the next chunk come. It is called by the reader and by what came; it
   * waits for nothing itself, so that it cannot go round.
   */
  #advance(): void {
    const waiting = this.#waiting;
    const chunk = waiting && this.#ready.shift();
    if (chunk) this.#give(chunk);
    else if (waiting && this.#over) {
      this.#waiting = undefined;
      "error" in this.#over ? waiting.error(this.#over.error) : waiting.close();
    } else if (this.#unseen) waiting && this.#readOn();
    // No faster than it is read; but until there is a reader, at once.
    else if (this.#settle || waiting) this.#more();
  }

  /** Gives the reader a chunk, for which it waits. */
  #give(chunk: Uint8Array): void {
    const waiting = this.#waiting!;
    this.#waiting = undefined;
    waiting.enqueue(chunk); // which may ask for another
  }

  /** Has the next chunk looked at. */
  #more(): void {
    const reading = this.#reading;
    if (!reading || reading === this.#asked || reading.over()) return;
    this.#asked = reading;
    void reading.more();
  }

  /** A chunk has come from there, or none ever will. */
  #came(from: Reading<void> | Attempt): void {
    if (this.#asked === from) this.#asked = undefined;
    this.#advance();
  }

  async #readOn(): Promise<void> {
    const attempt = this.#attempt!;
    if (this.#asked === attempt) return;
    this.#asked = attempt;
    try {
      const { done, value } = await attempt.next();
      attempt.signal.throwIfAborted();
      if (done) this.#end();
      else this.#ready.push(value);
    } catch (error) {
      // What becomes of the connection after a whole reply does not matter.
      this.#end(this.#unseen === endComplete && !attempt.signal.aborted ? {} : { error });
    }
    this.#came(attempt);
  }
}
