import { Alarm } from "./alarm.ts";
import { moduleError } from "../event/errors.ts";
import { goHost, type ReadText } from "./go.ts";

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
  run(argc: number, argv: number): void;
  resume(): void;
  readonly mem: WebAssembly.Memory;
  mailbox(now: number): number;
  reserve(bytes: number): number;
  start(id: number, bytes: number): number;
  settled(id: number, how: number, cut: number, bytes: number): number;
  respond(id: number, status: number, bytes: number): number;
  retryNow(id: number): void;
  cancel(id: number): void;
  setOnline(online: boolean): void;
  wake(): void;
  hold(bytes: number, until: number): void;
  granted(turn: number): void;
  waiting(id: number, now: number): number;
  feed(id: number, bytes: number, now: number, textOnly: boolean): number;
  passHeld(id: number): number;
}

/** A Go program that runs. */
export interface Program {
  readonly exports: Exports;
  /** Settles when the program ends, which it only does after a bug. */
  readonly exited: Promise<void>;
  /** Runs whatever in it can run. */
  resume(): void;
  /** Does so some time later, for it to notice a timer that it has set. */
  resumeSoon(): void;
  /** Tells whether the program's timer should keep a Node process alive. A browser has no such notion. */
  keepAlive(busy: boolean): void;
  /** Ends the program's timer. */
  dispose(): void;
}

// When a program is resumed that nobody waits for, in milliseconds: all that was asked until then at once.
const soonMs = 10;

/** Compiles the module. */
export async function compile(options: InitOptions): Promise<WebAssembly.Module> {
  if (options.wasmModule) return options.wasmModule;
  const url = new URL(options.wasmUrl ?? new URL("./retrystream.wasm", import.meta.url), globalThis.location?.href);
  const shown = url.origin === "null" ? url.pathname : url.origin + url.pathname;
  try {
    const response = url.protocol === "file:" ? new Response(await readFile(url)) : await fetch(url, { credentials: "same-origin" });
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

/**
 * Starts the Go program with host as the one object that it can reach. imports gives the functions that it imports, onTrap is
 * called if its code breaks off.
 *
 * @internal
 */
export async function run(module: WebAssembly.Module, host: object, imports: (text: ReadText) => WebAssembly.ModuleImports, onTrap: (error: unknown) => void): Promise<Program> {
  let over = false;
  let exit!: () => void;
  // Promises and timers may still call a program that has ended or broken off.
  const resume = (): void => {
    if (over) return;
    try {
      exports.resume();
    } catch (error) {
      over = true;
      onTrap(error);
    }
  };
  const alarm = new Alarm(resume);
  // Go asks for the flags of files once; any number will do.
  const constants = new Proxy({}, { get: () => 0 });
  const go = goHost({ retrystream: host, fs: { constants }, Date }, alarm, () => {
    over = true;
    exit();
  });
  const instance: WebAssembly.Instance = await WebAssembly.instantiate(module, { gojs: go.imports, retrystream: imports(go.text) });
  const exports = instance.exports as unknown as Exports;
  const exited = new Promise<void>((resolve) => (exit = resolve));
  go.run(exports);
  return {
    exports,
    exited,
    resume,
    resumeSoon: () => alarm.soon(soonMs),
    keepAlive: (busy) => alarm.keepAlive(busy),
    dispose: () => alarm.dispose(),
  };
}
