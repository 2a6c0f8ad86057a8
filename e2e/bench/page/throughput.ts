import { anthropicMessage, geminiReply, openaiChat, type Script } from "./generate.ts";
import { cut, type Reply } from "./input.ts";
import { ai, anthropic, bare, decoding, openai, others, parserText, relayed, retrystream, sdks, type Reader, type Result, type Work } from "./readers.ts";
import { recordings } from "./recordings.ts";
import { hasBatches, type Module } from "./retrystream.ts";
import { allServed, ready as served, serve } from "./source.ts";

/** A reader as the driver knows it. */
export interface ReaderInfo {
  readonly name: string;
  readonly work: Work;
  /** How many of the events it is given. */
  readonly events: number;
}

/** What is about to be read, and by whom. */
export interface Prepared {
  readonly replies: number;
  readonly events: number;
  readonly bytes: number;
  readonly readers: readonly ReaderInfo[];
}

/** One measured run. */
export interface Run {
  readonly ms: number;
  readonly events: number;
}

declare function gc(): void;

let make: (events: number) => readonly Reply[];
let size = 0;
let readers: readonly Reader[] = [];
/** The replies by how many events are asked of them. */
const inputs = new Map<number, readonly Reply[]>();

/** How many events a reply has that is read again and again. */
const lengths: Readonly<Record<string, number>> = { typical: 300, short: 20 };

const generators: Readonly<Record<string, (events: number, script: Script, seed: number) => Reply>> = {
  openai: openaiChat,
  anthropic: anthropicMessage,
  gemini: geminiReply,
};

/** Readers by another build. */
function before(list: readonly Reader[]): Reader[] {
  return list.map((reader) => ({ ...reader, name: `before: ${reader.name}` }));
}

/** Makes the input with about so many events. */
export async function prepare(module: Module, other: Module | undefined, input: string, events: number): Promise<Prepared> {
  const ours = retrystream(module, hasBatches(module));
  const text = (list: readonly Reader[]): Reader[] => list.filter((reader) => reader.work === "text");
  switch (input) {
    case "openai":
    case "wide":
      make = (n) => [openaiChat(n, input === "wide" ? "wide" : "latin")];
      readers = [bare, decoding, ...ours, ...others, openai, ai];
      break;
    case "anthropic":
      make = (n) => [anthropicMessage(n, "latin")];
      readers = [bare, decoding, ...text(ours), ...text(others), anthropic, ai];
      break;
    case "recordings": {
      const all = await recordings();
      make = (n) => repeated(all, n);
      readers = [bare, decoding, ...ours, ...others, sdks];
      break;
    }
    default: {
      const [length, provider] = input.split("-");
      const generate = generators[provider!];
      const each = lengths[length!];
      if (!generate || !each) throw new Error(`no input ${input}`);
      // Each reply has an id and words of its own.
      make = (n) => Array.from({ length: Math.max(1, Math.round(n / each)) }, (_, i) => generate(each, "latin", i + 1));
      const sdk = provider === "openai" ? [openai, ai] : provider === "anthropic" ? [anthropic, ai] : [];
      const { api } = generate(each, "latin", 1);
      readers = [bare, ours[0]!, parserText, ...(length === "typical" ? sdk : []), ...relayed(module, api, length === "typical")];
    }
  }
  if (other) {
    const all = [...retrystream(other, hasBatches(other)), ...relayed(other, "gemini", false).slice(1)];
    const same = (one: Reader) => (reader: Reader) => reader.name === one.name && reader.work === one.work;
    readers = [...readers, ...before(all.filter((one) => readers.some(same(one))))];
  }
  size = events;
  inputs.clear();
  const replies = inputFor(bare);
  return {
    replies: replies.length,
    events: total(replies),
    bytes: replies.reduce((sum, reply) => sum + reply.wire.length, 0),
    readers: readers.map((reader) => ({ name: reader.name, work: reader.work, events: total(inputFor(reader)) })),
  };
}

function total(list: readonly Reply[]): number {
  return list.reduce((sum, reply) => sum + reply.ends.length, 0);
}

function repeated(list: readonly Reply[], events: number): Reply[] {
  const times = Math.max(1, Math.round(events / total(list)));
  return Array.from({ length: times }, () => list).flat();
}

let reader: Reader = bare;
let results: Result[] = [];

/** Makes everything ready for the reader of that index. */
export async function ready(index: number, perChunk: number): Promise<void> {
  reader = readers[index]!;
  results = [];
  serve(inputFor(reader).map((reply) => served(cut(reply, perChunk))));
  gc();
  await new Promise((resolve) => setTimeout(resolve));
}

/** Reads every reply once, one after another. */
export async function run(): Promise<Run> {
  const read = inputFor(reader);
  const start = performance.now();
  for (const reply of read) {
    const result = await reader.read(reply);
    // A string put together of many is laid out in memory when it is first looked at.
    if (typeof result === "string") result.charCodeAt(result.length - 1);
    results.push(result);
  }
  return { ms: performance.now() - start, events: total(read) };
}

/** Checks what the reader made of the replies. */
export function check(): void {
  allServed();
  inputFor(reader).forEach((reply, i) => verify(reader, reply, results[i]!));
}

function inputFor(reader: Reader): readonly Reply[] {
  const events = Math.min(size, reader.most ?? size);
  let replies = inputs.get(events);
  if (!replies) {
    replies = make(events);
    inputs.set(events, replies);
  }
  // No SDK among the readers reads Gemini's streams; they are a small part of the recordings.
  return reader === sdks ? replies.filter((reply) => reply.api !== "gemini") : replies;
}

function verify(reader: Reader, reply: Reply, result: Result): void {
  let wrong = "";
  if (typeof result === "number") {
    if (result !== reply.wire.length) wrong = `${result} bytes, not ${reply.wire.length}`;
  } else if (typeof result === "string") {
    if (result !== reply.text) wrong = `${result.length} characters of text, not these ${reply.text.length}`;
  } else if (result.events !== reply.tally.events || result.length !== reply.tally.length || result.sum !== reply.tally.sum) {
    wrong = `${JSON.stringify(result)}, not ${JSON.stringify(reply.tally)}`;
  }
  if (wrong) throw new Error(`${reader.name} (${reader.work}) read ${wrong}, from ${reply.url}`);
}
