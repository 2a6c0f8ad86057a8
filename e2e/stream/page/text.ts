// What the tests of a reply's text and events run in pages.
import * as bodies from "../../internal/library/page/bodies.ts";
import { batched, body, chatEnd, chatURL, cut, delta, differences, fromBase64, iterated, plainEvents, plainLines, serve, silentAfter, textOf, utf8, type Part } from "../../internal/library/page/bodies.ts";
import { ask, type Thrown } from "../../internal/library/page/read.ts";

/**
 * Reads replies as text whose words come in few chunks or many, and that end in all the
 * ways there are; gives which of the texts were wrong.
 */
export async function readInBlocks(): Promise<string[]> {
  const words = (n: number, word: string) => Array.from({ length: n }, (_, i) => ` ${word}${i % 90}`);
  const error = 'data: {"error":{"message":"Overloaded","type":"server_error","code":503}}\n\n';
  const wrong: string[] = [];
  const check = (name: string, got: string | undefined, want: string): void => {
    if (got !== want) wrong.push(`${name}: ${String(got).length} characters, not ${want.length}`);
  };
  const ends: Record<string, (parts: string[]) => ReadableStream<Uint8Array>> = {
    "cut": (parts) => body([...parts, new TypeError("network error")]),
    "closed": (parts) => body(parts),
    "silent": silentAfter,
    "an error": (parts) => body([...parts, error]),
    "half an event": (parts) => body([...parts, delta("lost").slice(0, -20)]),
  };
  await retrystream.init();
  for (const n of [1, 3, 200, 1500]) {
    const word = n % 2 ? "w" : "日本🚀";
    const all = words(n, word).map(delta);
    const want = words(n, word).join("");
    serve(body([...all, chatEnd]));
    check(`${n} words`, await ask(chatURL).text(), want);
    // The words of one chunk reach over several blocks.
    serve(body([all.join(""), chatEnd]));
    check(`${n} words in a chunk`, await ask(chatURL).text(), want);

    for (const [end, broken] of Object.entries(ends)) {
      serve(broken(all));
      const failed = await ask(chatURL, { partial: "fail", silenceTimeoutMs: 300 }).text().then(() => ({}) as Thrown, (thrown: Thrown) => thrown);
      check(`${n} words, then ${end}`, failed.text, want);

      let before: string | undefined;
      serve(broken(all), body([...words(7, "new").map(delta), chatEnd]));
      const restarted = ask(chatURL, { beforeRetry: ({ text }) => void (before = text), silenceTimeoutMs: 300, delays: { initialMs: 1 } });
      check(`${n} words, then another reply after ${end}`, await restarted.text(), words(7, "new").join(""));
      check("before it", before, want);
    }
  }
  return wrong;
}

/**
 * Reads a body, cut into chunks of a size (0 for one chunk), in one of the three ways
 * and tells where that differs from how a plain reader sees it.
 */
export async function readCutInto(base64: string, url: "chatURL" | "eventsURL", plain: "plainEvents" | "plainLines", size: number, way: "iterated" | "batched" | "text") {
  const bytes = fromBase64(base64);
  const want = plain === "plainLines" ? plainLines(bytes) : plainEvents(bytes);
  serve(body(cut(bytes, size || bytes.length)));
  const stream = ask(bodies[url]);
  const batches = way === "batched" ? await batched(stream) : undefined;
  const events = batches ? batches.flatMap(({ events }) => events) : way === "iterated" ? await iterated(stream) : want;
  const problems = differences(events, want);
  for (const [name, text] of Object.entries({ "text()": await stream.text(), items: textOf(batches ?? (events as typeof want)) })) {
    if (text !== textOf(want)) problems.push(`${name} has another text: ${text.slice(0, 100)}`);
  }
  return { problems, events: want.length, text: textOf(want).length };
}

/** Whether events and batches stay as they were while a longer reply is read. */
export async function keepEvents(base64: string, url: "chatURL" | "eventsURL") {
  const bytes = fromBase64(base64);
  const want = plainEvents(bytes);
  const open = () => (serve(body(cut(bytes, 1000))), ask(bodies[url]));
  const events = await iterated(open());
  const batches = await batched(open()); // nobody looks into them yet
  const before = memories.at(-1)!.buffer.byteLength;

  serve(body([...Array.from({ length: 2000 }, (_, i) => delta(`later 晚 ${i}`)), delta("🚀".repeat(2 << 20)), chatEnd]));
  await iterated(ask(chatURL));
  const unread = batches.flatMap((batch) => batch.events);
  const problems = Object.entries({
    events,
    unread,
    clones: structuredClone(events),
    copies: unread.map((event) => ({ ...event })),
    json: JSON.parse(JSON.stringify(unread)) as object[],
  }).flatMap(([name, list]) => differences(list, want).map((text) => `${name}: ${text}`));
  return { problems, before, after: memories.at(-1)!.buffer.byteLength };
}

/** The texts of a reply that comes in chunks of these sizes. */
export async function readInSizes(reply: string, sizes: number[]): Promise<string[]> {
  await retrystream.init();
  const bytes = utf8(reply);
  const texts: string[] = [];
  for (const size of sizes) {
    serve(body(cut(bytes, size) as Iterable<Part>));
    texts.push(await ask(chatURL).text());
  }
  return texts;
}

/** Reads so many replies of a server, some at a time, and gives the size of the module's memory then. */
export async function readMany(url: string, n: number): Promise<number> {
  for (let i = 0; i < n; i += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, j) => ask(`${url}run${i}-${j}/v1/chat/completions`).text()));
  }
  return memories[0]!.buffer.byteLength;
}
