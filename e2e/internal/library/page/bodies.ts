// Functions for the tests that give the responses' bodies themselves, chunk by
// chunk, with no network between them and the library.
import type { Batch, Stream, StreamEvent } from "./types.ts";

// Requests to addresses that start so are answered by serve.
const fakeOrigin = "https://reply.example/";
export const chatURL = fakeOrigin + "v1/chat/completions";
/** An address that tells of no provider, so that any data will do. */
export const eventsURL = fakeOrigin + "events";

const bodiesToServe: ReadableStream[] = [];

/** Has the page answer requests to those addresses itself. */
export function answerRequests(): void {
  const pageFetch = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    if (!String(input).startsWith(fakeOrigin)) return pageFetch(input, init);
    const body = bodiesToServe.shift();
    if (!body) throw new Error("a request that no test expects");
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

/** Answers the next requests with these bodies, in this order. */
export function serve(...bodies: ReadableStream[]): void {
  bodiesToServe.splice(0, bodiesToServe.length, ...bodies);
}

const encoder = new TextEncoder();
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text) as Uint8Array<ArrayBuffer>;

/** What a body is made of; an Error breaks it off. */
export type Part = string | Uint8Array | Error;

/** A body that counts the questions for more, and tells whether the reader has given it up. */
export type Body = ReadableStream<Uint8Array> & { pulls: number; canceled: boolean };

/** A body that gives its chunks when they are asked for and not before. */
export function body(chunks: Iterable<Part>): Body {
  const rest = chunks[Symbol.iterator]();
  const counted = { pulls: 0, canceled: false };
  const stream: Body = Object.assign(
    new ReadableStream<Uint8Array>({
      pull(controller) {
        stream.pulls++;
        const { done, value } = rest.next() as IteratorResult<Part, undefined>;
        if (done) controller.close();
        else if (value instanceof Error) controller.error(value);
        else controller.enqueue(typeof value === "string" ? utf8(value) : value);
      },
      cancel() {
        stream.canceled = true;
      },
    }, { highWaterMark: 0 }),
    counted,
  );
  return stream;
}

/** A body that gives its chunks and then neither ends nor gives more. */
export function silentAfter(chunks: Part[]): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = rest.shift();
      if (next === undefined) return new Promise(() => {});
      if (next instanceof Error) controller.error(next);
      else controller.enqueue(typeof next === "string" ? utf8(next) : next);
      return undefined;
    },
  }, { highWaterMark: 0 });
}

/** Cuts bytes into chunks of a size. */
export function* cut(bytes: Uint8Array, size: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

export const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** An event of the OpenAI chat API that adds to the reply's text. */
export const delta = (content: string): string =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;

/** How a reply of that API ends. */
export const chatEnd = `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

/** A message as the iteration yields it. */
export interface PlainEvent {
  type: "message";
  event: string;
  data: string;
  id: string;
  seq?: number;
  text?: string;
}

/** Reads a whole event stream in the most obvious way, by the WHATWG rules: all is decoded first, then come the lines. */
export function plainEvents(bytes: Uint8Array): PlainEvent[] {
  const events: PlainEvent[] = [];
  let type = "", id = "", data: string[] = [];
  for (const line of new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (data.length > 0) events.push({ type: "message", event: type || "message", data: data.join("\n"), id });
      type = "", data = [];
      continue;
    }
    const [, name, value = ""] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
    if (name === "event") type = value;
    else if (name === "data") data.push(value);
    else if (name === "id" && !value.includes("\0")) id = value;
  }
  return withText(events);
}

/** Does so with a body of one JSON object a line. */
export function plainLines(bytes: Uint8Array): PlainEvent[] {
  const lines = new TextDecoder().decode(bytes).split("\n").map((line) => line.trim()).filter(Boolean);
  return withText(lines.map((data) => ({ type: "message", event: "message", data, id: "" })));
}

interface Spoken {
  choices?: { delta?: { content?: string } }[];
  message?: { content?: string };
}

/** Adds to each event its seq, and the text in its data. */
function withText(events: PlainEvent[]): PlainEvent[] {
  let half = "";
  for (const [i, event] of events.entries()) {
    event.seq = i + 1;
    const { choices, message } = (event.data.startsWith("{") ? JSON.parse(event.data) : {}) as Spoken;
    const text = half + (choices?.[0]?.delta?.content ?? message?.content ?? "");
    // Half a surrogate pair waits for the other half, in the next event. One
    // that stays alone is no character.
    half = /[\ud800-\udbff]$/.test(text) ? text.at(-1)! : "";
    event.text = text.slice(0, text.length - half.length).toWellFormed();
  }
  return events;
}

/** Reads a stream to its end by iterating it. */
export async function iterated(stream: Stream): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** Reads a stream to its end in batches. */
export async function batched(stream: Stream): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of stream.batches()) batches.push(batch);
  return batches;
}

/** Joins the text of events or batches, from the last reset on. */
export function textOf(items: Iterable<{ type?: string; reset?: boolean; text?: string }>): string {
  let text = "";
  for (const item of items) text = (item.type === "reset" || item.reset ? "" : text) + (item.text ?? "");
  return text;
}

/** Tells in words where two lists of events differ; each event must have exactly the members that it should. */
export function differences(got: readonly object[], want: readonly object[]): string[] {
  const show = (event: object | undefined) => (event ? JSON.stringify(event, Object.keys(event).sort()) : "nothing");
  const found = got.length === want.length ? [] : [`${got.length} events, not ${want.length}`];
  for (let i = 0; i < want.length && found.length < 4; i++) {
    const [g, w] = [show(got[i]), show(want[i])];
    if (g === w) continue;
    let at = 0;
    while (g[at] === w[at]) at++;
    found.push(`event ${i} from ${at} on: ${g.slice(at, at + 80)}, not ${w.slice(at, at + 80)}`);
  }
  return found;
}
