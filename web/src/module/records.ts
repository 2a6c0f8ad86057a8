import type { ChatStreamMessageEvent, ChatStreamResetEvent } from "../event/types.gen.ts";

/** What iterating a stream yields: those of a reply's events that are the reply. Their seq counts them alone. */
export type RetryStreamEvent = ChatStreamMessageEvent | ChatStreamResetEvent;

/** What came in one go: the events that one chunk of the response completed. */
export interface Batch {
  /** Whether the reply starts over with this batch: everything before it is void. */
  readonly reset: boolean;
  /** The reply text that the batch adds, often empty. */
  readonly text: string;
  /** The events, a reset among them. */
  readonly events: readonly RetryStreamEvent[];
}

// The layout of a record, from wasm/memory.go: the place of the data in the
// chunk, and the lengths of data, type, id and text.
const recordWords = 5;
const inSide = 0x10000;
const isReset = 0x10001;

// ignoreBOM: a BOM inside the reply is text. The stream's own was dropped in Go.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

// Up to how many bytes it is faster to build a string by hand than to ask the decoder.
const shortText = 32;

const nothing = new Uint8Array();

// The short strings that were made last, by a hash of their bytes: their lengths,
// bytes, and what they are. A reply has the same words again and again, and its
// events the same types.
const slots = 1024;
const knownLength = new Uint8Array(slots);
const knownBytes = new Uint8Array(slots * shortText);
const known: string[] = new Array(slots).fill("");

/** Decodes the bytes from one place to another. */
function decode(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length === 0) return "";
  if (length > shortText) return decoder.decode(bytes.subarray(from, to));
  let slot = length;
  for (let i = from; i < to; i++) slot = (Math.imul(slot, 31) + bytes[i]!) % slots;
  const at = slot * shortText;
  if (knownLength[slot] === length) {
    let i = 0;
    while (i < length && knownBytes[at + i] === bytes[from + i]) i++;
    if (i === length) return known[slot]!;
  }
  for (let i = 0; i < length; i++) knownBytes[at + i] = bytes[from + i]!;
  knownLength[slot] = length;
  return (known[slot] = isASCII(bytes, from, to) ? String.fromCharCode.apply(null, bytes.subarray(from, to) as unknown as number[]) : decoder.decode(bytes.subarray(from, to)));
}

/** The module's memory, and where in it the records are. */
export interface Memory {
  readonly bytes: Uint8Array;
  /** The same memory as bytes. */
  readonly words: Uint32Array;
  /** The mailbox's place in words. */
  readonly mailbox: number;
}

/** The records of one feed. The events are not made before somebody reads them. */
export class Records implements Batch {
  readonly reset: boolean;
  readonly text: string;
  readonly #words: number[];
  readonly #seq: number;
  readonly #chunk: Uint8Array;
  readonly #side: Uint8Array;
  /** The events' texts, where they cannot be cut from all. */
  readonly #texts: string[] | undefined;
  #events: RetryStreamEvent[] | undefined;

  /** Takes the records that Go has left; chunk is what was fed, seq the first event's. Nothing of the module's memory is kept. */
  constructor({ bytes, words, mailbox }: Memory, chunk: Uint8Array, seq: number) {
    const at = words[mailbox + 2]! >>> 2;
    const count = words[mailbox + 3]!;
    let textAt = words[mailbox + 4]!;
    const textLength = words[mailbox + 5]!;
    const sideAt = words[mailbox + 6]!;
    const sideLength = words[mailbox + 7]!;
    // An array: a typed array this small costs more to make than to fill.
    const records = new Array<number>(count);
    for (let i = 0; i < count; i++) records[i] = words[at + i]!;
    this.#words = records;
    this.#seq = seq;
    this.#chunk = chunk;
    this.#side = sideLength > 0 ? bytes.slice(sideAt, sideAt + sideLength) : nothing;
    this.reset = records[0] === isReset;
    this.text = decode(bytes, textAt, textAt + textLength);
    if (this.text.length === textLength || count === recordWords) return;
    // Places in bytes are not places in the string. And a character's bytes may be
    // split between two texts: joined they would be another text.
    this.#texts = [];
    for (let i = 4; i < count; i += recordWords) this.#texts.push(decode(bytes, textAt, (textAt += records[i]!)));
    this.text = this.#texts.join("");
  }

  get events(): readonly RetryStreamEvent[] {
    return (this.#events ??= this.#read());
  }

  /** How many events there are. */
  get count(): number {
    return this.#words.length / recordWords;
  }

  #read(): RetryStreamEvent[] {
    const words = this.#words;
    const side = this.#side;
    const single = words.length === recordWords;
    const chunk = single ? undefined : new InChunk(this.#chunk, words);
    let sideAt = 0;
    let textAt = 0;
    let seq = this.#seq;
    const events: RetryStreamEvent[] = [];
    for (let i = 0; i < words.length; i += recordWords) {
      const at = words[i]!;
      const length = words[i + 1]!;
      if (at === isReset) {
        events.push({ type: "reset", seq: seq++, attempt: length });
        continue;
      }
      const event = decode(side, sideAt, (sideAt += words[i + 2]!)) || "message";
      const id = decode(side, sideAt, (sideAt += words[i + 3]!));
      const data = at === inSide ? decode(side, sideAt, (sideAt += length)) : chunk ? chunk.next(at, length) : oneOf(this.#chunk, at, length);
      const text = single ? this.text : this.#texts ? this.#texts[i / recordWords]! : this.text.substring(textAt, (textAt += words[i + 4]!));
      events.push({ type: "message", seq: seq++, event, data, id, text });
    }
    return events;
  }
}

/** What a feed has left of which nobody reads the events. */
export function readText({ bytes, words, mailbox }: Memory): Pick<Batch, "reset" | "text"> {
  const at = words[mailbox + 4]!;
  let from = at;
  let text = "";
  let reset = false;
  const end = (words[mailbox + 2]! >>> 2) + words[mailbox + 3]!;
  for (let i = words[mailbox + 2]! >>> 2; i < end; i += recordWords) {
    if (words[i] === isReset) reset = true;
    else {
      // A character's bytes are split here: joined they would be another text.
      const to = at + words[i + 1]!;
      text += decode(bytes, from, to);
      from = to;
    }
  }
  return { reset, text: text + decode(bytes, from, at + words[mailbox + 5]!) };
}

/** The data of the one event in a chunk. */
function oneOf(chunk: Uint8Array, at: number, length: number): string {
  const end = at + length;
  // To decode all and cut is faster than to cut and decode, if that is most of it.
  if (2 * length > chunk.length) {
    const all = decoder.decode(chunk);
    if (all.length === chunk.length || (isASCII(chunk, 0, at) && isASCII(chunk, end, chunk.length))) {
      return all.substring(at, all.length - (chunk.length - end));
    }
  }
  return decode(chunk, at, end);
}

function isASCII(bytes: Uint8Array, from: number, to: number): boolean {
  while (from < to && bytes[from]! < 0x80) from++;
  return from === to;
}

/**
 * The data of the events that stand whole in a chunk. All is decoded at once, as
 * substrings are much cheaper than a decode each.
 */
class InChunk {
  readonly #chunk: Uint8Array;
  readonly #all: string;
  /** Where the decoded part of the chunk begins and ends. */
  readonly #from: number;
  readonly #to: number;
  readonly #ascii: boolean;
  // The end of the string given last, in bytes of the chunk and in #all.
  #endByte: number;
  #end = 0;

  constructor(chunk: Uint8Array, words: readonly number[]) {
    let from = -1;
    let to = 0;
    for (let i = 0; i < words.length; i += recordWords) {
      if (words[i]! >= inSide) continue;
      if (from < 0) from = words[i]!;
      to = words[i]! + words[i + 1]!;
    }
    this.#chunk = chunk;
    this.#all = from < 0 ? "" : decode(chunk, from, to);
    this.#from = from;
    this.#to = to;
    this.#ascii = this.#all.length === to - from;
    this.#endByte = from;
  }

  /** The string at a place in the chunk, after the ones before. */
  next(at: number, length: number): string {
    if (this.#ascii) return this.#all.substring(at - this.#from, at - this.#from + length);
    // Places in bytes are not places in the string. But data has no line end in
    // it and is followed by one, whatever becomes of its other bytes.
    const start = this.#end + decode(this.#chunk, this.#endByte, at).length;
    this.#endByte = at + length;
    this.#end = this.#endByte === this.#to ? this.#all.length : this.#all.indexOf(this.#chunk[this.#endByte] === 13 ? "\r" : "\n", start);
    return this.#all.substring(start, this.#end);
  }
}
