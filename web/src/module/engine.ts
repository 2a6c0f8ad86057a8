import type { ReadText } from "./go.ts";
import { moduleError, type RetryStreamError } from "../event/errors.ts";
import { compile, run, type Exports, type InitOptions, type Program } from "./module.ts";
import { isOnline, watchDevice, watchSleep } from "./device.ts";
import type { CheckedOptions } from "../request/options.ts";
import { feedCrashed, feedOver, feedPassed, feedProgress, feedRecords, feedResume, mailboxWindow, settledDone, settledFailed, settledRefused, windowSize, writeStart, type Ending } from "./border.gen.ts";
import type { EngineCall } from "./engine-call.ts";
import { ModuleMemory, encoder } from "./memory.ts";
import { thrown } from "./thrown.ts";
import type { ChatStreamError, ChatStreamRetry } from "../event/types.gen.ts";
import type { ResponseHead } from "../request/attempt.ts";
import type { Asked } from "../request/before.ts";
import type { Resume } from "../request/resume.ts";
import { heldUntil, hold, turn, type Room, type Turn } from "../tabs/tabs.ts";

declare const BUILD: string;

/** How a promise of the page's ended, for Go: as one of the border's numbers says, and two texts or bytes. */
type Settlement = readonly [how: number, first?: string | undefined, rest?: Uint8Array | string | undefined];

/** One running Go program and its streams. Go's side of the border is in wasm/. */
export class Engine {
  readonly #calls = new Map<number, EngineCall>();
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
  #memory!: ModuleMemory;
  #error: RetryStreamError | undefined;
  /** Ends the watch over the network and the page. */
  #unwatch: (() => void) | undefined;
  readonly #watchSleep = watchSleep(() => this.#wake(), () => this.#calls.size > 0);
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
        this.#ask(id, async (call) => {
          const answer = await call.ask(who, { ...retry, tool_call: toolCall });
          return answer === false ? [settledRefused] : [settledDone, answer?.url, answer?.roomKey];
        });
      },
      body: (id: number) => this.#ask(id, async (call) => [settledDone, "", await call.body()]),
      told: hold,
      turn: (id: number, key: string) => {
        const asked = turn(key);
        if (!asked) return false;
        this.#turns.set(id, asked);
        void asked.granted.finally(() => this.#run(({ granted }) => granted(id)));
        return true;
      },
      leave: (id: number) => {
        this.#turns.get(id)?.leave();
        this.#turns.delete(id);
      },
      retry: (id: number, retry: string) => this.#calls.get(id)?.retry(JSON.parse(retry) as ChatStreamRetry),
    };
  }

  /** What Go calls for every stream: plain functions, which cost it next to nothing. */
  #imports(text: ReadText): WebAssembly.ModuleImports {
    const call = (id: number): EngineCall | undefined => this.#calls.get(id);
    return {
      open: (id: number) => this.#open(id),
      header: (id: number, at: number, length: number, to: number, size: number) => {
        const value = call(id)?.header(text(at, length)) ?? "";
        const most = 3 * value.length;
        return most > size ? most : encoder.encodeInto(value, this.#memory.now.bytes.subarray(to >>> 0, (to >>> 0) + size)).written;
      },
      abort: (id: number) => queueMicrotask(() => call(id)?.abort()),
      records: (id: number, textOnly: number) => call(id)?.records(this.#memory.now, new Uint8Array(), !!textOnly),
      status: (id: number, at: number, length: number, byteAt: number, progressAt: number) => call(id)?.status(text(at, length), byteAt, progressAt),
      done: (id: number, at: number, length: number, ending: Ending) => {
        const ended = call(id);
        this.#forget(id);
        ended?.done(length === 0 ? null : (JSON.parse(text(at, length)) as ChatStreamError), ending);
      },
    };
  }

  #open(id: number, resume?: Resume): void {
    this.#ask(id, async (call) => {
      await call.open(resume, (head) => this.#respond(id, head));
      return [settledDone];
    });
  }

  /** Hands a response's head to Go; true means that the body is to be read. */
  #respond(id: number, { status, body }: ResponseHead): boolean {
    let read = 0;
    this.#run(({ respond }) => {
      read = respond(id, status, this.#memory.put("", body)[1]);
      // It may let another stream go, but there is mostly none.
      return this.#calls.size > 1;
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
    engine.#memory = new ModuleMemory(program.exports);
    void program.exited.then(() => {
      engine.#broke(undefined, "ended");
    });
    return engine;
  }

  /** Begins a call and gives its id. sent: its first request was sent. */
  start(call: EngineCall, options: CheckedOptions, room: Room, sent: boolean): number {
    const id = ++this.#lastID;
    this.#calls.set(id, call);
    this.#program.keepAlive(true);
    this.#watchDevice();
    if (this.#error) this.#crash(this.#error);
    this.watch(room);
    const begin = {
      ...options, roomKey: room.key, sent,
      asks: !!options.beforeRetry, fallsBack: !!options.fallback, relays: options.holdMs !== undefined,
    };
    this.#run(({ start }) => {
      if (!start(id, writeStart(begin, this.#memory.reserve))) return true;
      // Go makes no attempt of its own, and looks at no timer before it is resumed.
      this.#program.resumeSoon();
      this.#open(id);
      return false;
    });
    return id;
  }

  /** Has the streams in the room wait with the other tabs. */
  watch(room: Room): void {
    room.told = (until) => this.#run(({ hold }) => hold(this.#memory.put(room.key)[1], until));
    const until = heldUntil(room);
    if (until) room.told(until);
  }

  retryNow(id: number): void {
    this.#run(({ retryNow }) => retryNow(id));
  }

  cancel(id: number): void {
    this.#run(({ cancel }) => cancel(id));
    this.#forget(id);
  }

  /** Has a stream do what Go waits for, once Go has come to rest: it runs the page's code. */
  async #ask(id: number, work: (call: EngineCall) => Promise<Settlement>): Promise<void> {
    let settlement: Settlement;
    try {
      await undefined;
      const call = this.#calls.get(id);
      if (!call) throw new DOMException("The stream has ended.", "AbortError");
      settlement = await work(call);
    } catch (error) {
      settlement = [settledFailed, ...thrown(error)];
    }
    const [how, first, rest] = settlement;
    this.#run(({ settled }) => settled(id, how, ...this.#memory.put(first, rest)) > 0);
  }

  #forget(id: number): void {
    this.#calls.delete(id);
    if (this.#calls.size === 0) this.#program.keepAlive(false);
  }

  /** Tells Go of the network and of sleep. */
  #watchDevice(): void {
    const online = (is: boolean): void => {
      if (is !== this.#online) this.#run(({ setOnline }) => setOnline(is));
      this.#online = is;
    };
    this.#unwatch ??= watchDevice({ online, wake: () => this.#wake() });
    // The first of the streams begins awake.
    if (this.#calls.size === 1) this.#watchSleep();
    online(isOnline());
  }

  #wake(): void {
    this.#run(({ wake }) => wake());
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
    let answer = feedCrashed;
    this.#run(({ passHeld }) => {
      answer = passHeld(id);
      return false;
    });
    if (answer > 0 && answer & feedRecords) this.#calls.get(id)?.records(this.#memory.now, new Uint8Array());
    return !(answer & feedOver);
  }

  /**
   * Decodes a chunk, which came at a time of day, and hands its events to the stream,
   * or with textOnly no more than its text; the next chunk is then waited for from
   * now on. False means: read no further.
   */
  feed(id: number, call: EngineCall, chunk: Uint8Array, date: number, textOnly: boolean): boolean {
    for (let from = 0; from < chunk.length; ) {
      if (this.#error) return false;
      const { bytes, words, mailbox } = this.#memory.now;
      const part = chunk.length <= windowSize ? chunk : chunk.subarray(from, from + windowSize);
      bytes.set(part, words[mailbox + mailboxWindow]!);
      from += part.length;
      let answer = feedCrashed;
      try {
        answer = this.#exports.feed(id, part.length, this.#clock(date), textOnly);
      } catch (error) {
        this.#broke(error);
      }
      if (answer === feedCrashed) return false;
      if (answer & feedProgress) call.progress();
      if (answer & feedPassed) call.passed(part);
      if (answer & feedRecords) call.records(this.#memory.now, part, textOnly);
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

  /** Calls into Go, unless it has failed, and has it run what that wakes; call may answer with false that it wakes nothing. */
  #run(call: (exports: Exports) => unknown): void {
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
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#unwatch?.();
    for (const call of calls) call.crashed(this.#error);
  }
}
