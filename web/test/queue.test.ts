import assert from "node:assert/strict";
import { test } from "node:test";

import { Queue } from "../src/call/queue.ts";

const queue = (): Queue<string, string> => new Queue((item: string) => item.toUpperCase());
const item = (value: string): object => ({ done: false, value });
const end = { done: true, value: undefined };

/** A source that says how often it was asked, and answers when give is called. */
function source(of: Queue<string, string>): { asked: number; give: (...items: string[]) => void } {
  let give: (...items: string[]) => void = () => assert(false, "nobody asked");
  const state = { asked: 0, give: (...items: string[]) => give(...items) };
  of.source = () => {
    state.asked++;
    return new Promise((resolve) => {
      give = (...items) => {
        for (const one of items) of.push(one);
        resolve(of.answer());
      };
    });
  };
  return state;
}

test("an item that is there is handed out, made by take", async () => {
  const q = queue();
  q.push("a");
  q.push("b");
  assert.deepEqual(await q.next(), item("A"));
  assert.deepEqual(await q.next(), item("B"));
});

test("who waits is served in turn", async () => {
  const q = queue();
  const waiting = [q.next(), q.next()];
  q.push("a");
  q.push("b");
  assert.deepEqual(await Promise.all(waiting), [item("A"), item("B")]);
});

test("take is called when an item is handed out, not when it comes", async () => {
  const taken: string[] = [];
  const q = new Queue((item: string) => void taken.push(item));
  q.push("a");
  assert.deepEqual(taken, []);
  await q.next();
  assert.deepEqual(taken, ["a"]);
});

test("a source is asked once somebody waits, and not before", async () => {
  const q = queue();
  const from = source(q);
  assert.equal(from.asked, 0);
  const first = q.next();
  assert.equal(from.asked, 1);
  from.give("a", "b");
  assert.deepEqual(await first, item("A"));
  assert.equal(from.asked, 1, "b is there");
  assert.deepEqual(await q.next(), item("B"));
  assert.equal(from.asked, 1);
  void q.next();
  assert.equal(from.asked, 2);
});

test("a source is asked one thing at a time, however many wait", async () => {
  const q = queue();
  const from = source(q);
  const [first, second, third] = [q.next(), q.next(), q.next()];
  assert.equal(from.asked, 1);
  from.give("a", "b");
  assert.deepEqual(await first, item("A"));
  assert.deepEqual(await second, item("B"));
  assert.equal(from.asked, 2);
  from.give("c");
  assert.deepEqual(await third, item("C"));
});

test("a source that brings nothing leaves its reader the first in line", async () => {
  const q = queue();
  const from = source(q);
  const [first, second] = [q.next(), q.next()];
  from.give();
  await undefined;
  from.give("a");
  assert.deepEqual(await first, item("A"));
  from.give("b");
  assert.deepEqual(await second, item("B"));
});

test("who waits is served by the next source", async () => {
  const q = queue();
  const waiting = q.next();
  const from = source(q);
  assert.equal(from.asked, 1);
  from.give("a");
  assert.deepEqual(await waiting, item("A"));
});

test("a source that is taken away has no more to answer", async () => {
  const q = queue();
  const first = source(q);
  void q.next();
  assert.equal(first.asked, 1);
  q.source = undefined;
  const waiting = q.next();
  const second = source(q);
  assert.equal(second.asked, 1);
  second.give("a");
  assert.deepEqual(await waiting, item("A"));
  assert.equal(first.asked, 1);
});

test("what comes while the source is asked waits for its answer", async () => {
  const q = queue();
  const from = source(q);
  const [first, second] = [q.next(), q.next()];
  q.push("a");
  from.give("b");
  assert.deepEqual(await Promise.all([first, second]), [item("A"), item("B")]);
});

test("close lets what is there be read", async () => {
  const q = queue();
  q.push("a");
  q.close();
  q.push("late");
  assert.deepEqual(await q.next(), item("A"));
  assert.deepEqual(await q.next(), end);
  assert.deepEqual(await q.next(), end);
});

test("close ends whoever waits, and asks no source", async () => {
  const q = queue();
  const waiting = [q.next(), q.next()];
  q.close();
  assert.deepEqual(await Promise.all(waiting), [end, end]);
  const from = source(q);
  assert.deepEqual(await q.next(), end);
  assert.equal(from.asked, 0);
});

test("an error comes after what is there, to everybody", async () => {
  const q = queue();
  const error = new Error("broken");
  q.push("a");
  q.close({ error });
  assert.deepEqual(await q.next(), item("A"));
  await assert.rejects(q.next(), error);
  await assert.rejects(q.next(), error);
});

test("the first end counts, even an error that is undefined", async () => {
  const q = queue();
  q.close({ error: undefined });
  q.close();
  assert.equal(await q.next().then(() => "ended", () => "failed"), "failed");
});

test("discard drops what is there", async () => {
  const q = queue();
  const error = new Error("canceled");
  q.push("a");
  q.discard(error);
  await assert.rejects(q.next(), error);
});
