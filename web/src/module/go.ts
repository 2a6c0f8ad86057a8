/** Reads a text that stands in the program's memory. */
export type ReadText = (at: number, length: number) => string;

/** What a Go program needs of JavaScript, whatever it does. */
export interface GoHost {
  /** The functions that it imports. */
  readonly imports: WebAssembly.ModuleImports;
  readonly text: ReadText;
  /** Runs it, until it has come to rest for the first time. */
  run(exports: { readonly mem: WebAssembly.Memory; run(argc: number, argv: number): void }): void;
}

/** Rings for Go. */
interface Timer {
  set(delay: number): void;
  forget(): void;
}

type Members = Record<string, (...args: unknown[]) => unknown>;
type Constructor = new (...args: unknown[]) => unknown;

// Go holds a JavaScript value that is no number by the bits of a NaN: this head,
// in which the value's type stands, and the value's number in the list of values.
const head = 0x7ff80000;
const types: Partial<Record<string, number>> = { object: 1, string: 2, symbol: 3, function: 4 };

// Where Go's linker leaves room for the lists of arguments and of the environment,
// and a place in it.
const lists = 4096;
const variables = lists + 32;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Makes what a Go program imports, as lib/wasm/wasm_exec.js of the Go distribution
 * does, but for a program without callbacks, files and arguments; and none of these
 * functions calls back into Go before it returns. They are called with the place on
 * Go's stack after which the arguments stand, then the results. global is the one
 * object that the program can reach.
 */
export function goHost(global: object, timer: Timer, onExit: () => void): GoHost {
  let memory: WebAssembly.Memory;
  let view: DataView;
  // Go looks here for a callback to run.
  const go = { _pendingEvent: null };
  // Go knows the first ones by their numbers.
  const values: unknown[] = [NaN, 0, null, true, false, global, go];
  const ids = new Map(values.map((value, id) => [value, id]));
  const uses = values.map(() => Infinity);
  const free: number[] = [];

  const look = (): void => void (view = new DataView(memory.buffer));
  // What lies beyond 2 GB comes as a negative number. Addresses and lengths have 64
  // bits, but 32 are enough for them.
  const int = (at: number): number => view.getUint32(at >>> 0, true);
  const setInt = (at: number, value: number): void => view.setUint32(at >>> 0, value, true);
  const setInt64 = (at: number, value: number): void => {
    setInt(at, value);
    setInt(at + 4, value / 2 ** 32);
  };
  const bytes = (at: number): Uint8Array => new Uint8Array(memory.buffer, int(at), int(at + 8));
  const text: ReadText = (at, length) => decoder.decode(new Uint8Array(memory.buffer, at >>> 0, length));
  const string = (at: number): string => text(int(at), int(at + 8));
  const value = (at: number): unknown => {
    const number = view.getFloat64(at >>> 0, true);
    return isNaN(number) ? values[int(at)] : number || undefined;
  };
  const list = (at: number): unknown[] => Array.from({ length: int(at + 8) }, (_, i) => value(int(at) + i * 8));
  const setValue = (at: number, value: unknown): void => {
    if (value === undefined || (value && typeof value === "number")) return view.setFloat64(at >>> 0, (value as number) ?? 0, true);
    let id = ids.get(value);
    if (id === undefined) {
      id = free.pop() ?? values.length;
      values[id] = value;
      uses[id] = 0;
      ids.set(value, id);
    }
    uses[id]!++;
    setInt(at, id);
    setInt(at + 4, head | (value === null ? 0 : (types[typeof value] ?? 0)));
  };
  /** Leaves what call gives, or what it throws, and then which of the two. */
  const setResult = (at: number, call: () => unknown): void => {
    let ok = 1;
    let result;
    try {
      result = call();
    } catch (error) {
      result = error;
      ok = 0;
    }
    setValue(at, result);
    view.setUint8((at + 8) >>> 0, ok);
  };

  const imports: Record<string, (sp: number) => void> = {
    "runtime.wasmExit": onExit,
    // Only to tell why it panicked.
    "runtime.wasmWrite": (sp) => console.error(text(int(sp + 16), int(sp + 24))),
    "runtime.resetMemoryDataView": look,
    // Never 0, which Go takes for no time.
    "runtime.nanotime1": (sp) => setInt64(sp + 8, performance.now() * 1e6 + 1),
    "runtime.walltime": (sp) => {
      const now = Date.now();
      setInt64(sp + 8, now / 1000);
      setInt(sp + 16, (now % 1000) * 1e6);
    },
    // A delay of more than 32 bits has been cut down by Go.
    "runtime.scheduleTimeoutEvent": (sp) => {
      timer.set(int(sp + 8));
      setInt(sp + 16, 1);
    },
    "runtime.clearTimeoutEvent": () => timer.forget(),
    "runtime.getRandomData": (sp) => void crypto.getRandomValues(bytes(sp + 8) as Uint8Array<ArrayBuffer>),
    "syscall/js.finalizeRef": (sp) => {
      const id = int(sp + 8);
      if (--uses[id]!) return;
      ids.delete(values[id]);
      values[id] = null;
      free.push(id);
    },
    "syscall/js.stringVal": (sp) => setValue(sp + 24, string(sp + 8)),
    "syscall/js.valueGet": (sp) => setValue(sp + 32, (value(sp + 8) as Members)[string(sp + 16)]),
    "syscall/js.valueCall": (sp) => setResult(sp + 56, () => (value(sp + 8) as Members)[string(sp + 16)]!(...list(sp + 32))),
    "syscall/js.valueNew": (sp) => setResult(sp + 40, () => new (value(sp + 8) as Constructor)(...list(sp + 16))),
    "syscall/js.valuePrepareString": (sp) => {
      const encoded = encoder.encode(String(value(sp + 8)));
      setValue(sp + 16, encoded);
      setInt64(sp + 24, encoded.length);
    },
    "syscall/js.valueLoadString": (sp) => bytes(sp + 16).set(value(sp + 8) as Uint8Array),
  };
  return {
    text,
    // What is linked but never called need not be there.
    imports: new Proxy(imports, { get: (given, name: string) => given[name] ?? (() => { throw new Error(name); }) }),
    run({ mem, run }) {
      memory = mem;
      look();
      // A page gets none of its memory back, and reading allocates nothing: better
      // to collect often than to grow. The package runtime/debug would cost more.
      // The list of arguments, which is empty, is followed by the environment's.
      setInt(lists + 8, variables);
      encoder.encodeInto("GOGC=25", new Uint8Array(mem.buffer, variables));
      run(0, lists);
    },
  };
}
