import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Alarm } from "../src/module/alarm.ts";

let rings = 0;
let timersMade = 0;
let alarm: Alarm;

beforeEach(() => {
  rings = timersMade = 0;
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  mock.method(performance, "now", () => Date.now());
  const { setTimeout } = globalThis;
  mock.method(globalThis, "setTimeout", ((...args: Parameters<typeof setTimeout>) => {
    timersMade++;
    return setTimeout(...args);
  }) as typeof setTimeout);
  alarm = new Alarm(() => void rings++);
});
afterEach(() => {
  mock.reset();
  mock.timers.reset();
});

/** What has rung after so many more milliseconds. */
function after(ms: number): number {
  mock.timers.tick(ms);
  return rings;
}

test("it rings once, when it is due and not before", () => {
  alarm.set(100);
  assert.equal(after(99), 0);
  assert.equal(after(1), 1);
  assert.equal(after(1000), 1);
});

test("set for earlier it rings earlier, and once", () => {
  alarm.set(100);
  alarm.set(10);
  assert.equal(after(10), 1);
  assert.equal(after(200), 1);
});

test("set for later it rings later, by the same timer until that is due", () => {
  alarm.set(100);
  after(50);
  alarm.forget();
  alarm.set(100);
  assert.equal(timersMade, 1);
  assert.equal(after(50), 0, "due, and looked at");
  assert.equal(timersMade, 2);
  assert.equal(after(49), 0);
  assert.equal(after(1), 1);
});

test("set for a moment later it rings no sooner", () => {
  alarm.set(100);
  alarm.forget();
  alarm.set(101);
  assert.equal(after(100), 0);
  assert.equal(after(1), 1);
});

test("set again and again for the same moment it makes one timer", () => {
  for (let left = 100; left > 0; left -= 10) {
    alarm.set(left);
    alarm.forget();
    mock.timers.tick(5);
    alarm.set(left - 5);
    mock.timers.tick(5);
  }
  assert.equal(rings, 1);
  assert.equal(timersMade, 1);
});

test("forgotten it does not ring, and makes no other timer", () => {
  alarm.set(100);
  alarm.forget();
  assert.equal(after(1000), 0);
  assert.equal(timersMade, 1);
  alarm.set(10);
  assert.equal(after(10), 1, "it can be set again");
});

test("after it rang it can be set again", () => {
  alarm.set(10);
  after(10);
  alarm.set(10);
  assert.equal(after(10), 2);
});

test("rung soon, it rings when it was set to all the same", () => {
  alarm.set(100);
  alarm.soon(10);
  assert.equal(after(10), 1);
  assert.equal(after(89), 1);
  assert.equal(after(1), 2);
});

test("asked for soon again and again, it rings once for all", () => {
  alarm.soon(10);
  after(5);
  alarm.soon(10);
  assert.equal(after(5), 1);
  assert.equal(after(100), 1);
  alarm.soon(10);
  assert.equal(after(10), 2);
});

test("set for before it rings soon, it rings twice", () => {
  alarm.soon(10);
  alarm.set(5);
  assert.equal(after(5), 1);
  assert.equal(after(5), 2);
});

test("disposed it never rings", () => {
  alarm.set(10);
  alarm.dispose();
  assert.equal(after(100), 0);
  alarm.set(10);
  assert.equal(after(100), 0);
});

test("disposed without a timer it never rings either", () => {
  alarm.dispose();
  alarm.set(10);
  assert.equal(after(100), 0);
});

test("whether it holds a process is told to each timer", () => {
  const told: string[] = [];
  mock.method(globalThis, "setTimeout", (() => ({ ref: () => told.push("ref"), unref: () => told.push("unref") })) as unknown as typeof setTimeout);
  alarm.keepAlive(false); // there is no timer yet
  assert.deepEqual(told, []);
  alarm.set(100);
  assert.deepEqual(told.splice(0), ["unref"]);
  alarm.keepAlive(true);
  assert.deepEqual(told.splice(0), ["ref"]);
  alarm.set(10);
  assert.deepEqual(told, ["ref"]);
});

test("a browser's timer is a number", () => {
  mock.method(globalThis, "setTimeout", (() => 7) as unknown as typeof setTimeout);
  alarm.set(10);
  alarm.keepAlive(true);
  alarm.keepAlive(false);
});
