import type { Exports } from "./module.ts";
import type { Memory } from "./records.ts";

const encoder = new TextEncoder();

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

  /** Puts two texts or bytes where Go finds them. Gives where the second begins and where it ends. */
  put(first: string, rest: Uint8Array | string = ""): [cut: number, bytes: number] {
    const most = 3 * (first.length + rest.length); // so many bytes may a character take
    if (most === 0) return [0, 0];
    const to = this.reserve(most);
    const cut = encoder.encodeInto(first, to).written;
    if (typeof rest === "string") return [cut, rest === "" ? cut : cut + encoder.encodeInto(rest, to.subarray(cut)).written];
    to.set(rest, cut);
    return [cut, cut + rest.length];
  }
}
