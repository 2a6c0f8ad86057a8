// What the tests of batches and of the two ways to iterate run in pages.
import { batched, body, chatEnd, chatURL, cut, delta, iterated, serve, silentAfter, textOf, utf8, type Part } from "../../internal/library/page/bodies.ts";
import { passTime, skipTime, takeTime } from "../../internal/library/page/clock.ts";
import { ask, describe, idle, task, type Thrown } from "../../internal/library/page/read.ts";
import type { Batch, Stream, StreamEvent } from "../../internal/library/page/types.ts";

/** Batches as objects that travel as JSON. */
const inPlain = (batches: Batch[]): Batch[] => batches.map(({ reset, text, events }) => ({ reset, text, events }));

/** Starts a stream whose waits are cut short. */
function hurried(url: string): Stream {
  const stream = ask(url, { onRetry: () => stream.retryNow() });
  return stream;
}

/** A reply that is cut and tried again, read chunk by chunk in all ways. */
export async function batchesOfChunks() {
  const last = delta(" And you?") + chatEnd;
  const reply = () => {
    serve(
      body([delta("Bad"), ": waiting\n\n", delta(" be") + delta("ginning"), new TypeError("network error")]),
      body([delta("Hi, ") + delta("wörld") + delta(" 你好 🚀."), last.slice(0, 40), last.slice(40)]),
    );
    return hurried(chatURL);
  };
  const stream = reply();
  const batches = inPlain(await batched(stream));
  return { batches, text: await stream.text(), events: await iterated(reply()) };
}

/** The same reply of a server, read in batches and iterated. */
export const batchesOfServer = async (url: string, other: string): Promise<{ batches: Batch[]; events: StreamEvent[] }> =>
  ({ batches: inPlain(await batched(hurried(url))), events: await iterated(hurried(other)) });

type Leaving = "break" | "throw" | "return";

async function leave(stream: Stream, how: Leaving): Promise<void> {
  try {
    for await (const batch of stream.batches()) {
      if (batch.text === "") continue;
      if (how === "throw") throw new Error("enough");
      if (how === "return") return;
      break;
    }
  } catch (error) {
    if ((error as Error).message !== "enough") throw error;
  }
}

/** What becomes of streams whose loop is left. */
export async function leaveBatches(url: string, how: Leaving) {
  const onServer = ask(url);
  await leave(onServer, how);
  const source = body([delta(""), delta("text"), delta(" more"), chatEnd]);
  serve(source);
  const stream = ask(chatURL);
  await leave(stream, how);
  await idle();
  return { server: onServer.status.phase, phase: stream.status.phase, pulls: source.pulls, canceled: source.canceled };
}

type Way = "iterate" | "batches";

const open = (stream: Stream, way: Way): AsyncIterator<StreamEvent | Batch, undefined> =>
  way === "batches" ? stream.batches()[Symbol.asyncIterator]() : stream[Symbol.asyncIterator]();

/** What a second reader of a stream is told, and what the first one reads. */
export async function readTwice(first: Way | "text", second: Way) {
  serve(body([delta("a") + delta("b"), delta("c"), chatEnd]));
  const stream = ask(chatURL);
  const reader = first === "text" ? undefined : open(stream, first);
  const whole = first === "text" ? stream.text() : undefined;
  let error;
  try {
    open(stream, second);
  } catch (thrown) {
    error = describe(thrown);
  }
  let text = "";
  for (let item; reader && !(item = await reader.next()).done; ) text += (item.value as Batch).text;
  return { error, text: (await whole) ?? text };
}

/** What is wrong with the answers to whoever asks several times before the first one. */
export async function askAtOnce(way: Way, atOnce: number): Promise<string[]> {
  const reply = () => {
    const long = delta("d") + delta("e") + delta("f");
    serve(
      body([delta("1") + delta("2") + delta("3"), delta("4"), new TypeError("network error")]),
      body([delta("a"), ": waiting\n\n", delta("b") + delta("c"), long.slice(0, 100), long.slice(100), delta("g") + chatEnd]),
    );
    return hurried(chatURL);
  };
  const plain = ({ done, value }: IteratorResult<StreamEvent | Batch, undefined>): string => {
    const { text, reset, events, type } = (value ?? {}) as Partial<Batch> & { type?: string };
    return JSON.stringify({ done, text, reset, events, type });
  };
  const want: string[] = [];
  for (let reader = open(reply(), way), answer; !answer?.done; ) want.push(plain((answer = await reader.next())));

  const reader = open(reply(), way);
  const got: string[] = [];
  const turns: number[] = []; // in which order the answers came
  while (got.length < want.length) {
    const asked = Array.from({ length: atOnce }, () => reader.next());
    asked.forEach((answer, i) => void answer.then(() => turns.push(got.length + i)));
    const answers = await Promise.all(asked);
    await task();
    got.push(...answers.map(plain));
  }
  const problems = want.filter((answer, i) => got[i] !== answer);
  if (got.slice(want.length).some((answer) => answer !== want.at(-1))) problems.push("no end after the end");
  if (way === "iterate" && want.length !== 4 + 1 + 9 + 1) problems.push(`${want.length} answers`);
  if (turns.some((turn, i) => turn !== i)) problems.push(`answers out of turn: ${turns}`);
  return problems;
}

/** What all are told who wait when a stream fails. */
export async function askAtOnceAndFail(): Promise<string[][]> {
  const answers: string[][] = [];
  for (const way of ["iterate", "batches"] as const) {
    serve(body([delta("a"), delta("b"), new TypeError("network error")]));
    const reader = open(ask(chatURL, { maxAttempts: 1 }), way);
    const asked = Array.from({ length: 4 }, () => reader.next());
    const settled = await Promise.allSettled(asked);
    answers.push(settled.map((answer) => (answer.status === "rejected" ? (answer.reason as Error).name : (answer.value.value as Batch).text)));
  }
  return answers;
}

/** How far ahead of its consumer a body is read, in each of the ways, at each look. */
export async function readAhead(chunks: number): Promise<Record<string, number[]>> {
  type Look = (consumed: number) => Promise<void>;
  const run = async (read: (stream: Stream, look: Look) => Promise<void>): Promise<number[]> => {
    const source = body([...Array.from({ length: chunks }, (_, i) => delta(`piece ${i}`)), chatEnd]);
    serve(source);
    const stream = ask(chatURL);
    const ahead: number[] = [];
    const look = async (consumed: number): Promise<void> => {
      await idle();
      ahead.push(source.pulls - consumed);
    };
    await idle();
    await look(0);
    await read(stream, look);
    ahead.push(source.pulls - chunks - 1);
    return ahead;
  };
  const slowly = async (items: AsyncIterable<unknown>, look: Look): Promise<void> => {
    let consumed = 0;
    for await (const _ of items) if (++consumed < 20) await look(consumed);
  };
  return {
    batches: await run((stream, look) => slowly(stream.batches(), look)),
    iteration: await run((stream, look) => slowly(stream, look)),
    nobody: await run(async (stream, look) => {
      for (let i = 0; i < 5; i++) await look(0);
      await stream.text();
    }),
  };
}

const kindOf = (error: unknown): string => String((error as Thrown).kind);

/** How a stream fails whose page looks away for longer than the silence timeout, and then reads on. */
export async function lookAway(): Promise<{ first: string; kind: string }> {
  takeTime();
  serve(silentAfter([delta("one")]));
  const reading = ask(chatURL, { silenceTimeoutMs: 200, maxAttempts: 1 })[Symbol.asyncIterator]();
  const first = ((await reading.next()).value as { text?: string }).text!;
  await passTime(1000);
  const kind = await reading.next().then(() => "more", kindOf);
  return { first, kind };
}

/** What comes of streams that the page begins to read late. */
export async function readLate(): Promise<Record<string, string>> {
  takeTime();
  const ways: Record<string, (stream: Stream) => Promise<string>> = {
    text: (stream) => stream.text(),
    iteration: async (stream) => textOf(await iterated(stream)),
    batches: async (stream) => textOf(await batched(stream)),
  };
  const found: Record<string, string> = {};
  for (const [name, read] of Object.entries(ways)) {
    for (const last of [[chatEnd], []]) {
      serve(silentAfter([delta("one"), ...last]));
      const stream = ask(chatURL, { silenceTimeoutMs: 200, maxAttempts: 1 });
      await passTime(500);
      found[name + (last.length > 0 ? "" : ", cut")] = await read(stream).catch(kindOf);
    }
  }
  return found;
}

/** What is read of a reply that flows while the time of day stands still. */
export async function readWhileDateStands(): Promise<string[]> {
  await retrystream.init();
  takeTime();
  const fixed = Date.now();
  Date.now = () => fixed;
  const found: string[] = [];
  for (const read of [(stream: Stream) => stream.text(), async (stream: Stream) => textOf(await iterated(stream))]) {
    const chunks: Part[] = [...Array.from("abcdefghijklmnopqrstuvwxyz".repeat(8), (letter) => delta(letter)), chatEnd];
    serve(new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        skipTime(1000);
        await task();
        const chunk = chunks.shift();
        if (chunk === undefined) controller.close();
        else controller.enqueue(utf8(chunk as string));
      },
    }, { highWaterMark: 0 }));
    found.push(await read(ask(chatURL, { silenceTimeoutMs: 60_000, maxAttempts: 1 })).catch(kindOf));
  }
  return found;
}

/** How streams end that are given up about when their response comes, in all ways and some turns. */
export async function giveUpAsTheHeadComes(): Promise<string[]> {
  const later = async (turns: number): Promise<void> => {
    while (turns-- > 0) await undefined;
  };
  let arrived = (): void => {};
  const ways: ((stream: Stream) => Promise<unknown>)[] = [(stream) => stream.text(), iterated, batched];
  const found: string[] = [];
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    if (!String(input).startsWith(chatURL)) return fetch(input, init);
    // The page is busy until the time is over, then the response comes.
    await task();
    for (const until = performance.now() + 30; performance.now() < until; );
    arrived();
    return new Response(body([delta("one"), chatEnd]));
  };
  await retrystream.init();
  for (const read of ways) {
    for (let turns = 0; turns < 20; turns++) {
      const stream = ask(chatURL, { silenceTimeoutMs: 20, maxAttempts: 1 });
      // Whatever calls into the module has it look at its clocks.
      arrived = () => void later(turns).then(() => stream.retryNow());
      const how = await read(stream).then(() => "read", kindOf);
      if (!found.includes(how)) found.push(how);
    }
  }
  return found.sort();
}

/** Which of many streams in one tab, whose chunks come in turn, got another text than their own. */
export async function interleave(streams: number): Promise<string[]> {
  const words = (i: number) => Array.from({ length: 8 }, (_, n) => ` ${i}` + ["st", "é", "你好", "🚀"][(i + n) % 4]!.repeat(1 + (n % 3)));
  const sources = Array.from({ length: streams }, (_, i) => {
    const bytes = utf8(words(i).map(delta).join("") + chatEnd);
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({ start: (c) => void (controller = c) });
    return { chunks: [...cut(bytes, 90 + (i % 50))], controller, stream };
  });
  serve(...sources.map(({ stream }) => stream));
  const texts = sources.map(async (_, i) => {
    const stream = ask(chatURL);
    if (i % 3 === 0) return stream.text();
    return textOf(i % 3 === 1 ? await batched(stream) : await iterated(stream));
  });
  await Promise.resolve();
  for (let turn = 0; sources.some(({ chunks }) => turn < chunks.length); turn++) {
    for (const { chunks, controller } of sources) {
      if (turn < chunks.length) controller.enqueue(chunks[turn]!);
      if (turn === chunks.length - 1) controller.close();
    }
    await task();
  }
  const all = await Promise.all(texts);
  const wrong = all.flatMap((text, i) => (text === words(i).join("") ? [] : [`${i}: ${text}`]));
  return all.length === streams ? wrong : [...wrong, "not all"];
}
