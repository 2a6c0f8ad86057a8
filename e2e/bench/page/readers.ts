import Anthropic from "@anthropic-ai/sdk";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { fetchEventSource } from "@microsoft/fetch-event-source";
import { streamText } from "ai";
import { createParser } from "eventsource-parser";
import { EventSourceParserStream } from "eventsource-parser/stream";
import OpenAI from "openai";

import { count, newTally, type Api, type Reply, type Tally } from "./input.ts";
import { textOf } from "./paths.ts";
import type { Module, Stream } from "./retrystream.ts";

/** What is read: the bytes alone, the reply's text, or every event's data. Relayed is the text, by a reader that is given another fetch than the page's. */
export type Work = "bytes" | "text" | "events" | "relayed";

type Fetch = typeof fetch;

/** The page's own fetch, as it is when it is called. */
const pages: Fetch = (...args) => fetch(...args);

/** What a reader made of a reply. */
export type Result = number | string | Tally;

/** One way to read a reply. */
export interface Reader {
  readonly name: string;
  readonly work: Work;
  /** The most events that it is given, where all would take too long. */
  readonly most?: number;
  read(reply: Reply): Promise<Result>;
}

const messages = [{ role: "user" as const, content: "Hello" }];
// So many events are enough for a figure of a slow reader, and of a very slow one.
const slow = 20_000;
const verySlow = 2_000;
// The SDKs insist on a key; nothing is ever sent.
const apiKey = "none";
const asked = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };

async function open(reply: Reply, by = pages): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { body } = await by(reply.url, asked);
  return body!;
}

/** Reads the body to its end and parses nothing: nobody can be faster. */
export const bare: Reader = {
  name: "bare read loop",
  work: "bytes",
  async read(reply) {
    const reader = (await open(reply)).getReader();
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return bytes;
      bytes += value.length;
    }
  },
};

/** Decodes each chunk too: nobody who gives strings of all data can be faster. */
export const decoding: Reader = {
  name: "bare read loop + TextDecoder",
  work: "bytes",
  async read(reply) {
    const decoder = new TextDecoder();
    const reader = (await open(reply)).getReader();
    let bytes = 0;
    let letters = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
      letters += decoder.decode(value, { stream: true }).length;
    }
    return letters > 0 ? bytes : 0;
  },
};

/** A reader of text and a reader of events, of a library that gives data strings. */
function both(name: string, most: number, each: (reply: Reply, data: (data: string) => void) => Promise<void>): Reader[] {
  return [
    {
      name: `${name} + JSON.parse`,
      work: "text",
      most,
      async read(reply) {
        const text = textOf[reply.api];
        let out = "";
        await each(reply, (data) => {
          out += text(data);
        });
        return out;
      },
    },
    {
      name,
      work: "events",
      most,
      async read(reply) {
        const tally = newTally();
        await each(reply, (data) => count(tally, data));
        return tally;
      },
    },
  ];
}

async function parse(reply: Reply, data: (data: string) => void, by = pages): Promise<void> {
  const parser = createParser({ onEvent: (event) => data(event.data) });
  const decoder = new TextDecoder();
  const reader = (await open(reply, by)).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parser.feed(decoder.decode(value, { stream: true }));
  }
}

const parser = both("eventsource-parser", Infinity, parse);

/** The leanest parser alone. */
export const parserText = parser[0]!;

/** What else people read streams with. */
export const others: readonly Reader[] = [
  ...parser,
  ...both("EventSourceParserStream", slow, async (reply, data) => {
    const events = (await open(reply)).pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const event of events) data(event.data);
  }),
  ...both("@microsoft/fetch-event-source", slow, (reply, data) =>
    fetchEventSource(reply.url, {
      ...asked,
      openWhenHidden: true,
      // It makes a message of a comment too.
      onmessage: (event) => {
        if (event.data) data(event.data);
      },
      onerror: (error) => {
        throw error;
      },
    }),
  ),
];

async function openaiText(reply: Reply, by = pages): Promise<string> {
  const client = new OpenAI({ apiKey, dangerouslyAllowBrowser: true, maxRetries: 0, fetch: by });
  let out = "";
  if (reply.api === "openai-responses") {
    for await (const event of await client.responses.create({ model: "gpt-4o-mini", input: "Hello", stream: true })) {
      if (event.type === "response.output_text.delta") out += event.delta;
    }
    return out;
  }
  for await (const chunk of await client.chat.completions.create({ model: "gpt-4o-mini", messages, stream: true })) {
    out += chunk.choices[0]?.delta?.content ?? "";
  }
  return out;
}

async function anthropicText(_: Reply, by = pages): Promise<string> {
  const client = new Anthropic({ apiKey, dangerouslyAllowBrowser: true, maxRetries: 0, fetch: by });
  let out = "";
  for await (const event of await client.messages.create({ model: "claude-sonnet-4-0", max_tokens: 1024, messages, stream: true })) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta") out += event.delta.text;
  }
  return out;
}

/** The OpenAI SDK's own way to the text. */
export const openai: Reader = { name: "openai", work: "text", most: slow, read: (reply) => openaiText(reply) };

/** The Anthropic SDK's own way to the text. */
export const anthropic: Reader = { name: "@anthropic-ai/sdk", work: "text", most: slow, read: (reply) => anthropicText(reply) };

/** Each reply by its provider's own SDK. */
export const sdks: Reader = {
  name: "openai, @anthropic-ai/sdk",
  work: "text",
  most: slow,
  read: (reply) => (reply.api === "anthropic-messages" ? anthropicText(reply) : openaiText(reply)),
};

async function aiText(reply: Reply, by = pages): Promise<string> {
  const options = { apiKey, fetch: by };
  const model = reply.api === "anthropic-messages" ? createAnthropic(options)("claude-sonnet-4-0") : createOpenAI(options).chat("gpt-4o-mini");
  let failed: { error: unknown } | undefined;
  const { textStream } = streamText({
    model,
    prompt: "Hello",
    maxRetries: 0,
    onError: ({ error }) => {
      failed = { error };
    },
  });
  let out = "";
  for await (const text of textStream) out += text;
  if (failed) throw failed.error;
  return out;
}

/** The AI SDK. */
export const ai: Reader = { name: "ai streamText", work: "text", most: verySlow, read: (reply) => aiText(reply) };

/** Hands a body's chunks on and looks at nothing: no fetch that looks at them can cost less. */
const idle: Fetch = async (...args) => {
  const response = await fetch(...args);
  const reader = response.body!.getReader();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, response);
};

/** What the same readers make of a reply when they are given another fetch: the parser, and SDKs that know the API. */
export function relayed({ createRetryFetch }: Module, api: Api, withSDKs: boolean): readonly Reader[] {
  const parsed = async (reply: Reply, by: Fetch): Promise<string> => {
    const text = textOf[reply.api];
    let out = "";
    await parse(reply, (data) => (out += text(data)), by);
    return out;
  };
  const relay = createRetryFetch() as Fetch;
  const on = ({ name, most }: Reader, fetchName: string, by: Fetch, read: (reply: Reply, by: Fetch) => Promise<string>): Reader => ({
    name: `${name} on ${fetchName}`,
    work: "relayed",
    ...(most && { most }),
    read: (reply) => read(reply, by),
  });
  const readers = [on(parserText, "an idle relay", idle, parsed), on(parserText, "createRetryFetch", relay, parsed)];
  if (!withSDKs || api === "gemini") return readers;
  const sdk = api === "anthropic-messages" ? on(anthropic, "createRetryFetch", relay, anthropicText) : on(openai, "createRetryFetch", relay, openaiText);
  return [...readers, sdk, on(ai, "createRetryFetch", relay, aiText)];
}

/** retrystream's ways to the text and to the events. */
export function retrystream({ retryStream }: Module, withBatches: boolean): readonly Reader[] {
  const stream = (reply: Reply): Stream => retryStream(reply.url, asked) as Stream;
  const single: Reader[] = [
    { name: "retrystream text()", work: "text", read: (reply) => stream(reply).text() },
    {
      name: "retrystream for await",
      work: "text",
      async read(reply) {
        let out = "";
        for await (const event of stream(reply)) {
          if (event.type === "reset") out = "";
          else out += event.text;
        }
        return out;
      },
    },
    {
      name: "retrystream for await",
      work: "events",
      async read(reply) {
        const tally = newTally();
        for await (const event of stream(reply)) {
          if (event.type !== "reset") count(tally, event.data);
        }
        return tally;
      },
    },
  ];
  const batched: Reader[] = [
    {
      name: "retrystream batches()",
      work: "text",
      async read(reply) {
        let out = "";
        for await (const batch of stream(reply).batches()) {
          if (batch.reset) out = "";
          out += batch.text;
        }
        return out;
      },
    },
    {
      name: "retrystream batches()",
      work: "events",
      async read(reply) {
        const tally = newTally();
        for await (const batch of stream(reply).batches()) {
          for (const event of batch.events) {
            if (event.type !== "reset") count(tally, event.data);
          }
        }
        return tally;
      },
    },
  ];
  return withBatches ? [...single, ...batched] : single;
}
