/** The head of a response as the module takes it. */
export interface ResponseHead {
  readonly status: number;
  /** "name: value" lines, names in lower case. */
  readonly headers: string;
  /** The start of the body, where the response is no success. */
  readonly body: Uint8Array | undefined;
}

/** Looks at one chunk of the body; false means that no more is wanted. */
export type ChunkReader = (chunk: Uint8Array<ArrayBufferLike>) => boolean;

// As much as the module looks at.
const maxErrorBody = 64 << 10;

// How long to wait for the whole of an error's body, in milliseconds. The status
// is known, and the page should not wait for the rest of it.
const errorBodyMs = 3000;

// How long a body may go on after all of use was read, in milliseconds.
const releaseMs = 1000;

/** One request and its response. */
export class Attempt {
  readonly #abort = new AbortController();
  readonly #response: Promise<Response>;
  #body: ReadableStreamDefaultReader<Uint8Array> | undefined;

  /** Sends the request, once its parts are there. */
  constructor(input: RequestInfo | URL, init: RequestInit | Promise<RequestInit>) {
    const { signal } = this.#abort;
    const send = (init: RequestInit): Promise<Response> => {
      // A Request is cloned, so that its body can be sent again by the next attempt.
      const target = typeof Request !== "undefined" && input instanceof Request ? input.clone() : input;
      return fetch(target, { ...init, signal });
    };
    // Some pages wrap fetch and lose the signal; the attempt must end all the same.
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    this.#response = Promise.race([init instanceof Promise ? init.then(send) : send(init), aborted]);
    // Its failure is seen by whoever asks for the head; until then it is nobody's.
    this.#response.catch(() => {});
  }

  /** Aborted when the request is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Waits for the response's head. */
  async head(): Promise<ResponseHead> {
    const response = await this.#response;
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    this.#body = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
    const head = { status: response.status, headers };
    return { ...head, body: response.ok ? undefined : await this.#start(maxErrorBody) };
  }

  /**
   * Reads the body to its end, a chunk each time that more is called. begin is
   * called before, take with the chunk, and more settles with what after gives.
   */
  read<R>(begin: () => void, take: ChunkReader, after: () => R | Promise<R>): { readonly more: () => Promise<R>; readonly done: Promise<void> } {
    const body = this.#body;
    const { signal } = this;
    let over = !body;
    let end: (error?: unknown) => void;
    const done = new Promise<void>((resolve, reject) => {
      end = (error) => {
        over = true;
        if (error === undefined) resolve();
        else reject(error);
      };
      if (over) resolve();
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    const onChunk = ({ done, value }: ReadableStreamReadResult<Uint8Array>): R | Promise<R> => {
      // What comes after an abort is no longer the attempt's.
      if (!over && !signal.aborted && (done || !take(value))) {
        end();
      }
      return after();
    };
    const onError = (error: unknown): R | Promise<R> => {
      end(error);
      return after();
    };
    const more = (): Promise<R> => {
      if (over) return Promise.resolve().then(after);
      begin();
      return body!.read().then(onChunk, onError);
    };
    return { more, done };
  }

  /** Ends the request, whatever it is doing. */
  abort(): void {
    this.#abort.abort();
    this.#body?.cancel().catch(() => {});
  }

  /** Lets the body end by itself, so that its connection can serve again. One that goes on is cut. */
  async release(): Promise<void> {
    const timer = setTimeout(() => this.abort(), releaseMs);
    try {
      while (this.#body && !(await this.#body.read()).done);
    } catch {
      // It was cut.
    }
    clearTimeout(timer);
  }

  /** Reads at most limit bytes of the body and drops the rest. */
  async #start(limit: number): Promise<Uint8Array> {
    const start = new Uint8Array(limit);
    const body = this.#body;
    let length = 0;
    const timer = setTimeout(() => void body?.cancel().catch(() => {}), errorBodyMs);
    try {
      while (body && length < limit) {
        const { done, value } = await body.read();
        if (done) break;
        const part = value.subarray(0, limit - length);
        start.set(part, length);
        length += part.length;
      }
      if (length === limit) void this.release();
    } catch {
      // The status alone must do: the body was cut off.
    }
    clearTimeout(timer);
    return start.subarray(0, length);
  }
}
