/** Bytes in the chunks in which they came. To take the first does not move the others: there may be as many chunks as bytes. */
export class Chunks {
  #chunks: Uint8Array[] = [];
  #at = 0;

  get empty(): boolean {
    return this.#at === this.#chunks.length;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
  }

  /** The first chunk, or as much of it as is wanted; undefined if there is none. */
  shift(most = Infinity): Uint8Array | undefined {
    const chunk = this.#chunks[this.#at];
    if (chunk && chunk.length > most) {
      this.#chunks[this.#at] = chunk.subarray(most);
      return chunk.subarray(0, most);
    }
    // What was taken is let go of once it is half of all, which costs each chunk one move.
    if (chunk && 2 * ++this.#at >= this.#chunks.length) this.#chunks.splice(0, this.#at), (this.#at = 0);
    return chunk;
  }
}
