/** Makes the bodies that fetch will answer with, one a request. */
export type Body = () => ReadableStream<Uint8Array<ArrayBuffer>>;

const waiting: Body[] = [];
let refused = "";

/** The page's own fetch, for what the network shall give. */
export const realFetch = globalThis.fetch.bind(globalThis);

/** The fetch that every reader uses: it answers with the next body. A request too many is answered with a failure and remembered. */
async function answer(): Promise<Response> {
  const body = waiting.shift();
  if (!body) {
    refused = "a reader sent a request that was not expected";
    return new Response(null, { status: 400 });
  }
  return new Response(body(), { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

/** Puts answer in the place of the page's fetch. */
export function replaceFetch(): void {
  globalThis.fetch = answer;
}

/** Has the next requests answered with these bodies, in this order. */
export function serve(bodies: readonly Body[]): void {
  waiting.splice(0, waiting.length, ...bodies);
  refused = "";
}

/** Throws unless every body was asked for, once. */
export function allServed(): void {
  if (refused) throw new Error(refused);
  if (waiting.length > 0) throw new Error(`${waiting.length} replies were not asked for`);
}

/** A body that gives a chunk whenever it is asked for one: nothing waits for a network. */
export function ready(chunks: readonly Uint8Array<ArrayBuffer>[]): Body {
  let next = 0;
  return () =>
    new ReadableStream(
      {
        pull(controller) {
          if (next < chunks.length) controller.enqueue(chunks[next++]!);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
}

/** A body that is given its chunks from outside. Once its reader has given it up, nothing happens. */
export class Pushed {
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;

  readonly body: Body = () =>
    new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.#controller = undefined;
      },
    });

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#controller?.enqueue(chunk);
  }

  close(): void {
    this.#controller?.close();
    this.#controller = undefined;
  }
}
