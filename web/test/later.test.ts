import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { later } from "../src/request/later.ts";

let timersMade = 0;

beforeEach(() => {
  mock.reset();
  mock.timers.reset();
  timersMade = 0;
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
  const { setTimeout } = globalThis;
  mock.method(globalThis, "setTimeout", ((...args: Parameters<typeof setTimeout>) => {
    timersMade++;
    return setTimeout(...args);
  }) as typeof setTimeout);
});

test("each is done when it is due, whatever was asked for first, and once", () => {
  const done: string[] = [];
  later(100, () => done.push("a"));
  later(50, () => done.push("b"));
  later(100, () => done.push("c"));
  mock.timers.tick(49);
  assert.deepEqual(done, []);
  mock.timers.tick(1);
  assert.deepEqual(done, ["b"]);
  mock.timers.tick(50);
  assert.deepEqual(done, ["b", "a", "c"]);
  mock.timers.tick(1000);
  assert.equal(done.length, 3);
});

test("what is taken back is not done, and costs no timer of its own", () => {
  const run = (): void => assert(false);
  for (let i = 0; i < 100; i++) later(100, run)();
  assert.equal(timersMade, 1);
  mock.timers.tick(1000);
});

test("what is asked for while another is done is done too", () => {
  let done = 0;
  later(10, () => later(10, () => done++));
  mock.timers.tick(10);
  assert.equal(done, 0);
  mock.timers.tick(10);
  assert.equal(done, 1);
});
