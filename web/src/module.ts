import { Alarm } from "./alarm.ts";
import { moduleError } from "./errors.ts";
import loadGo, { type Go } from "./wasm_exec.js";

/** Where the WebAssembly module comes from. */
export interface InitOptions {
  /** The address of retrystream.wasm; beside this script unless given. */
  wasmUrl?: string | URL;
  /** The module itself, compiled by the caller. It goes before wasmUrl. */
  wasmModule?: WebAssembly.Module;
}

// Node's types do not know WebAssembly; beside types that do, this adds nothing.
declare global {
  namespace WebAssembly {
    interface Module {}
    interface Memory {}
  }
}

/** What the Go program exports: see wasm/exports.go and wasm/memory.go. Nothing that a call wakes in Go runs before the program is resumed. */
export interface Exports {
  readonly mem: WebAssembly.Memory;
  mailbox(now: number): number;
  room(bytes: number): number;
  start(id: number, bytes: number, asks: boolean, relays: boolean, ...numbers: number[]): void;
  settled(id: number, how: number, cut: number, bytes: number): void;
  respond(id: number, status: number, bytes: number): number;
  retryNow(id: number): void;
  cancel(id: number): void;
  setOnline(online: boolean): void;
  wake(): void;
  hold(bytes: number, until: number): void;
  granted(turn: number): void;
  waiting(id: number, now: number): number;
  feed(id: number, bytes: number, now: number, how: number): number;
  passHeld(id: number): number;
}

/** Reads a text that stands in the program's memory. */
export type ReadText = (at: number, length: number) => string;

/** A Go program that runs. */
export interface Program {
  readonly exports: Exports;
  /** Settles when the program ends, which it only does after a bug. */
  readonly exited: Promise<void>;
  /** Runs whatever in it can run. */
  resume(): void;
  /** Tells whether the program's timer should keep a Node process alive. A browser has no such notion. */
  hold(busy: boolean): void;
  /** Ends the program's timer. */
  dispose(): void;
}

/** Compiles the module. */
export async function compile(options: InitOptions): Promise<WebAssembly.Module> {
  if (options.wasmModule) return options.wasmModule;
  const url = new URL(options.wasmUrl ?? new URL("./retrystream.wasm", import.meta.url), globalThis.location?.href);
  const shown = url.origin === "null" ? url.pathname : url.origin + url.pathname;
  try {
    if (url.protocol === "file:") return await WebAssembly.compile(await readFile(url));
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    // Streaming needs exactly this type; without it the bytes do.
    if (response.headers.get("content-type") === "application/wasm") return await WebAssembly.compileStreaming(response);
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes[0] !== 0 || bytes[1] !== 0x61) throw new Error("what came back is not a WebAssembly module");
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw moduleError(`retrystream could not load ${shown}: ${reason(cause)}`, cause);
  }
}

function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/unsafe-eval|Content Security Policy/i.test(message)) {
    return "the page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to its script-src.";
  }
  return `${message.replace(/\?\S*/g, "")}. Check that the file is served there, or name its address with init({ wasmUrl }).`;
}

interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): { promises: { readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> } };
}

/** Reads a file in Node, whose fetch knows no file URLs. */
async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const { process } = globalThis as { process?: NodeProcess };
  if (!process?.getBuiltinModule) throw new Error("files cannot be read here: serve the page over http, or pass wasmModule");
  return process.getBuiltinModule("node:fs").promises.readFile(url);
}

// What Go asks of a file system: flags, once, and to print why it panicked.
const fs = {
  constants: { O_WRONLY: -1, O_RDWR: -1, O_CREAT: -1, O_TRUNC: -1, O_APPEND: -1, O_EXCL: -1 },
  writeSync(_: number, bytes: Uint8Array): number {
    console.error(new TextDecoder().decode(bytes));
    return bytes.length;
  },
};

/**
 * Starts the Go program with host as the one object that it can reach. imports gives the functions that it imports, onTrap is
 * called if its code breaks off.
 *
 * @internal
 */
export async function run(module: WebAssembly.Module, host: object, imports: (text: ReadText) => WebAssembly.ModuleImports, onTrap: (error: unknown) => void): Promise<Program> {
  // Go's own support code extends the global object that it is given. It gets
  // one of its own: the page's stays as it is.
  const scope = { retrystream: host, fs, process: {}, path: {}, Object, Array, Uint8Array, Date, Error, Promise, crypto, performance, TextEncoder, TextDecoder };
  const go: Go = new (loadGo(scope))();
  // Promises and timers may still call a program that has ended or broken off.
  const resume = (): void => {
    if (go.exited) return;
    try {
      go._resume();
    } catch (error) {
      go.exited = true;
      onTrap(error);
    }
  };
  const alarm = new Alarm(resume);
  const { gojs } = go.importObject;
  gojs["runtime.scheduleTimeoutEvent"] = (sp) => {
    // A delay of more than 32 bits has been cut down by Go.
    alarm.set(go.mem.getInt32((sp >>> 0) + 8, true));
    go.mem.setInt32((sp >>> 0) + 16, 1, true);
  };
  gojs["runtime.clearTimeoutEvent"] = () => alarm.forget();
  const decoder = new TextDecoder();
  const text: ReadText = (at, length) => decoder.decode(new Uint8Array(exports.mem.buffer, at >>> 0, length));
  const instance: WebAssembly.Instance = await WebAssembly.instantiate(module, { gojs, retrystream: imports(text) });
  const exports = instance.exports as unknown as Exports;
  // A page gets none of its memory back, and reading allocates nothing: better
  // to collect often than to grow. The package runtime/debug would cost more. The
  // environment is the second list of addresses; the first, of arguments, is empty.
  const at = 4096; // where Go's support code has both
  new TextEncoder().encodeInto("GOGC=25", new Uint8Array(exports.mem.buffer, at + 32));
  new Uint32Array(exports.mem.buffer, at)[2] = at + 32;
  const exited = go.run(instance);
  return {
    exports,
    exited,
    resume,
    hold: (busy) => alarm.hold(busy),
    dispose: () => alarm.dispose(),
  };
}
