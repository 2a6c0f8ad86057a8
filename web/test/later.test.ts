import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { later } from "../src/request/later.ts";

let timersMade = 0;
/** What timers threw, which ends nothing else. */
let thrown: unknown[] = [];
// The longest that a timer can wait; a longer one does not wait at all.
const longest = 2 ** 31 - 1;

beforeEach(() => {
  mock.reset();
  mock.timers.reset();
  timersMade = 0;
  thrown = [];
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
  const { setTimeout } = globalThis;
  mock.method(globalThis, "setTimeout", ((run: () => void, delay: number) => {
    timersMade++;
    return setTimeout(() => {
      try {
        run();
      } catch (error) {
        thrown.push(error);
      }
    }, delay > longest ? 1 : delay);
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

test("what throws takes nothing from what comes after it", () => {
  let done = 0;
  later(10, () => {
    throw new Error("thrown");
  });
  later(10, () => done++);
  later(20, () => done++);
  mock.timers.tick(10);
  assert.equal(thrown.length, 1);
  mock.timers.tick(10);
  assert.equal(done, 2);
  later(10, () => done++);
  mock.timers.tick(10);
  assert.equal(done, 3);
});

test("what is never due, or later than a timer can wait, is waited for and makes no timer go round", () => {
  let done = 0;
  later(Infinity, () => assert(false));
  later(longest + 111, () => done++);
  for (let ms = 0; ms < 100; ms++) mock.timers.tick(1);
  assert(timersMade < 4, `${timersMade} timers`);
  mock.timers.tick(longest);
  assert.equal(done, 0);
  mock.timers.tick(11);
  assert.equal(done, 1);
});
