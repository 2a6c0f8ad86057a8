// What the tests of the library's fetch do with it.
import { answerRequests, body, chatEnd, chatURL, cut, delta, serve, utf8 } from "../../internal/library/page/bodies.ts";
import { look, post, type Look } from "../../internal/library/page/fetch.ts";
import { ask, idle, task } from "../../internal/library/page/read.ts";
import type { FetchOptions, Send } from "../../internal/library/page/types.ts";

const create = (options?: FetchOptions): Send => retrystream.createRetryFetch(options);

/** What a request looks like with the page's own fetch, and with the library's. */
export async function both(url: string, init: (helpers: { post: typeof post }) => RequestInit): Promise<{ want: Look; got: Look }> {
  return { want: await look(fetch(url, init({ post }))), got: await look(create()(url, init({ post }))) };
}

/** The text of an address that is no server's. */
export const textOfData = (): Promise<string> => create()("data:text/plain,hi").then((r) => r.text()).catch(String);

/** The text of a Request, and what comes of one that was used. */
export async function requests(url: string): Promise<string[]> {
  const send = create();
  const request = new Request(url, { method: "POST", body: "x" });
  const first = await send(request).then((r) => r.text());
  await request.text();
  return [first, await send(request).then(() => "sent", (e: Error) => e.name)];
}

/** What a response of a JSON document can do. */
export async function abilities(url: string): Promise<unknown[]> {
  const send = create();
  const response = await send(url);
  const clone = response.clone();
  const tees = (await send(url)).body!.tee().map((half) => new Response(half).text());
  return [
    ((await response.json()) as { object: unknown }).object, ((await clone.json()) as { object: unknown }).object, clone.url === url, response.bodyUsed,
    (await (await send(url)).blob()).size, ...(await Promise.all(tees)),
  ];
}

let controller: AbortController;
export let seen: Look | undefined;

/** Sends a request that abort ends. */
export function sendAbortable(url: string): void {
  controller = new AbortController();
  seen = undefined;
  void look(create({ holdMs: 60_000 })(url, post({ signal: controller.signal }))).then((s) => (seen = s));
}

export const abort = (): void => controller.abort();

/** What comes of a request whose signal has fired before. */
export const sendAborted = (url: string): Promise<Look> => look(create()(url, post({ signal: AbortSignal.abort() })));

/** Ways to let go of a body. */
const lettingGo: Record<string, (response: Response) => unknown> = {
  "canceled": (r) => r.body!.cancel(),
  "canceled later": async (r) => {
    const reader = r.body!.getReader();
    await reader.read();
    await reader.cancel();
  },
  "never read": () => {},
  "read a little": (r) => r.body!.getReader().read().then(() => {}),
};

export const letGo = (url: string, way: string): Promise<void> => create({ holdMs: 100 })(url, post()).then(async (r) => void (await lettingGo[way]!(r)));

export let piped = "";
let pipe: Promise<void> | undefined;

/** Reads a reply through a pipe, as SDKs do, and keeps nothing else of it. */
export function readThroughPipe(url: string): void {
  piped = "";
  const run = async (): Promise<void> => {
    const decoded = (await create()(url, post())).body!.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>);
    for await (const text of decoded) piped += text;
  };
  pipe = run();
}

export const pipeEnded = (): Promise<void> => pipe!;

/** Makes garbage, and lets it be collected. */
export async function makeGarbage(): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const waste: object[] = [];
    for (let n = 0; n < 20_000; n++) waste.push({ n });
    await task();
  }
}

/** How many chunks were asked for before anybody read, after ten were read, and how many bytes too many came. */
export async function pulls(): Promise<number[]> {
  answerRequests();
  const source = body([...Array(100).fill(delta("word ")), chatEnd]);
  serve(source);
  const response = await create()(chatURL, post());
  const found: number[] = [];
  await idle();
  found.push(source.pulls);
  const reader = response.body!.getReader();
  for (let i = 0; i < 10; i++) await reader.read();
  await idle();
  found.push(source.pulls);
  let left = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    left += value.length;
  }
  return [...found, left - 90 * delta("word ").length - chatEnd.length];
}

/** The first chunk of a reply that is held so long. */
export async function firstChunk(url: string, holdMs: number): Promise<string> {
  const response = await create({ holdMs })(url, post());
  const { value } = await response.body!.getReader().read();
  return new TextDecoder().decode(value);
}

/** What createRetryFetch says of options. */
export function complaint(options: FetchOptions): string | undefined {
  try {
    create(options);
    return undefined;
  } catch (e) {
    return (e as Error).message;
  }
}

/** What retryFetch says of an option that there is not. */
export const complaintOfInit = (): Promise<string> =>
  retrystream.retryFetch("/", { method: "POST", holdMS: 1 } as RequestInit).then(() => "sent", String);

/** The phases that the fetch itself tells of in a call, while nobody listens to the next one. */
export async function phases(url: string): Promise<string[]> {
  const send = create();
  const told: string[] = [];
  const unsubscribe = send.subscribe((status) => {
    told.push(status.phase);
    if (status.phase === "retrying") send.retryNow();
  });
  await send(url, post()).then((r) => r.text());
  await task();
  unsubscribe();
  await send(url, post()).then((r) => r.text());
  return [...told, send.status.phase];
}

/** What comes of a call that is canceled at once. */
export function cancelAtOnce(url: string): Promise<string> {
  const send = create();
  const answer = send(url, post()).then(() => "sent", (e: Error) => e.name);
  send.cancel();
  return answer;
}

/** How often the page is told that its SDK retries too. */
export async function warnings(url: string): Promise<number> {
  const send = create();
  for (const count of ["0", "1", "2"]) await send(url, post({ headers: { "x-stainless-retry-count": count } })).then((r) => r.text());
  return logged.filter((line) => line.includes("maxRetries: 0")).length;
}

/** What came of a body, of the read that waits, and of the call, after cancel. */
export async function cancelWhileOpen(url: string): Promise<string[]> {
  const send = create({ holdMs: 1 });
  const response = await send(url, post());
  const reader = response.body!.getReader();
  const { value } = await reader.read();
  const next = reader.read().then(({ done }) => `done ${done}`, ({ name }: Error) => name);
  await task();
  send.cancel();
  return [new TextDecoder().decode(value), await next, send.status.phase];
}

/** What a request with two attempts says of an error whose body stays open, where no timer of three seconds ever ends. */
export async function openError(url: string, relays: boolean): Promise<string> {
  const plain = setTimeout;
  globalThis.setTimeout = ((run: TimerHandler, ms = 0, ...args: unknown[]) => (ms > 2500 ? 0 : plain(run, ms, ...args))) as typeof setTimeout;
  const options = { maxAttempts: 2, delays: { initialMs: 1 } };
  try {
    if (!relays) return await ask(url, options).text();
    const { status } = await create(options)(url, post());
    return `status ${status}`;
  } catch (e) {
    return (e as Error).message;
  }
}

/** How long a text is that came in as many chunks as bytes, and whether it is the one that was sent. */
export async function manyChunks(): Promise<[length: number, same: boolean]> {
  answerRequests();
  const reply = "{" + " ".repeat(200_000);
  serve(body(cut(utf8(reply), 1)));
  const response = await create()(chatURL, post());
  const text = await response.text();
  return [text.length, text === reply];
}
