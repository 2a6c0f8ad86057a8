/** A queue with one reader, who waits for items, and one writer, who waits until they are read. */
export class Queue<T> {
  #items: T[] = [];
  #at = 0;
  #readers: { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void }[] = [];
  #drained: (() => void) | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** Adds items. After close they are dropped. */
  push(items: readonly T[]): void {
    if (this.#end) return;
    let i = 0;
    for (; i < items.length && this.#readers.length > 0; i++) {
      this.#readers.shift()!.resolve({ done: false, value: items[i]! });
    }
    if (i === items.length) return;
    if (this.#at === this.#items.length) {
      this.#items = i === 0 ? items.slice() : items.slice(i);
      this.#at = 0;
    } else {
      for (; i < items.length; i++) this.#items.push(items[i]!);
    }
  }

  /** Ends the queue once what is in it has been read; with an error, reading then fails. */
  close(end: { readonly error?: unknown } = {}): void {
    if (this.#end) return;
    this.#end = end;
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
    this.#drained?.();
  }

  /** Ends the queue at once and drops what was not read. */
  discard(error: unknown): void {
    this.#items = [];
    this.#at = 0;
    this.close({ error });
  }

  /** The next item. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#at < this.#items.length) {
      const value = this.#items[this.#at++]!;
      if (this.#at === this.#items.length) {
        this.#items = [];
        this.#at = 0;
      }
      return Promise.resolve({ done: false, value });
    }
    const waiting = new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      const reader = { resolve, reject };
      if (this.#end) this.#finish(reader);
      else this.#readers.push(reader);
    });
    // Asked for more: everything before has been read.
    this.#drained?.();
    return waiting;
  }

  /** Settles once the reader has asked for more than there is, or the queue has ended. */
  drained(): Promise<void> | undefined {
    if (this.#readers.length > 0 || this.#end) return undefined;
    return new Promise((resolve) => {
      this.#drained = () => {
        this.#drained = undefined;
        resolve();
      };
    });
  }

  #finish(reader: { resolve(result: IteratorResult<T, undefined>): void; reject(error: unknown): void }): void {
    const end = this.#end!;
    if ("error" in end) reader.reject(end.error);
    else reader.resolve({ done: true, value: undefined });
  }
}
