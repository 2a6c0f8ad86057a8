import {
  inSide, isReset, mailboxRecords, mailboxRecordsLength, mailboxSide, mailboxSideLength, mailboxTexts, mailboxTextsLength,
  recordAt, recordID, recordLength, recordText, recordType, recordWords,
} from "./border.gen.ts";
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

/**
 * The records that a feed has left, one after another: see the package border. They are
 * a copy, as the memory is the next feed's.
 */
export class RecordReader {
  readonly #words: number[];
  #from = -recordWords;
  /** The side bytes. */
  readonly side: Uint8Array;
  /** How many records there are. */
  readonly count: number;
  /** Whether the first is a reset: no other can be. */
  readonly reset: boolean;

  constructor({ bytes, words, mailbox }: Memory) {
    const side = words[mailbox + mailboxSide]!;
    const sideLength = words[mailbox + mailboxSideLength]!;
    this.side = sideLength > 0 ? bytes.slice(side, side + sideLength) : nothing;
    const from = words[mailbox + mailboxRecords]! >>> 2;
    // An array: a typed array this small costs more to make than to fill.
    const copy = new Array<number>(words[mailbox + mailboxRecordsLength]!);
    for (let i = 0; i < copy.length; i++) copy[i] = words[from + i]!;
    this.#words = copy;
    this.count = copy.length / recordWords;
    this.reset = copy[recordAt] === isReset;
  }

  /** Goes on to the next one; false after the last, from where the next walk begins anew. */
  next(): boolean {
    this.#from += recordWords;
    if (this.#from < this.#words.length) return true;
    this.#from = -recordWords;
    return false;
  }

  /** One of the current record's fields, by its place: recordAt and so on. */
  get(field: number): number {
    return this.#words[this.#from + field]!;
  }
}

/** The records of one feed. The events are not made before somebody reads them. */
export class Records implements Batch {
  readonly reset: boolean;
  readonly text: string;
  readonly #records: RecordReader;
  readonly #seq: number;
  readonly #chunk: Uint8Array;
  /** The events' texts, where they cannot be cut from all. */
  readonly #texts: string[] | undefined;
  #events: RetryStreamEvent[] | undefined;

  /** Takes the records that Go has left; chunk is what was fed, seq the first event's. Nothing of the module's memory is kept. */
  constructor(memory: Memory, chunk: Uint8Array, seq: number) {
    const { bytes, words, mailbox } = memory;
    let textAt = words[mailbox + mailboxTexts]!;
    const textLength = words[mailbox + mailboxTextsLength]!;
    const records = new RecordReader(memory);
    this.#records = records;
    this.#seq = seq;
    this.#chunk = chunk;
    this.reset = records.reset;
    this.text = decode(bytes, textAt, textAt + textLength);
    if (this.text.length === textLength || records.count === 1) return;
    // Places in bytes are not places in the string. And a character's bytes may be
    // split between two texts: joined they would be another text.
    this.#texts = [];
    while (records.next()) this.#texts.push(decode(bytes, textAt, (textAt += records.get(recordText))));
    this.text = this.#texts.join("");
  }

  get events(): readonly RetryStreamEvent[] {
    return (this.#events ??= this.#read());
  }

  /** How many events there are. */
  get count(): number {
    return this.#records.count;
  }

  #read(): RetryStreamEvent[] {
    const record = this.#records;
    const { side } = record;
    const single = record.count === 1;
    const chunk = single ? undefined : new InChunk(this.#chunk, record);
    let sideAt = 0;
    let textAt = 0;
    let seq = this.#seq;
    const events: RetryStreamEvent[] = [];
    while (record.next()) {
      const at = record.get(recordAt);
      const length = record.get(recordLength);
      if (at === isReset) {
        events.push({ type: "reset", seq: seq++, attempt: length });
        continue;
      }
      const event = decode(side, sideAt, (sideAt += record.get(recordType))) || "message";
      const id = decode(side, sideAt, (sideAt += record.get(recordID)));
      const data = at === inSide ? decode(side, sideAt, (sideAt += length)) : chunk ? chunk.next(at, length) : oneOf(this.#chunk, at, length);
      const text = single ? this.text : this.#texts ? this.#texts[events.length]! : this.text.substring(textAt, (textAt += record.get(recordText)));
      events.push({ type: "message", seq: seq++, event, data, id, text });
    }
    return events;
  }
}

/** What a feed has left of which nobody reads the events. */
export function readText(memory: Memory): Pick<Batch, "reset" | "text"> {
  const { bytes, words, mailbox } = memory;
  const at = words[mailbox + mailboxTexts]!;
  let from = at;
  let text = "";
  let reset = false;
  if (words[mailbox + mailboxRecordsLength]) {
    for (const record = new RecordReader(memory); record.next(); ) {
      if (record.get(recordAt) === isReset) reset = true;
      else {
        // A character's bytes are split here: joined they would be another text.
        const to = at + record.get(recordLength);
        text += decode(bytes, from, to);
        from = to;
      }
    }
  }
  return { reset, text: text + decode(bytes, from, at + words[mailbox + mailboxTextsLength]!) };
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

  constructor(chunk: Uint8Array, record: RecordReader) {
    let from = -1;
    let to = 0;
    while (record.next()) {
      const at = record.get(recordAt);
      const length = record.get(recordLength);
      if (at >= inSide) continue;
      if (from < 0) from = at;
      to = at + length;
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
