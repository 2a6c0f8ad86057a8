"use strict";

// runGoTests runs the test binary with the arguments and resolves, when it
// ends, to its exit code and to all it wrote to standard output and error.
// files maps the paths of the files it may read to their bytes in base64.
async function runGoTests(args, files) {
  const decoder = new TextDecoder();
  let output = "";
  const writeSync = (_fd, bytes) => {
    output += decoder.decode(bytes, { stream: true });
    return bytes.length;
  };

  const toBytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const memory = memoryFiles(new Map(Object.entries(files).map(([path, base64]) => [path, toBytes(base64)])));
  const write = (fd, buffer, ...rest) => {
    if (fd > 2) return memory.write(fd, buffer, ...rest);
    return rest.at(-1)(null, writeSync(fd, buffer));
  };
  // wasm_exec.js has put operations that all fail there; those that memory
  // lacks stay so.
  Object.assign(globalThis.fs, memory, { write, writeSync });

  const go = new globalThis.Go();
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
