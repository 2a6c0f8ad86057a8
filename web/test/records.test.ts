import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";

import {
  inSide, isBreak, isReset, mailboxRecords, mailboxRecordsLength, mailboxSide, mailboxSideLength, mailboxTexts, mailboxTextsLength,
  recordAt, recordID, recordLength, recordText, recordType, recordWords,
} from "../src/module/border.gen.ts";
import { readText, Records, type Memory, type RetryStreamEvent } from "../src/module/records.ts";

type Bytes = string | Uint8Array;

/** An event as Go has it; in the side bytes if its data does not stand whole in the chunk. */
interface Left {
  readonly reset?: number;
  readonly type?: string;
  readonly id?: string;
  readonly data?: Bytes;
  readonly text?: Bytes;
  readonly side?: boolean;
}

const encoder = new TextEncoder();
const bytesOf = (of: Bytes = ""): Uint8Array => (typeof of === "string" ? encoder.encode(of) : of);
const join = (parts: readonly Bytes[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...bytesOf(part)]));

/** A record, of its fields by their places. */
function record(fields: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: recordWords }, (_, i) => fields[i] ?? 0);
}

/** A memory in which the records, texts and side bytes stand somewhere. */
function memory(records: readonly number[], texts: Uint8Array, side: Uint8Array): Memory {
  const buffer = new ArrayBuffer(1 << 17);
  const bytes = new Uint8Array(buffer).fill(0xee); // what nobody has written must not be read
  const words = new Uint32Array(buffer);
  const mailbox = 16;
  const [recordsAt, textsAt, sideAt] = [1 << 10, 1 << 15, 1 << 16];
  words[mailbox + mailboxRecords] = recordsAt;
  words[mailbox + mailboxRecordsLength] = records.length;
  words[mailbox + mailboxTexts] = textsAt;
  words[mailbox + mailboxTextsLength] = texts.length;
  words[mailbox + mailboxSide] = sideAt;
  words[mailbox + mailboxSideLength] = side.length;
  words.set(records, recordsAt >> 2);
  bytes.set(texts, textsAt);
  bytes.set(side, sideAt);
  return { bytes, words, mailbox };
}

/** What Go leaves of a chunk with these events in it, each between what stands before and after data. */
function leave(events: readonly Left[], before = "data: ", after = "\n\n"): { memory: Memory; chunk: Uint8Array } {
  const records: number[] = [];
  const chunk: Bytes[] = [];
  const texts: Bytes[] = [];
  const side: Bytes[] = [];
  for (const { reset, type = "", id = "", data = "", text = "", side: aside } of events) {
    if (reset !== undefined) {
      records.push(...record({ [recordAt]: isReset, [recordLength]: reset }));
      continue;
    }
    side.push(type, id);
    chunk.push(before);
    records.push(...record({
      [recordAt]: aside ? inSide : join(chunk).length, [recordLength]: bytesOf(data).length,
      [recordType]: bytesOf(type).length, [recordID]: bytesOf(id).length, [recordText]: bytesOf(text).length,
    }));
    texts.push(text);
    if (aside) side.push(data);
    else chunk.push(data);
    chunk.push(after);
  }
  return { memory: memory(records, join(texts), join(side)), chunk: join(chunk) };
}

/** What a page sees of them. */
function seen(events: readonly Left[], before?: string, after?: string, seq = 1): RetryStreamEvent[] {
  const left = leave(events, before, after);
  const records = new Records(left.memory, left.chunk, seq);
  left.memory.bytes.fill(0xdd); // the next feed has the memory
  assert.equal(records.reset, events[0]?.reset !== undefined);
  assert.equal(records.count, events.length);
  assert.equal(records.text, records.events.map((event) => (event.type === "message" ? event.text : "")).join(""));
  assert.equal(records.events, records.events, "made once");
  return [...records.events];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What a page should see of them: each text by itself. */
const want = (events: readonly Left[], seq = 1): object[] =>
  events.map(({ reset, type, id = "", data, text }, i) =>
    reset === undefined
      ? { type: "message", seq: seq + i, event: type || "message", data: decoder.decode(bytesOf(data)), id, text: decoder.decode(bytesOf(text)) }
      : { type: "reset", seq: seq + i, attempt: reset },
  );

const long = "A text that is longer than those that are made by hand. ";
const kinds: Record<string, readonly Left[]> = {
  "one event": [{ data: '{"a":1}', text: "Hi" }],
  "one event without text": [{ data: "[DONE]" }],
  "one event without data": [{ data: "", type: "ping" }],
  "one with everything": [{ data: "{}", type: "delta", id: "7", text: "Hi" }],
  "one, long": [{ data: long.repeat(20), text: long.repeat(3) }],
  "one, of other letters": [{ data: "你好 🚀", text: "你好 🚀" }],
  "one, long, of other letters": [{ data: "你好 🚀".repeat(20), text: "é".repeat(50) }],
  "one in the side bytes": [{ data: "{}", type: "delta", id: "7", text: "Hi", side: true }],
  "one that is no UTF-8": [{ data: Uint8Array.of(0x61, 0xff, 0x62), text: "ab" }],
  "several": [{ data: "a", text: "1" }, { data: "", text: "" }, { data: "ccc", text: "333" }],
  "several, of other letters": [{ data: "你", text: "你" }, { data: "é🚀", text: "é🚀" }, { data: "c", text: "c" }, { data: "", text: "" }, { data: "好", text: "好" }],
  "several, long": [{ data: long, text: long }, { data: `你${long}`, text: `你${long}` }, { data: long.repeat(9), text: long }],
  "several with types and ids": [{ data: "a", type: "x", id: "1" }, { data: "b", id: "22" }, { data: "c", type: "zzz" }, { data: "d" }],
  "some in the side bytes": [{ data: "a", type: "x", side: true, text: "1" }, { data: "bé", id: "2" }, { data: "cé", side: true, id: "3" }, { data: "d" }],
  "lines in the side bytes": [{ data: "a\nb\r\nc", side: true }, { data: "dé" }, { data: "\n\n", side: true }],
  "all in the side bytes": [{ data: "a", side: true, text: "1" }, { data: "b", side: true, text: "é" }],
  "several that are no UTF-8": [{ data: Uint8Array.of(0xff, 0xfe, 0x61), text: "a" }, { data: Uint8Array.of(0xe4, 0xbd), text: "b" }, { data: "é", text: "é" }],
  "a byte order mark": [{ data: "\ufeffa", text: "\ufeffa" }, { data: "b\ufeff", text: "b\ufeff" }],
  "a reset": [{ reset: 2 }],
  "a reset before events": [{ reset: 12 }, { data: "a", text: "1" }, { data: "é", text: "é" }],
};

for (const [name, events] of Object.entries(kinds)) {
  for (const [before, after] of [["data: ", "\n\n"], ["event: é\ndata:", "\r\n\r\n"], ["", "\n"], ["data: ", "\n\n: é"], [`: ${long}\n\ndata: `, "\r\r"]] as const) {
    test(`${name}, between ${JSON.stringify(before)} and ${JSON.stringify(after)}`, () => {
      assert.deepEqual(seen(events, before, after), want(events));
    });
  }
}

test("seq goes on from where the records before ended", () => {
  const events = kinds["a reset before events"]!;
  assert.deepEqual(seen(events, "data: ", "\n\n", 41), want(events, 41));
});

test("a character that is split between two texts becomes none", () => {
  const [first, second, third] = [Uint8Array.of(0x61, 0xe4, 0xbd), Uint8Array.of(0xa0, 0x62), bytesOf("你")];
  const events = [{ data: "a", text: first }, { data: "b", text: second }, { data: "c", text: third }];
  assert.deepEqual(seen(events), want(events));
  assert.equal(seen(events).map((event) => (event as { text: string }).text).join(""), "a\ufffd\ufffdb你");
});

test("strings that were made before are not taken for others", () => {
  // These have the same hash.
  for (const [one, other] of [["aP", "b1"], ["xxxxaP", "xxxxb1"], ["aPxxxx", "b1xxxx"], [`${"x".repeat(30)}aP`, `${"x".repeat(30)}b1`]] as const) {
    for (const type of [one, other, one]) assert.deepEqual(seen([{ data: "", type }]), want([{ data: "", type }]));
  }
  let seed = 7;
  const random = (n: number): number => (seed = Math.imul(seed, 1103515245) + 12345 >>> 0, (seed >>> 8) % n);
  const letters = [..."abcdef{}\" :,", "é", "你", "🚀"];
  for (let round = 0; round < 300; round++) {
    const word = (): string => Array.from({ length: random(random(4) ? 6 : 60) }, () => letters[random(letters.length)]!).join("");
    const events = Array.from({ length: 1 + random(5) }, (): Left => ({ type: random(2) ? word() : "", id: random(2) ? word() : "", data: word(), text: word(), side: !random(3) }));
    assert.deepEqual(seen(events), want(events));
  }
});

test("all events of a type have one hidden class", () => {
  setFlagsFromString("--allow-natives-syntax");
  const alike = new Function("a", "b", "return %HaveSameMap(a, b)") as (a: object, b: object) => boolean;
  const all = Object.values(kinds).flatMap((events) => seen(events));
  for (const type of ["message", "reset"]) {
    const [first, ...others] = all.filter((event) => event.type === type);
    assert(others.length > 0);
    assert(others.every((event) => alike(first!, event)), type);
  }
  const members = Object.keys(all.find(({ type }) => type === "message")!);
  assert.deepEqual(members, ["type", "seq", "event", "data", "id", "text"]);
});

/** What readText makes of texts, and of records of these two fields. */
function textOf(texts: Uint8Array, ...records: [number, number][]): object {
  return readText(memory(records.flatMap(([at, length]) => record({ [recordAt]: at, [recordLength]: length })), texts, new Uint8Array()));
}

test("text alone is the texts, joined", () => {
  assert.deepEqual(textOf(bytesOf("")), { reset: false, text: "" });
  assert.deepEqual(textOf(bytesOf("Hi é")), { reset: false, text: "Hi é" });
  assert.deepEqual(textOf(bytesOf(long.repeat(30))), { reset: false, text: long.repeat(30) });
});

test("a reset voids what was before it, and is told", () => {
  assert.deepEqual(textOf(bytesOf("Hi"), [isReset, 2]), { reset: true, text: "Hi" });
  assert.deepEqual(textOf(bytesOf(""), [isReset, 2]), { reset: true, text: "" });
});

test("texts that are not to be joined are not", () => {
  const texts = Uint8Array.of(0x61, 0xe4, 0xbd, 0xa0, 0x62);
  assert.deepEqual(textOf(texts), { reset: false, text: "a你b" });
  assert.deepEqual(textOf(texts, [isBreak, 3]), { reset: false, text: "a\ufffd\ufffdb" });
  assert.deepEqual(textOf(texts, [isReset, 2], [isBreak, 2], [isBreak, 3]), { reset: true, text: "a\ufffd\ufffd\ufffdb" });
});
