import { RetryStreamError, moduleError } from "./errors.ts";
import { compile, run, type Exports, type InitOptions, type Program } from "./module.ts";
import { isOnline, watchDevice } from "./device.ts";
import type { CheckedOptions } from "./options.ts";
import type { Memory } from "./records.ts";
import type { ChatStreamError, ChatStreamRetry, ChatStreamStatus } from "./types.gen.ts";
import type { ResponseHead } from "./attempt.ts";
import type { RetryFacts } from "./before.ts";
import type { Resume } from "./resume.ts";
import { heldUntil, hold, turn, type Room } from "./tabs.ts";

declare const BUILD: string;

/** What the engine needs of a stream. Each method only takes note or starts something. */
export interface Session {
  /** Sends the request of the next attempt, and waits for the response's head. */
  open(resume: Resume | undefined): Promise<ResponseHead>;
  /** Has the response's body read to its end. */
  pump(): Promise<void>;
  abort(): void;
  /** There are records to read now; chunk is what was fed. */
  records(memory: Memory, chunk: Uint8Array): void;
  /** Asks the page whether and how to send the request again: another address, or false to refuse. */
  beforeRetry(retry: RetryFacts): Promise<Address | false | undefined>;
  retry(retry: ChatStreamRetry): void;
  status(status: ChatStreamStatus): void;
  /** The end; failed is null when the reply is complete or was canceled. ending tells what a relay does then. */
  done(failed: ChatStreamError | null, ending: Ending): void;
  /** The end, by a bug in the module. */
  crashed(error: RetryStreamError): void;
}

/** Where a changed request goes, and its stream waits. */
export interface Address {
  readonly url: string;
  readonly roomKey: string;
}

/** What Go sets on the host object. */
interface GoFunctions {
  build?: string;
  start?(id: number, options: CheckedOptions, roomKey: string): void;
  hold?(roomKey: string, until: number): void;
  retryNow?(id: number): void;
  cancel?(id: number): void;
  setOnline?(online: boolean): void;
  wake?(): void;
}

/** How a relay ends, from wasm/host.go. */
export type Ending = (typeof endings)[keyof typeof endings];

export const endings = {
  /** Of a failure: by the error. */
  error: 0,
  /** By the last response as it is. */
  response: 1,
  /** By what was passed on last. */
  body: 2,
  /** Of a reply: nothing of its connection matters any more. */
  complete: 3,
  /** Of a body that was not looked at. */
  unseen: 4,
} as const;

// What feed answers, from wasm/memory.go.
const feedCrashed = -1;
const feedOver = 1;
const feedProgress = 2;
const feedRecord = 4;

/** One running Go program and its streams. Go's side of the border is in wasm/host.go and wasm/memory.go. */
export class Engine {
  readonly #sessions = new Map<number, Session>();
  readonly #go: GoFunctions;
  /** The compiled module; another instance can be made of it at once. */
  readonly module: WebAssembly.Module;
  #lastID = 0;
  #program: Program | undefined;
  #exports!: Exports;
  #memory!: Memory;
  #error: RetryStreamError | undefined;
  #unwatch: (() => void) | undefined;
  readonly #onCrash: () => void;

  private constructor(module: WebAssembly.Module, onCrash: () => void) {
    this.module = module;
    this.#onCrash = onCrash;
    const session = (id: number): Session | undefined => this.#sessions.get(id);
    const gone = (): Promise<never> => Promise.reject(new DOMException("The stream has ended.", "AbortError"));
    this.#go = {
      // What Go calls. None of these may call back into Go before it returns.
      open: (id: number, resume?: Resume) => session(id)?.open(resume) ?? gone(),
      pump: (id: number) => session(id)?.pump() ?? gone(),
      beforeRetry: (id: number, retry: RetryFacts) => session(id)?.beforeRetry(retry) ?? gone(),
      abort: (id: number) => session(id)?.abort(),
      records: (id: number) => session(id)?.records(this.#memoryNow(), new Uint8Array()),
      retry: (id: number, retry: ChatStreamRetry) => session(id)?.retry(retry),
      status: (id: number, status: ChatStreamStatus) => session(id)?.status(status),
      done: (id: number, failed: ChatStreamError | null, ending: Ending) => {
        const ended = session(id);
        this.#forget(id);
        ended?.done(failed, ending);
      },
      told: hold,
      turn,
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
    engine.#memory = engine.#look(program.exports.mailbox() / 4);
    void program.exited.then(() => {
      onCrash();
      engine.#crash(moduleError("retrystream's module ended. This is a bug; the next call starts it afresh."));
    });
    return engine;
  }

  /** Starts a stream and gives its id. */
  start(session: Session, options: CheckedOptions, room: Room): number {
    const id = ++this.#lastID;
    this.#sessions.set(id, session);
    this.#program?.hold(true);
    this.#unwatch ??= this.#watch();
    if (this.#error) this.#crash(this.#error);
    this.watch(room);
    this.#guarded(() => this.#go.start!(id, options, room.key));
    return id;
  }

  /** Has the streams in the room wait with the other tabs. */
  watch(room: Room): void {
    room.told = (until) => this.#guarded(() => this.#go.hold!(room.key, until));
    room.told(heldUntil(room));
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
    if (this.#sessions.size === 0) {
      this.#unwatch?.();
      this.#unwatch = undefined;
    }
  }

  /** Tells Go of the network and of sleep, while there are streams. */
  #watch(): () => void {
    const online = (is: boolean): void => void this.#guarded(() => this.#go.setOnline!(is));
    online(isOnline());
    return watchDevice({ online, wake: () => this.#guarded(() => this.#go.wake!()) });
  }

  /** Tells the clocks that a stream now waits for its next chunk. */
  waiting(id: number): void {
    if (this.#error) return;
    try {
      this.#exports.waiting(id);
    } catch (error) {
      this.#broke(error);
    }
  }

  /** Has a stream pass on the opening events that it holds back; false means: read no further. */
  passHeld(id: number): boolean {
    if (this.#error) return false;
    let answer = feedCrashed;
    try {
      answer = this.#exports.passHeld(id);
    } catch (error) {
      this.#broke(error);
    }
    if (answer >= feedRecord) this.#sessions.get(id)?.records(this.#memoryNow(), new Uint8Array());
    return !(answer & feedOver);
  }

  /** Decodes a chunk and hands its events to the stream. progress is called when the reply got further; false means: read no further. */
  feed(id: number, chunk: Uint8Array, progress: () => void): boolean {
    for (let from = 0; from < chunk.length; ) {
      if (this.#error) return false;
      const { bytes, words, mailbox } = this.#memoryNow();
      const windowSize = words[mailbox + 1]!;
      const part = chunk.length <= windowSize ? chunk : chunk.subarray(from, from + windowSize);
      bytes.set(part, words[mailbox]!);
      from += part.length;
      let answer = feedCrashed;
      try {
        answer = this.#exports.feed(id, part.length);
      } catch (error) {
        this.#broke(error);
      }
      if (answer === feedCrashed) return false;
      if (answer & feedProgress) progress();
      if (answer >= feedRecord) this.#sessions.get(id)?.records(this.#memoryNow(), part);
      if (answer & feedOver) return false;
    }
    return true;
  }

  /** The module's memory. A view made before the memory grew has no length any more. */
  #memoryNow(): Memory {
    if (this.#memory.bytes.length === 0) this.#memory = this.#look(this.#memory.mailbox);
    return this.#memory;
  }

  #look(mailbox: number): Memory {
    const { buffer } = this.#exports.mem;
    return { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer), mailbox };
  }

  /** Calls into Go, unless it has failed. */
  #guarded<T>(call: () => T): T | undefined {
    if (this.#error) return undefined;
    try {
      return call();
    } catch (error) {
      this.#broke(error);
      return undefined;
    }
  }

  /** What breaks off inside Go ends the engine. */
  #broke(error: unknown): void {
    this.#onCrash();
    this.#trapped(error);
  }

  #trapped(error: unknown): void {
    this.#crash(moduleError("retrystream's module broke off. This is a bug; the next call starts it afresh.", error));
  }

  #crash(error: RetryStreamError): void {
    this.#error ??= error;
    this.#program?.dispose();
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    this.#unwatch?.();
    this.#unwatch = undefined;
    for (const session of sessions) session.crashed(this.#error);
  }
}
