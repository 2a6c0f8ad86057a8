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

/** What the Go program exports. */
export interface Exports {
  readonly mem: WebAssembly.Memory;
  mailbox(): number;
  waiting(id: number): void;
  feed(id: number, bytes: number): number;
  passHeld(id: number): number;
}

/** A Go program that runs. */
export interface Program {
  readonly exports: Exports;
  /** Settles when the program ends, which it only does after a bug. */
  readonly exited: Promise<void>;
  /** Tells whether the program's timers should keep a Node process alive. A browser has no such notion. */
  hold(busy: boolean): void;
  /** Ends whatever timers the program has left. */
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

interface NodeTimer {
  ref?(): void;
  unref?(): void;
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

/** Starts the Go program with host as the one object that it can reach. onTrap is called if its code breaks off. */
export async function run(module: WebAssembly.Module, host: object, onTrap: (error: unknown) => void): Promise<Program> {
  // Go's own support code extends the global object that it is given. It gets
  // one of its own: the page's stays as it is.
  const scope = { retrystream: host, fs, process: {}, path: {}, Object, Array, Uint8Array, Date, Error, Promise, crypto, performance, TextEncoder, TextDecoder };
  const go: Go = new (loadGo(scope))();
  // Promises and timers may still call a program that has ended or broken off.
  const resume = go._resume;
  go._resume = () => {
    if (go.exited) go._scheduledTimeouts.clear();
    else {
      try {
        resume.call(go);
      } catch (error) {
        go.exited = true;
        onTrap(error);
      }
    }
  };
  const instance = await WebAssembly.instantiate(module, go.importObject);
  const exited = go.run(instance);
  return {
    exports: instance.exports as unknown as Exports,
    exited,
    hold(busy) {
      for (const timer of go._scheduledTimeouts.values() as Iterable<NodeTimer>) busy ? timer.ref?.() : timer.unref?.();
    },
    dispose() {
      for (const timer of go._scheduledTimeouts.values()) clearTimeout(timer);
      go._scheduledTimeouts.clear();
    },
  };
}
