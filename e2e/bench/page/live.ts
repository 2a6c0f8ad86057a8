import { createParser } from "eventsource-parser";

import { openaiChat } from "./generate.ts";
import { cut, type Reply } from "./input.ts";
import { textOf } from "./paths.ts";
import type { Module } from "./retrystream.ts";
import { Pushed, serve } from "./source.ts";

/** Reads a reply as it comes; seen is called for each event, with the text that it adds. */
type Live = (url: string, seen: (text: string) => void) => Promise<void>;

/** The readers that are given events at the pace of a model. */
export function liveReaders({ retryStream }: Module): ReadonlyMap<string, Live> {
  const open = async (url: string): Promise<ReadableStreamDefaultReader<Uint8Array>> =>
    (await fetch(url, { method: "POST" })).body!.getReader();
  return new Map<string, Live>([
    [
      "bare read loop",
      async (url, seen) => {
        const reader = await open(url);
        while (!(await reader.read()).done) seen("");
      },
    ],
    [
      "eventsource-parser + JSON.parse",
      async (url, seen) => {
        const text = textOf["openai-chat"];
        const parser = createParser({ onEvent: (event) => seen(text(event.data)) });
        const decoder = new TextDecoder();
        const reader = await open(url);
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          parser.feed(decoder.decode(value, { stream: true }));
        }
      },
    ],
    [
      "retrystream",
      async (url, seen) => {
        for await (const event of retryStream(url, { method: "POST" })) seen(event.type === "reset" ? "" : event.text);
      },
    ],
  ]);
}

/** Sends a reply's events one by one, one every interval milliseconds, and notes when each one went. */
function send(source: Pushed, reply: Reply, interval: number): { sent: number[]; finished: Promise<void> } {
  const chunks = cut(reply, 1);
  const sent: number[] = [];
  const finished = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const chunk = chunks[sent.length];
      if (chunk) {
        sent.push(performance.now());
        source.push(chunk);
      } else {
        clearInterval(timer);
        source.close();
        resolve();
      }
    }, interval);
  });
  return { sent, finished };
}

/**
 * How long each event is on its way from its chunk's arrival to the page's code,
 * in milliseconds, by reader. The readers run beside each other, each with
 * events of its own, and never in the same moment.
 */
export async function delays(module: Module, events: number, perSecond: number): Promise<Record<string, number[]>> {
  const reply = openaiChat(events, "latin");
  const readers = [...liveReaders(module)];
  const interval = 1000 / perSecond;
  const all = await Promise.all(
    readers.map(async ([name, read], i) => {
      const source = new Pushed();
      const got: number[] = [];
      await new Promise((resolve) => setTimeout(resolve, 100 * i + (interval / readers.length) * i));
      serve([source.body]);
      const reading = read(reply.url, () => void got.push(performance.now()));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { sent, finished } = send(source, reply, interval);
      await Promise.all([reading, finished]);
      if (got.length !== sent.length) throw new Error(`${name} saw ${got.length} events of ${sent.length}`);
      return [name, got.map((at, k) => at - sent[k]!)] as const;
    }),
  );
  return Object.fromEntries(all);
}

/** Has one reader read at that pace, for the driver to look at the CPU time. */
export async function live(module: Module, name: string, events: number, perSecond: number): Promise<void> {
  const reply = openaiChat(events, "latin");
  const source = new Pushed();
  serve([source.body]);
  let text = "";
  let count = 0;
  const reading = liveReaders(module).get(name)!(reply.url, (part) => {
    text += part;
    count++;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await Promise.all([send(source, reply, 1000 / perSecond).finished, reading]);
  if (count !== events) throw new Error(`${name} saw ${count} events of ${events}`);
  if (text !== reply.text && name !== "bare read loop") throw new Error(`${name} read another text`);
}
