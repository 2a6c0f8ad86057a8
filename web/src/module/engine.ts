import { isObject } from "../request/check.ts";
import type { ReadText } from "./go.ts";
import { RetryStreamError, moduleError } from "../event/errors.ts";
import { compile, run, type Exports, type InitOptions, type Program } from "./module.ts";
import { isOnline, watchDevice, watchSleep } from "./device.ts";
import type { CheckedOptions } from "../request/options.ts";
import type { Memory } from "./records.ts";
import type { ChatStreamError, ChatStreamRetry } from "../event/types.gen.ts";
import type { ResponseHead } from "../request/attempt.ts";
import type { Asked, RetryFacts } from "../request/before.ts";
import type { Resume } from "../request/resume.ts";
import { heldUntil, hold, turn, type Room, type Turn } from "../tabs/tabs.ts";

declare const BUILD: string;

/** What the engine needs of a stream. Each method only takes note or starts something. */
export interface Session {
  /** Sends the request of the next attempt, and hands over the response's head. Where respond says so it has the body read to its end. */
  open(resume: Resume | undefined, respond: (head: ResponseHead) => boolean): Promise<void>;
  /** A header of the response, by its name. */
  header(name: string): string;
  abort(): void;
  /** There are records to read now; chunk is what was fed. textOnly: they are what feed leaves where only the text is wanted. */
  records(memory: Memory, chunk: Uint8Array, textOnly?: boolean): void;
  /** The reply got further by what was fed. */
  progress(): void;
  /** The body of the last request; empty if it is not known, or long. */
  body(): Promise<string>;
  /** Asks the page whether and how to send the request again, or another: another address, or false to refuse. */
  ask(who: Asked, retry: RetryFacts): Promise<Address | false | undefined>;
  retry(retry: ChatStreamRetry): void;
  /** The status has changed, to this in JSON but for when the last byte came and when the reply last got further, 0 for never. */
  status(status: string, byteAt: number, progressAt: number): void;
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
const feedResume = 4;
const feedRecords = 8;

/** How a promise of the page's ended, for Go: a number, and two texts or bytes. */
type Settlement = readonly [how: number, first: string, rest: Uint8Array | string];

// The number of what was thrown, from wasm/session.go.
const failed = -1;

const encoder = new TextEncoder();

/** One running Go program and its streams. Go's side of the border is in wasm/. */
export class Engine {
  readonly #sessions = new Map<number, Session>();
  /** What Go has asked of the other tabs. */
  readonly #turns = new Map<number, Turn>();
  /** The compiled module; another instance can be made of it at once. */
  readonly module: WebAssembly.Module;
  #lastID = 0;
  #build: string | undefined;
  #online = true;
  // What the clocks showed when the page's own was last asked.
  #date = 0;
  #now = 0;
  #uses = 0;
  #program!: Program;
  #exports!: Exports;
  #memory!: Memory;
  #error: RetryStreamError | undefined;
  /** Ends the watch over the network and the page. */
  #unwatch: (() => void) | undefined;
  readonly #watchSleep = watchSleep(() => this.#wake(), () => this.#sessions.size > 0);
  readonly #onCrash: () => void;

  private constructor(module: WebAssembly.Module, onCrash: () => void) {
    this.module = module;
    this.#onCrash = onCrash;
  }

  // What Go calls: see wasm/host.go. None of these may call back into Go before it
  // returns.

  /** What Go calls seldom, and finds by its name. */
  #host(): object {
    return {
      started: (build: string) => (this.#build = build),
      crashed: (reason: string) => this.#broke(undefined, `failed: ${reason}`),
      resume: (id: number, url: string, method: string, keepBody: boolean, headerName: string, headerValue: string) =>
        this.#open(id, { url, method, keepBody, headerName, headerValue }),
      ask: (id: number, who: Asked, facts: string, toolCall: boolean) => {
        // The delay is not known before the page has answered.
        const { delay_ms: _, retrying_at: __, ...retry } = JSON.parse(facts) as ChatStreamRetry;
        this.#ask(id, async (session) => {
          const answer = await session.ask(who, { ...retry, tool_call: toolCall });
          return answer === false ? [1, "", ""] : [0, answer?.url ?? "", answer?.roomKey ?? ""];
        });
      },
      body: (id: number) => this.#ask(id, async (session) => [0, "", await session.body()]),
      told: hold,
      turn: (id: number, key: string) => {
        const asked = turn(key);
        if (!asked) return false;
        this.#turns.set(id, asked);
        void asked.granted.finally(() => this.#call(({ granted }) => granted(id)));
        return true;
      },
      leave: (id: number) => {
        this.#turns.get(id)?.leave();
        this.#turns.delete(id);
      },
      retry: (id: number, retry: string) => this.#sessions.get(id)?.retry(JSON.parse(retry) as ChatStreamRetry),
    };
  }

  /** What Go calls for every stream: plain functions, which cost it next to nothing. */
  #imports(text: ReadText): WebAssembly.ModuleImports {
    const session = (id: number): Session | undefined => this.#sessions.get(id);
    return {
      open: (id: number) => this.#open(id),
      header: (id: number, at: number, length: number, to: number, room: number) => {
        const value = session(id)?.header(text(at, length)) ?? "";
        const most = 3 * value.length;
        return most > room ? most : encoder.encodeInto(value, this.#memoryNow().bytes.subarray(to >>> 0, (to >>> 0) + room)).written;
      },
      abort: (id: number) => queueMicrotask(() => session(id)?.abort()),
      records: (id: number, textOnly: number) => session(id)?.records(this.#memoryNow(), new Uint8Array(), !!textOnly),
      status: (id: number, at: number, length: number, byteAt: number, progressAt: number) => session(id)?.status(text(at, length), byteAt, progressAt),
      done: (id: number, at: number, length: number, ending: Ending) => {
        const ended = session(id);
        this.#forget(id);
        ended?.done(length === 0 ? null : (JSON.parse(text(at, length)) as ChatStreamError), ending);
      },
    };
  }

  #open(id: number, resume?: Resume): void {
    this.#ask(id, async (session) => {
      await session.open(resume, (head) => this.#respond(id, head));
      return [0, "", ""];
    });
  }

  /** Hands a response's head to Go; true means that the body is to be read. */
  #respond(id: number, { status, body }: ResponseHead): boolean {
    let read = 0;
    this.#call(({ respond }) => {
      read = respond(id, status, this.#put("", body)[1]);
      // It may let another stream go, but there is mostly none.
      return this.#sessions.size > 1;
    });
    return read > 0;
  }

  /** Loads the module and starts it. onCrash is called if it ever fails. */
  static async load(options: InitOptions, onCrash: () => void): Promise<Engine> {
    const module = await compile(options);
    const engine = new Engine(module, onCrash);
    const program = await run(module, engine.#host(), (text) => engine.#imports(text), (error) => engine.#broke(error)).catch((cause: unknown) => {
      // Another build's may ask for other functions than this script has.
      throw moduleError(`retrystream's module did not start: ${String(cause)}. Serve it and retrystream.js from the same build.`, cause);
    });
    engine.#program = program;
    engine.#exports = program.exports;
    if (engine.#build === undefined) throw moduleError("retrystream's module did not start.");
    if (engine.#build !== BUILD) {
      throw moduleError("retrystream.wasm and retrystream.js are from different builds. Serve both from the same build.");
    }
    engine.#memory = engine.#look(program.exports.mailbox(performance.now()) / 4);
    void program.exited.then(() => {
      engine.#broke(undefined, "ended");
    });
    return engine;
  }

  /** Starts a stream and gives its id. sent: its first request was sent. */
  start(session: Session, options: CheckedOptions, room: Room, sent: boolean): number {
    const id = ++this.#lastID;
    this.#sessions.set(id, session);
    this.#program.hold(true);
    this.#watchDevice();
    if (this.#error) this.#crash(this.#error);
    this.watch(room);
    const { url, provider, partial, jitter, beforeRetry, fallback } = options;
    this.#call(
      ({ start }) => {
        const [, bytes] = this.#put([url, provider, partial, jitter, room.key].join("\0"));
        // The flags are those of wasm/bridge.go.
        start(
          id, bytes, +!!beforeRetry + 2 * +(options.holdMs !== undefined) + 4 * +sent + 8 * +!!fallback, options.maxAttempts, options.maxFruitlessAttempts, options.maxAlike, options.emptyAttempts, options.multiplier, options.initialMs, options.maxMs,
          options.maxElapsedMs, options.maxRetryAfterMs, options.connectTimeoutMs, options.silenceTimeoutMs, options.progressTimeoutMs,
        );
      },
    );
    return id;
  }

  /** Has the streams in the room wait with the other tabs. */
  watch(room: Room): void {
    room.told = (until) => this.#call(({ hold }) => hold(this.#put(room.key)[1], until));
    const until = heldUntil(room);
    if (until) room.told(until);
  }

  retryNow(id: number): void {
    this.#call(({ retryNow }) => retryNow(id));
  }

  cancel(id: number): void {
    this.#call(({ cancel }) => cancel(id));
    this.#forget(id);
  }

  /** Has a stream do what Go waits for, once Go has come to rest: it runs the page's code. */
  async #ask(id: number, work: (session: Session) => Promise<Settlement>): Promise<void> {
    let settlement: Settlement;
    try {
      await undefined;
      const session = this.#sessions.get(id);
      if (!session) throw new DOMException("The stream has ended.", "AbortError");
      settlement = await work(session);
    } catch (error) {
      settlement = [failed, ...thrown(error)];
    }
    const [how, first, rest] = settlement;
    this.#call(({ settled }) => settled(id, how, ...this.#put(first, rest)));
  }

  /** Puts two texts or bytes where Go finds them. Gives where the second begins and where it ends. */
  #put(first: string, rest: Uint8Array | string = ""): [cut: number, bytes: number] {
    const most = 3 * (first.length + rest.length); // so many bytes may a character take
    if (most === 0) return [0, 0];
    const at = this.#exports.room(most) >>> 0;
    const room = this.#memoryNow().bytes.subarray(at, at + most);
    const cut = encoder.encodeInto(first, room).written;
    if (typeof rest === "string") return [cut, rest === "" ? cut : cut + encoder.encodeInto(rest, room.subarray(cut)).written];
    room.set(rest, cut);
    return [cut, cut + rest.length];
  }

  #forget(id: number): void {
    this.#sessions.delete(id);
    if (this.#sessions.size === 0) this.#program.hold(false);
  }

  /** Tells Go of the network and of sleep. */
  #watchDevice(): void {
    const online = (is: boolean): void => {
      if (is !== this.#online) this.#call(({ setOnline }) => setOnline(is));
      this.#online = is;
    };
    this.#unwatch ??= watchDevice({ online, wake: () => this.#wake() });
    // The first of the streams begins awake.
    if (this.#sessions.size === 1) this.#watchSleep();
    online(isOnline());
  }

  #wake(): void {
    this.#call(({ wake }) => wake());
  }

  /** Tells the clocks that a stream now waits for its next chunk. */
  waiting(id: number): void {
    if (this.#error) return;
    try {
      if (this.#exports.waiting(id, this.#clock(Date.now()))) this.#program.resume();
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
    if (answer > 0 && answer & feedRecords) this.#sessions.get(id)?.records(this.#memoryNow(), new Uint8Array());
    return !(answer & feedOver);
  }

  /**
   * Decodes a chunk, which came at a time of day, and hands its events to the stream,
   * or with textOnly no more than its text; the next chunk is then waited for from
   * now on. False means: read no further.
   */
  feed(id: number, session: Session, chunk: Uint8Array, date: number, textOnly: boolean): boolean {
    for (let from = 0; from < chunk.length; ) {
      if (this.#error) return false;
      const { bytes, words, mailbox } = this.#memoryNow();
      const windowSize = words[mailbox + 1]!;
      const part = chunk.length <= windowSize ? chunk : chunk.subarray(from, from + windowSize);
      bytes.set(part, words[mailbox]!);
      from += part.length;
      let answer = feedCrashed;
      try {
        answer = this.#exports.feed(id, part.length, this.#clock(date), textOnly);
      } catch (error) {
        this.#broke(error);
      }
      if (answer === feedCrashed) return false;
      if (answer & feedProgress) session.progress();
      if (answer & feedRecords) session.records(this.#memoryNow(), part, textOnly);
      if (answer & feedOver) return false;
      if (answer & feedResume) this.#program.resume();
    }
    return true;
  }

  /** The page's clock, which it takes longer to ask than for the time of day: once a millisecond is enough. */
  #clock(date: number): number {
    // A test may have the time of day stand still.
    if (date !== this.#date || ++this.#uses > 16) {
      this.#date = date;
      this.#now = performance.now();
      this.#uses = 0;
    }
    return this.#now;
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

  /** Calls into Go, unless it has failed, and has it run what that wakes; call may answer with false that it wakes nothing. */
  #call(call: (exports: Exports) => unknown): void {
    if (this.#error) return;
    let wakes: unknown = true;
    try {
      wakes = call(this.#exports);
    } catch (error) {
      this.#broke(error);
    }
    if (wakes !== false && !this.#error) this.#program.resume();
  }

  /** What breaks off inside Go ends the engine. */
  #broke(error: unknown, how = "broke off"): void {
    this.#onCrash();
    this.#crash(moduleError(`retrystream's module ${how}. This is a bug; the next call starts it afresh.`, error));
  }

  #crash(error: RetryStreamError): void {
    this.#error ??= error;
    this.#program.dispose();
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    this.#unwatch?.();
    for (const session of sessions) session.crashed(this.#error);
  }
}

/** The name and the message of what was thrown, and the codes and messages of what caused it: Node says why a fetch failed nowhere else. */
function thrown(error: unknown): [name: string, message: string] {
  if (!isObject(error)) return ["", "something that is no Error was thrown"];
  const { name } = error as { readonly name?: unknown };
  return [typeof name === "string" ? name : "", reason(error, 5)];
}

/** An error's code and message, with those of its causes in parentheses, depth deep and not endlessly long. */
function reason(error: unknown, depth: number): string {
  if (!isObject(error) || !depth) return "";
  const { code, message, cause, errors } = error as { readonly [key in "code" | "message" | "cause" | "errors"]?: unknown };
  const join = (parts: unknown[], by: string): string => parts.filter((part) => part && typeof part === "string").join(by);
  const causes = join([cause, ...(Array.isArray(errors) ? (errors as unknown[]).slice(0, 4) : [])].map((one) => reason(one, depth - 1)), "; ");
  return join([code, message], ": ").slice(0, 500) + (causes && ` (${causes.slice(0, 1000)})`);
}
