// What the tests need before the library is there: a record of all that the
// page logs, and a look at, or a change of, what WebAssembly exports.

globalThis.logged = [];
for (const level of ["log", "info", "debug", "warn", "error"] as const) {
  const original = console[level];
  console[level] = (...args: unknown[]) => {
    logged.push(args.map((arg) => (arg instanceof Error ? arg.stack : String(arg))).join(" "));
    original.apply(console, args);
  };
}

// The module's memories, one for each time that it was started.
globalThis.memories = [];

// A test may set this to a function that takes the exports and the imports of
// a module that starts and gives the exports to use in their place.
globalThis.changeExports = undefined;

const instantiate = WebAssembly.instantiate as (module: WebAssembly.Module, imports: WebAssembly.Imports) => Promise<WebAssembly.Instance>;
WebAssembly.instantiate = (async (module: WebAssembly.Module, imports: WebAssembly.Imports) => {
  const instance = await instantiate(module, imports);
  memories.push(instance.exports["mem"] as WebAssembly.Memory);
  if (!changeExports) return instance;
  const changed = changeExports(instance.exports, imports);
  return Object.create(WebAssembly.Instance.prototype, { exports: { value: { ...instance.exports, ...changed } } }) as WebAssembly.Instance;
}) as typeof WebAssembly.instantiate;
