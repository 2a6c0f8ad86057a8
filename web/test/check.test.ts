import assert from "node:assert/strict";
import { test } from "node:test";

import { check, fail, type Table } from "../src/request/check.ts";

const table = {
  tries: "count",
  alike: "limit",
  timeoutMs: "milliseconds",
  holdMs: "hold",
  onRetry: "function",
  buffer: "boolean",
  mode: ["some", "all"],
  waits: { initialMs: "delay", factor: "factor", first: { skip: "boolean" } },
  where: "url",
  module: "module",
} as const satisfies Table;

const unset = {
  tries: 0, alike: 0, timeoutMs: 0, holdMs: 10_000, onRetry: undefined, buffer: false, mode: "",
  initialMs: 0, factor: 0, skip: false, where: undefined, module: undefined,
};

const refuses = (given: unknown, message: string): void =>
  assert.throws(() => check("ask", table, given, ["method"]), { name: "TypeError", message: `ask: ${message}` });

test("what was left out is what stands for it, of objects too", () => {
  assert.deepEqual(check("ask", table, {}), unset);
  assert.deepEqual(check("ask", table, { tries: undefined, alike: undefined, holdMs: undefined, waits: undefined }), unset);
});

test("what fits is given as it is, members of objects beside the others", () => {
  const onRetry = (): void => {};
  const where = new URL("https://a.example");
  const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const given = { tries: 3, alike: 5, timeoutMs: 0.5, holdMs: 0, onRetry, buffer: true, mode: "all", waits: { initialMs: 1e12, factor: 1, first: { skip: true } }, where, module };
  const { waits: { first, ...waits }, ...rest } = given;
  assert.deepEqual(check("ask", table, given), { ...rest, ...waits, ...first });
});

test("what cannot be counted is no limit, and 0 switches a limit off", () => {
  assert.equal(check("ask", table, { tries: Infinity })["tries"], 0);
  assert.equal(check("ask", table, { tries: 2 ** 60 })["tries"], 0);
  assert.equal(check("ask", table, { timeoutMs: Infinity })["timeoutMs"], Infinity);
  assert.equal(check("ask", table, { holdMs: Infinity })["holdMs"], Infinity);
  assert.equal(check("ask", table, { alike: 0 })["alike"], -1);
  assert.equal(check("ask", table, { alike: Infinity })["alike"], 1e9);
});

test("names of others are left alone, and left out", () => {
  assert.deepEqual(check("ask", table, { method: 7 }, ["method"]), unset);
});

const count = "a whole number of at least 1";
const limit = "a whole number, 0 or more";
const ms = "a number of milliseconds greater than 0";
for (const [name, form, values] of [
  ["tries", count, [0, -1, 1.5, NaN, "3", null, 3n]],
  ["alike", limit, [-1, 0.5, NaN, "0", null]],
  ["timeoutMs", ms, [0, -1, NaN, "1", null]],
  ["holdMs", "a number of milliseconds, 0 or more", [-1, NaN, "0"]],
  ["onRetry", "a function", [{}, null, "f"]],
  ["buffer", "true or false", [0, "true", null]],
  ["mode", 'one of "some", "all"', ["none", "", 0, null]],
  ["waits", "an object", [3, null, "1s"]],
  ["where", "a string or a URL", [7, {}, null]],
  ["module", "a WebAssembly.Module", [{}, null]],
] as const) {
  for (const value of values) {
    test(`${name}: ${typeof value} ${String(value)} is refused`, () => refuses({ [name]: value }, `${name} must be ${form}.`));
  }
}

test("a member is named with its path", () => {
  for (const initialMs of [0, -1, NaN, 1e13, "1"]) refuses({ waits: { initialMs } }, `waits.initialMs must be ${ms}, at most 1e12.`);
  for (const factor of [0.5, Infinity, NaN]) refuses({ waits: { factor } }, "waits.factor must be a finite number of at least 1.");
  refuses({ waits: { first: { skip: 1 } } }, "waits.first.skip must be true or false.");
  refuses({ waits: { method: 1 } }, 'unknown option "waits.method".');
  refuses({ waits: { initial: 1 } }, 'unknown option "waits.initial". Did you mean "waits.initialMs"?');
});

test("an unknown name is refused, with the one that may be meant", () => {
  refuses({ colour: 1 }, 'unknown option "colour".');
  refuses({ colour: undefined }, 'unknown option "colour".');
  refuses({ onretry: 1 }, 'unknown option "onretry". Did you mean "onRetry"?');
  refuses({ Methods: 1 }, 'unknown option "Methods". Did you mean "method"?');
  refuses({ toString: 1 }, 'unknown option "toString".');
});

test("options must be an object", () => {
  for (const given of [null, 7, "tries", undefined]) refuses(given, "options must be an object.");
});

test("fail says whose mistake it is", () => {
  assert.throws(() => fail("no."), { name: "TypeError", message: "retryStream: no." });
});
