import type * as Retrystream from "../../../web/src/index.ts";
import { replaceFetch } from "./source.ts";

/** What one chunk brought. */
export interface Batch {
  readonly reset: boolean;
  readonly text: string;
  readonly events: readonly Retrystream.RetryStreamEvent[];
}

export type Module = typeof Retrystream;
export type Stream = Retrystream.RetryStream & { batches(): AsyncIterable<Batch> };

/** Loads retrystream.js, which is served beside the page, as a page would. */
export function load(folder = "dist"): Promise<Module> {
  const address = `/${folder}/retrystream.js`;
  return import(address) as Promise<Module>;
}

const memories: WebAssembly.Memory[] = [];

/** The size of all WebAssembly memory that the page has made, in bytes. */
export function wasmBytes(): number {
  return memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0);
}

/** Takes note of every memory that the instances to come export. */
function watchMemories(): void {
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = (async (module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const instance = await instantiate(module, imports);
    for (const exported of Object.values(instance.exports)) {
      if (exported instanceof WebAssembly.Memory) memories.push(exported);
    }
    return instance;
  }) as typeof instantiate;
}

/** Loads the script and the module, and those of the build to compare with if there is one, then takes the network away. */
export async function start(): Promise<readonly [Module, Module | undefined]> {
  watchMemories();
  const module = await load();
  await module.init();
  const other = await load("against").catch(() => undefined);
  await other?.init();
  replaceFetch();
  return [module, other];
}

/** Whether this build of retrystream can give a chunk's events at once. */
export function hasBatches(module: Module): boolean {
  const stream = module.retryStream("https://example.com/", { signal: AbortSignal.abort() });
  return "batches" in stream;
}
