import type { ChatStreamMessage, ChatStreamReset } from "./types.gen.ts";

/** One server-sent event of the provider, and the reply text that it adds. */
export type MessageEvent = { readonly type: "message" } & Readonly<ChatStreamMessage>;

/** Everything before it is void: the reply starts over. */
export type ResetEvent = { readonly type: "reset" } & Readonly<ChatStreamReset>;

/** What iterating a stream yields. */
export type RetryStreamEvent = MessageEvent | ResetEvent;

// The layout of wasm/memory.go: five words a record.
const words = 5;
const kindReset = 1;

// ignoreBOM: a BOM inside the reply is text. The stream's own was dropped in Go.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes the records of one feed. The views point into the module's memory; nothing of them is kept. */
export function decodeRecords(heads: Uint32Array, bytes: Uint8Array): RetryStreamEvent[] {
  // One decode for all, where bytes and UTF-16 units coincide; substrings are
  // then much cheaper than a decode each.
  const all = decoder.decode(bytes);
  const ascii = all.length === bytes.length;
  let at = 0;
  const take = (length: number): string => {
    if (length === 0) return "";
    const from = at;
    at += length;
    return ascii ? all.substring(from, at) : decoder.decode(bytes.subarray(from, at));
  };
  const events: RetryStreamEvent[] = [];
  for (let i = 0; i < heads.length; i += words) {
    if (heads[i] === kindReset) {
      events.push({ type: "reset", attempt: heads[i + 1]! });
      continue;
    }
    const event = take(heads[i + 1]!) || "message";
    const id = take(heads[i + 2]!);
    const data = take(heads[i + 3]!);
    const text = take(heads[i + 4]!);
    events.push({ type: "message", event, data, id, text });
  }
  return events;
}
