import { openaiChat } from "./generate.ts";
import { cut, type Reply } from "./input.ts";
import type { Module } from "./retrystream.ts";
import { allServed, Pushed, ready, serve } from "./source.ts";

/** Reads so many short replies to their end, one after another. */
export async function finish(module: Module, streams: number): Promise<void> {
  const reply = openaiChat(20, "latin");
  for (let i = 0; i < streams; i++) {
    serve([ready(cut(reply, 1))]);
    const text = await module.retryStream(reply.url, { method: "POST" }).text();
    if (text !== reply.text) throw new Error(`reply ${i} of ${streams} came out different`);
    allServed();
  }
}

/** Streams that are open at the same time. */
export interface Crowd {
  /** Gives every stream its next chunk, in turn, until the fraction of all chunks has been given. */
  feed(until: number): Promise<void>;
  /** Waits until all have ended and checks each one's text. */
  end(): Promise<void>;
}

/** Makes as many replies, each with a text of its own. */
export function crowdReplies(streams: number, events: number): Reply[] {
  return Array.from({ length: streams }, (_, i) => openaiChat(events, i % 2 ? "wide" : "latin", i + 1));
}

/** Opens a stream for each reply. The chunks are of a size that falls anywhere within events. */
export async function crowd(module: Module, replies: readonly Reply[]): Promise<Crowd> {
  const chunkSize = 500;
  const sources = replies.map(() => new Pushed());
  serve(sources.map((source) => source.body));
  const texts = replies.map((reply) => module.retryStream(reply.url, { method: "POST" }).text());
  // Whoever fails is seen at the end.
  for (const text of texts) text.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  allServed();
  const longest = Math.max(...replies.map((reply) => reply.wire.length));
  let from = 0;
  return {
    async feed(until) {
      for (; from < longest * until; from += chunkSize) {
        sources.forEach((source, i) => {
          const { wire } = replies[i]!;
          if (from < wire.length) source.push(wire.slice(from, from + chunkSize));
        });
        await new Promise((resolve) => setTimeout(resolve));
      }
    },
    async end() {
      for (const source of sources) source.close();
      const all = await Promise.all(texts);
      const wrong = all.filter((text, i) => text !== replies[i]!.text).length;
      if (wrong > 0) throw new Error(`${wrong} of ${replies.length} streams came out different`);
    },
  };
}
