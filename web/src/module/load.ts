import { check } from "../request/check.ts";
import { Engine } from "./engine.ts";
import type { InitOptions } from "./module.ts";

let source: InitOptions = {};
let loading: Promise<Engine> | undefined;
/** @internal Whether the module is there already. */
export let ready = false;

/**
 * Loads the module ahead of the first stream, or from somewhere else than
 * beside this script. Optional. Options count until the module has loaded; a
 * load that failed can be tried again.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  check("init", { wasmUrl: "url", wasmModule: "module" }, options);
  if (!loading && Object.keys(options).length > 0) source = options;
  await engine();
}

/** @internal The module, loaded once. After a failure the next call loads it afresh. */
export function engine(): Promise<Engine> {
  if (loading) return loading;
  const forget = (): void => {
    if (loading !== mine) return;
    loading = undefined;
    ready = false;
  };
  const mine = Engine.load(source, forget);
  mine.then(({ module }) => {
    source = { wasmModule: module };
    ready = loading === mine;
  }, forget);
  loading = mine;
  return mine;
}
