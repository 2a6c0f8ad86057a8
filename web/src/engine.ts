import { RetryStreamError, moduleError } from "./errors.ts";
import { compile, run, type Exports, type InitOptions, type Program } from "./module.ts";
import type { CheckedOptions } from "./options.ts";
import { decodeRecords, type RetryStreamEvent } from "./records.ts";
import type { ChatStreamError, ChatStreamRetry, ChatStreamStatus } from "./types.gen.ts";
import type { ResponseHead } from "./attempt.ts";

declare const BUILD: string;

/** What the engine needs of a stream. Each method only takes note or starts something. */
export interface Session {
  open(attempt: number): Promise<ResponseHead>;
  pump(engine: Engine): Promise<void>;
  abort(): void;
  events(events: readonly RetryStreamEvent[]): void;
  retry(retry: ChatStreamRetry): void;
  status(status: ChatStreamStatus): void;
  /** The end; failed is null when the reply is complete or was canceled. */
  done(failed: ChatStreamError | null): void;
  /** The end, by a bug in the module. */
  crashed(error: RetryStreamError): void;
}

/** What Go sets on the host object. */
interface GoFunctions {
  build?: string;
  start?(id: number, options: CheckedOptions): void;
  retryNow?(id: number): void;
  cancel?(id: number): void;
}

const feedMore = 0;
const feedCrashed = -1;

/** One running Go program and its streams. Go's side of the border is in wasm/host.go and wasm/memory.go. */
export class Engine {
  readonly #sessions = new Map<number, Session>();
  readonly #go: GoFunctions;
  /** The compiled module; another instance can be made of it at once. */
  readonly module: WebAssembly.Module;
  #lastID = 0;
  #program: Program | undefined;
  #exports!: Exports;
  #mailbox = 0;
  #error: RetryStreamError | undefined;

  readonly #onCrash: () => void;

  private constructor(module: WebAssembly.Module, onCrash: () => void) {
    this.module = module;
    this.#onCrash = onCrash;
    const session = (id: number): Session | undefined => this.#sessions.get(id);
    const gone = (): Promise<never> => Promise.reject(new DOMException("The stream has ended.", "AbortError"));
    this.#go = {
      // What Go calls. None of these may call back into Go before it returns.
      open: (id: number, attempt: number) => session(id)?.open(attempt) ?? gone(),
      pump: (id: number) => session(id)?.pump(this) ?? gone(),
      abort: (id: number) => session(id)?.abort(),
      records: (id: number) => session(id)?.events(this.#records()),
      retry: (id: number, retry: ChatStreamRetry) => session(id)?.retry(retry),
      status: (id: number, status: ChatStreamStatus) => session(id)?.status(status),
      done: (id: number, failed: ChatStreamError | null) => {
        const ended = session(id);
        this.#forget(id);
        ended?.done(failed);
      },
      crashed: (reason: string) => {
        onCrash();
        this.#crash(moduleError(`retrystream's module failed: ${reason}. This is a bug; the next call starts it afresh.`));
      },
    } as GoFunctions;
  }

  /** Loads the module and starts it. onCrash is called if it ever fails. */
  static async load(options: InitOptions, onCrash: () => void): Promise<Engine> {
    const module = await compile(options);
    const engine = new Engine(module, onCrash);
    const program = await run(module, engine.#go, (error) => {
      onCrash();
      engine.#trapped(error);
    });
    engine.#program = program;
    engine.#exports = program.exports;
    if (!engine.#go.start) throw moduleError("retrystream's module did not start.");
    if (engine.#go.build !== BUILD) {
      throw moduleError("retrystream.wasm and retrystream.js are from different builds. Serve both from the same one.");
    }
    engine.#mailbox = program.exports.mailbox();
    void program.exited.then(() => {
      onCrash();
      engine.#crash(moduleError("retrystream's module ended. This is a bug; the next call starts it afresh."));
    });
    return engine;
  }

  /** Starts a stream and gives its id. */
  start(session: Session, options: CheckedOptions): number {
    const id = ++this.#lastID;
    this.#sessions.set(id, session);
    this.#program?.hold(true);
    if (this.#error) this.#crash(this.#error);
    else this.#guarded(() => this.#go.start!(id, options));
    return id;
  }

  retryNow(id: number): void {
    this.#guarded(() => this.#go.retryNow!(id));
  }

  cancel(id: number): void {
    this.#guarded(() => this.#go.cancel!(id));
    this.#forget(id);
  }

  #forget(id: number): void {
    this.#sessions.delete(id);
    // Go keeps a stopped timer's wake-up until it is due. Once Go has come to
    // rest, that must not hold up the end of a Node process.
    queueMicrotask(() => this.#program?.hold(this.#sessions.size > 0));
  }

  /** Tells the clocks that a stream now waits for its next chunk. */
  waiting(id: number): void {
    this.#guarded(() => this.#exports.waiting(id));
  }

  /** Decodes a chunk and hands its events to the stream. False means: read no further. */
  feed(id: number, chunk: Uint8Array): boolean {
    for (let from = 0; from < chunk.length; ) {
      if (this.#error) return false;
      const { buffer } = this.#exports.mem;
      const [windowAt, windowSize] = new Uint32Array(buffer, this.#mailbox, 2) as unknown as [number, number];
      const part = chunk.subarray(from, from + windowSize);
      new Uint8Array(buffer, windowAt, part.length).set(part);
      from += part.length;
      const status = this.#guarded(() => this.#exports.feed(id, part.length)) ?? feedCrashed;
      if (status === feedCrashed) return false;
      const events = this.#records();
      if (events.length > 0) this.#sessions.get(id)?.events(events);
      if (status !== feedMore) return false;
    }
    return true;
  }

  /** Reads the records that Go has left. The memory may have grown, so views are made anew. */
  #records(): RetryStreamEvent[] {
    const { buffer } = this.#exports.mem;
    const [, , headsAt, heads, bytesAt, bytes] = new Uint32Array(buffer, this.#mailbox, 6) as unknown as [number, number, number, number, number, number];
    if (heads === 0) return [];
    return decodeRecords(new Uint32Array(buffer, headsAt, heads), new Uint8Array(buffer, bytesAt, bytes));
  }

  /** Calls into Go, unless it has failed; what breaks it off there ends the engine. */
  #guarded<T>(call: () => T): T | undefined {
    if (this.#error) return undefined;
    try {
      return call();
    } catch (error) {
      this.#onCrash();
      this.#trapped(error);
      return undefined;
    }
  }

  #trapped(error: unknown): void {
    this.#crash(moduleError("retrystream's module broke off. This is a bug; the next call starts it afresh.", error));
  }

  #crash(error: RetryStreamError): void {
    this.#error ??= error;
    this.#program?.dispose();
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) session.crashed(this.#error);
  }
}
