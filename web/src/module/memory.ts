import type { Exports } from "./module.ts";
import type { Memory } from "./records.ts";

export const encoder = new TextEncoder();

const nothing = new Uint8Array();

/** The memory of a running module, and the bytes in it that are reserved for the next call. */
export class ModuleMemory {
  readonly #exports: Exports;
  readonly #mailbox: number;
  #views: Memory | undefined;

  constructor(exports: Exports) {
    this.#exports = exports;
    this.#mailbox = exports.mailbox(performance.now()) / 4;
  }

  /** The memory as it is now. A view made before the memory grew has no length any more. */
  get now(): Memory {
    if (!this.#views?.bytes.length) {
      const { buffer } = this.#exports.mem;
      this.#views = { bytes: new Uint8Array(buffer), words: new Uint32Array(buffer), mailbox: this.#mailbox };
    }
    return this.#views;
  }

  /** Has Go reserve so many bytes. */
  readonly reserve = (bytes: number): Uint8Array => {
    const at = this.#exports.reserve(bytes) >>> 0;
    return this.now.bytes.subarray(at, at + bytes);
  };

  /** Puts a text, and a text or bytes after it, where Go finds them. Gives where the second begins and where it ends. */
  put(first = "", rest: Uint8Array | string = nothing): [cut: number, bytes: number] {
    const after = typeof rest === "string" ? encoder.encode(rest) : rest;
    const most = 3 * first.length + after.length; // so many bytes may a character take
    if (most === 0) return [0, 0];
    const to = this.reserve(most);
    const cut = encoder.encodeInto(first, to).written;
    to.set(after, cut);
    return [cut, cut + after.length];
  }
}
