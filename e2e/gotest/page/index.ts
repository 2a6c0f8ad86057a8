// Runs Go's test binaries in a page.
import { memoryFiles, type Operation } from "./files.ts";

/** What Go's wasm_exec.js leaves in the page. */
declare const Go: new () => {
  argv: string[];
  exit: (status: number) => void;
  readonly importObject: WebAssembly.Imports;
  readonly _scheduledTimeouts: Map<number, number>;
  run(instance: WebAssembly.Instance): Promise<void>;
};
declare const fs: Record<string, Operation>;

/**
 * Runs the test binary with the arguments and gives, when it ends, its exit code and all
 * it wrote to standard output and error. files has the bytes of the files that it may
 * read, in base64, by their paths.
 */
export async function runGoTests(args: string[], files: Record<string, string>): Promise<{ code: number; output: string }> {
  const decoder = new TextDecoder();
  let output = "";
  const writeSync = (_fd: unknown, bytes: Uint8Array): number => {
    output += decoder.decode(bytes, { stream: true });
    return bytes.length;
  };

  const toBytes = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const memory = memoryFiles(new Map(Object.entries(files).map(([path, base64]) => [path, toBytes(base64)])));
  const write: Operation = (fd, buffer, ...rest) => {
    if ((fd as number) > 2) return memory["write"]!(fd, buffer, ...rest);
    return (rest.at(-1) as (error: null, n: number) => void)(null, writeSync(fd, buffer as Uint8Array));
  };
  // wasm_exec.js has put operations that all fail there; those that memory
  // lacks stay so.
  Object.assign(fs, memory, { write, writeSync });

  const go = new Go();
  go.argv = ["gotest", ...args];
  let code = 0;
  go.exit = (status) => {
    code = status;
    // A timer that is left would call a program that is no more.
    for (const timer of go._scheduledTimeouts.values()) clearTimeout(timer);
  };
  const { instance } = await WebAssembly.instantiateStreaming(fetch("gotest.wasm"), go.importObject);
  await go.run(instance);
  return { code, output };
}
