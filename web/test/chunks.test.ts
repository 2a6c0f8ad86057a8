import assert from "node:assert/strict";
import { test } from "node:test";

import { Chunks } from "../src/call/chunks.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

test("chunks come out as they went in", () => {
  const chunks = new Chunks();
  assert.equal(chunks.empty, true);
  assert.equal(chunks.shift(), undefined);
  const [a, b] = [bytes(1, 2), bytes(3)];
  chunks.push(a);
  chunks.push(b);
  assert.equal(chunks.empty, false);
  assert.equal(chunks.shift(), a);
  assert.equal(chunks.shift(), b);
  assert.equal(chunks.empty, true);
  assert.equal(chunks.shift(), undefined);
  chunks.push(a);
  assert.equal(chunks.shift(), a);
});

test("no more of a chunk is taken than is wanted, and nothing of the next", () => {
  const chunks = new Chunks();
  chunks.push(bytes(1, 2, 3));
  chunks.push(bytes(4, 5));
  assert.deepEqual(chunks.shift(2), bytes(1, 2));
  assert.deepEqual(chunks.shift(2), bytes(3));
  assert.deepEqual(chunks.shift(2), bytes(4, 5));
  assert.equal(chunks.empty, true);
});

test("any mixture gives the bytes in their order, and copies none", () => {
  const chunks = new Chunks();
  const got: number[] = [];
  let next = 0;
  let pushed = 0;
  for (let round = 0; round < 200; round++) {
    for (let n = round % 5; n > 0; n--) {
      const chunk = Uint8Array.from({ length: (round % 3) + 1 }, () => next++ % 251);
      chunks.push(chunk);
      pushed += chunk.length;
    }
    for (let n = round % 4; n > 0; n--) got.push(...(chunks.shift(1 + (n % 2)) ?? []));
  }
  for (let chunk; (chunk = chunks.shift()); ) got.push(...chunk);
  assert.equal(got.length, pushed);
  assert.deepEqual(got, Array.from({ length: pushed }, (_, i) => i % 251));
});

test("a part is a view of its chunk", () => {
  const chunks = new Chunks();
  const chunk = bytes(1, 2, 3);
  chunks.push(chunk);
  assert.equal(chunks.shift(1)!.buffer, chunk.buffer);
});
