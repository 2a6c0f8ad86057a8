/** The APIs whose streams are read. */
export type Api = "openai-chat" | "openai-responses" | "anthropic-messages" | "gemini";

/** One streamed reply: its bytes, and what a reader that loses nothing makes of them. */
export interface Reply {
  readonly api: Api;
  readonly url: string;
  readonly wire: Uint8Array<ArrayBuffer>;
  /** Where each event ends in wire, its blank line included. */
  readonly ends: readonly number[];
  readonly text: string;
  readonly tally: Readonly<Tally>;
}

/** What reading every data string gives. */
export interface Tally {
  events: number;
  /** The length of all data, in UTF-16 units. */
  length: number;
  /** A checksum that depends on the order. */
  sum: number;
}

export function newTally(): Tally {
  return { events: 0, length: 0, sum: 0 };
}

/** Reads one data string. */
export function count(tally: Tally, data: string): void {
  tally.events++;
  tally.length += data.length;
  tally.sum = (Math.imul(tally.sum, 31) + data.length + data.charCodeAt(data.length >> 1) + data.charCodeAt(data.length - 1)) | 0;
}

/** The reply's chunks with so many events each, every one in memory of its own. */
export function cut(reply: Reply, perChunk: number): Uint8Array<ArrayBuffer>[] {
  const chunks = [];
  for (let from = 0, i = perChunk; from < reply.wire.length; i += perChunk) {
    const to = reply.ends[Math.min(i, reply.ends.length) - 1]!;
    chunks.push(reply.wire.slice(from, to));
    from = to;
  }
  return chunks;
}

/** Puts a reply together of its events, each written as it goes over the wire. */
export function build(api: Api, url: string, events: Iterable<{ wire: string; data: string; text: string }>): Reply {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  const ends: number[] = [];
  const texts: string[] = [];
  const tally = newTally();
  let length = 0;
  for (const event of events) {
    const bytes = encoder.encode(event.wire);
    parts.push(bytes);
    length += bytes.length;
    ends.push(length);
    if (event.text) texts.push(event.text);
    count(tally, event.data);
  }
  const wire = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    wire.set(part, at);
    at += part.length;
  }
  return { api, url, wire, ends, text: texts.join(""), tally };
}
