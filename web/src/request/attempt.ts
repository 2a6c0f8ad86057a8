import { later } from "./later.ts";
import { errorBodyMs, errorBodyPauseMs, errorBodyStartMs, maxErrorBody } from "../module/border.gen.ts";
import { requestOf } from "./options.ts";

/** The head of a response as the module takes it. */
export interface ResponseHead {
  readonly status: number;
  /** The start of the body, where the response is no success. */
  readonly body: Uint8Array | undefined;
}

/** Looks at one chunk of the body; false means that no more is wanted. */
export type ChunkReader = (chunk: Uint8Array<ArrayBufferLike>) => boolean;

// How long a body may go on after all of use was read, in milliseconds.
const releaseMs = 1000;

// The status of a response without a body.
const noContent = 204;

/** A body that is being read. */
export interface Reading<R> {
  /** Reads the next chunk. */
  more(): Promise<R>;
  /** Reads all that is left. */
  drain(): Promise<void>;
  /** Settles when no chunk is taken any more; it rejects with what ended the body. */
  readonly done: Promise<void>;
  /** Whether that is so. */
  over(): boolean;
  /** Has no further chunk taken. */
  stop(): void;
}

/** One request and its response. */
export class Attempt {
  readonly #abort = new AbortController();
  /** Aborted when the request is to end. */
  readonly signal: AbortSignal;
  /** What fetch gives. */
  readonly response: Promise<Response>;
  /** What was looked at of the body of a response that is no success. */
  readonly begun: Uint8Array[] = [];
  /** A read of the body whose chunk nobody has taken. */
  #pending: Promise<ReadableStreamReadResult<Uint8Array>> | undefined;
  #source: Response | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** Ends what reads the body. */
  #onAbort: (reason: unknown) => void = () => {};
  /** Whether the body was read to its end. */
  #read = false;

  /** Sends the request; outer ends it too. */
  constructor(input: string | URL | Request, init: RequestInit, outer?: AbortSignal) {
    const signal = (this.signal = outer ? AbortSignal.any([this.#abort.signal, outer]) : this.#abort.signal);
    // A Request is cloned, so that its body can be sent again by the next attempt.
    const target = requestOf(input)?.clone() ?? input;
    const fetched = fetch(target, { ...init, signal });
    this.response = new Promise((resolve, reject) => {
      // Some pages wrap fetch and lose the signal; the attempt must end all the same.
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        this.#onAbort(signal.reason);
        this.#cancel();
      }, { once: true });
      Promise.resolve(fetched).then((response) => resolve((this.#source = response)), reject);
    });
    // Its failure is seen by whoever asks for the head; until then it is nobody's.
    this.response.catch(() => {});
  }

  /** Waits for the response's head. With keep, a response that is no success can still be handed on whole: begun, and what next gives. */
  async head(keep = false): Promise<ResponseHead> {
    const response = await this.response;
    const { ok, status } = response;
    const empty = isEmpty(response);
    if (!ok && !empty) return { status, body: await this.#start(keep) };
    // Without a body there is nothing to look at, whatever the status promises.
    return { status: ok && keep && empty ? noContent : status, body: undefined };
  }

  /** A header of the response, empty if it is not there. */
  header(name: string): string {
    try {
      return this.#source!.headers.get(name) ?? "";
    } catch {
      return ""; // no real response, then
    }
  }

  /** Reads on where read has stopped. */
  next(): Promise<ReadableStreamReadResult<Uint8Array>> {
    const pending = this.#pending ?? this.#body!.read();
    this.#pending = undefined;
    return pending;
  }

  /**
   * Reads the body to its end, a chunk each time that more is called. begin is
   * called before, take with the chunk, and more settles with what after gives.
   * drain reads all that is left; begin is called once. After stop no chunk is taken.
   */
  read<R>(begin: () => void, take: ChunkReader, after: () => R | Promise<R>): Reading<R> {
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
      // It may have been aborted since the head came, when nobody listened.
      if (signal.aborted) end(signal.reason);
      this.#onAbort = end;
    });
    /** Takes a chunk that has come, unless it is no longer the attempt's. */
    const came = ({ done, value }: ReadableStreamReadResult<Uint8Array>): void => {
      if (over) return;
      // Whoever hears of an abort first may be asked for the next chunk before this is.
      if (signal.aborted) return end(signal.reason);
      this.#pending = undefined;
      this.#read = done;
      if (done || !take(value)) end();
    };
    const onChunk = (result: ReadableStreamReadResult<Uint8Array>): R | Promise<R> => {
      came(result);
      return after();
    };
    const onError = (error: unknown): R | Promise<R> => {
      end(error);
      return after();
    };
    return {
      done,
      stop: () => end(),
      over: () => over,
      more: () => {
        // After whoever has been waiting for the end has heard of it.
        if (over) return done.then(after, after);
        begin();
        this.#pending = body!.read();
        return this.#pending.then(onChunk, onError);
      },
      drain: async () => {
        if (over) return;
        try {
          begin();
          while (!over) came(await body!.read());
        } catch (error) {
          end(error);
        }
      },
    };
  }

  // A body that nobody looks at is not locked: the page may read it.
  get #body(): ReadableStreamDefaultReader<Uint8Array> | undefined {
    return (this.#reader ??= this.#source?.body?.getReader());
  }

  /** Ends the request, whatever it is doing. */
  abort(): void {
    this.#cancel(); // first: what an abort does to a body that is read, nobody hears in Node
    this.#abort.abort();
  }

  #cancel(): void {
    this.#reader?.cancel().catch(() => {});
  }

  /** Lets the body end by itself, so that its connection can serve again. One that goes on is cut. */
  async release(): Promise<void> {
    const body = this.#body;
    if (!body || this.#read) return;
    const forget = later(releaseMs, () => this.abort());
    try {
      while (!(await body.read()).done);
    } catch {
      // It was cut.
    }
    forget();
  }

  /** Reads the body as far as the module looks at it. */
  async #start(keep: boolean): Promise<Uint8Array> {
    const { begun } = this;
    const body = this.#body;
    const until = performance.now() + errorBodyMs;
    let length = 0;
    try {
      while (body && length < maxErrorBody) {
        const read = (this.#pending = body.read());
        const got = await within(Math.min(length ? errorBodyPauseMs : errorBodyStartMs, until - performance.now()), read);
        if (!got || this.#pending !== read) break; // or somebody reads on
        this.#pending = undefined;
        if ((this.#read = got.done)) break;
        begun.push(got.value!);
        length += got.value!.length;
      }
    } catch {
      // The status alone must do: the body was cut off.
    }
    if (!keep) void this.release();
    const start = new Uint8Array(Math.min(length, maxErrorBody));
    let at = 0;
    for (const chunk of begun) {
      start.set(chunk.subarray(0, start.length - at), at);
      at += chunk.length;
    }
    return start;
  }
}

/** Whether a response has no body; browsers give some an empty one that may not be read. */
export function isEmpty({ body, status }: Response): boolean {
  return !body || [204, 205, 304].includes(status);
}

/** What comes of work, or undefined after so many milliseconds. */
function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
