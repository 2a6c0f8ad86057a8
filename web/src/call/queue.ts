type Result<T> = IteratorResult<T, undefined>;

interface Reader<T> {
  resolve(result: Result<T> | Promise<Result<T>>): void;
  reject(error: unknown): void;
}

/** A queue that is filled no faster than it is read. Its readers get what take makes of an item. */
export class Queue<T, R> {
  /** Called with each item when it is handed out. */
  take: (item: T) => R;
  #items: T[] = [];
  #readers: Reader<R>[] = [];
  #end: { readonly error?: unknown } | undefined;
  #source: (() => Promise<Result<R>>) | undefined;
  #asking = false;

  constructor(take: (item: T) => R) {
    this.take = take;
  }

  /**
   * Who is asked when somebody waits for an item; undefined for nobody. It pushes
   * what there is, and settles with what answer gives then.
   */
  set source(source: (() => Promise<Result<R>>) | undefined) {
    this.#source = source;
    this.#asking = false;
    this.#serve();
  }

  /** What a source that has been asked settles with. */
  readonly answer = (): Result<R> | Promise<Result<R>> => {
    this.#asking = false;
    const item = this.#items.shift();
    if (item === undefined) return this.#wait(true);
    const value = this.take(item);
    this.#serve();
    return { done: false, value };
  };

  /** Adds an item. After close it is dropped. */
  push(item: T): void {
    if (this.#end) return;
    this.#items.push(item);
    if (!this.#asking) this.#serve();
  }

  /** Ends the queue once what is in it has been read; with an error, reading then fails. */
  close(end: { readonly error?: unknown } = {}): void {
    this.#end ??= end;
    this.#serve();
  }

  /** Ends the queue at once and drops what was not read. */
  discard(error: unknown): void {
    this.#items = [];
    this.close({ error });
  }

  /** The next item. */
  next(): Promise<Result<R>> {
    if (this.#source && !this.#asking && !this.#end && this.#items.length === 0) {
      // The usual case takes no promise of its own.
      this.#asking = true;
      return this.#source();
    }
    return this.#wait();
  }

  #wait(first = false): Promise<Result<R>> {
    return new Promise((resolve, reject) => {
      if (first) this.#readers.unshift({ resolve, reject });
      else this.#readers.push({ resolve, reject });
      this.#serve();
    });
  }

  /** Gives the readers what there is, and asks for more if somebody still waits. */
  #serve(): void {
    while (this.#readers.length > 0 && this.#items.length > 0) {
      this.#readers.shift()!.resolve({ done: false, value: this.take(this.#items.shift()!) });
    }
    if (this.#end) {
      for (const reader of this.#readers.splice(0)) {
        if ("error" in this.#end) reader.reject(this.#end.error);
        else reader.resolve({ done: true, value: undefined });
      }
    } else if (this.#source && !this.#asking && this.#readers.length > 0) {
      this.#asking = true;
      this.#readers.shift()!.resolve(this.#source());
    }
  }
}
