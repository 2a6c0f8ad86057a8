/** Go's support code for WebAssembly, as far as it is used here. */
export interface Go {
  readonly importObject: { readonly gojs: Record<string, (sp: number) => void> };
  /** The program's memory. */
  readonly mem: DataView;
  exited: boolean;
  _resume(): void;
  run(instance: WebAssembly.Instance): Promise<void>;
}

/** Gives Go's class, made with scope in place of the global object. The build makes this file's code from the Go distribution's wasm_exec.js. */
export default function loadGo(scope: object): new () => Go;
