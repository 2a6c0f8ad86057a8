import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { heldUntil, hold, leave, open, turn, type Room } from "../src/tabs/tabs.ts";

// What a browser has and Node has not: a channel, a store, and locks, each of one tab.
// The other tab is the test.

class Channel {
  static all: Channel[] = [];
  readonly sent: unknown[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;
  closed = false;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    Channel.all.push(this);
  }
  postMessage(data: unknown): void {
    assert(!this.closed);
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
}

/** The locks of the origin: who asks waits until whoever has the name is done. */
class Locks {
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly asked: string[] = [];

  request(name: string, run: () => Promise<void> | undefined): Promise<unknown> {
    this.asked.push(name);
    const before = this.#tails.get(name) ?? Promise.resolve();
    const mine = before.then(run);
    this.#tails.set(name, mine);
    return mine;
  }
}

const start = 1_800_000_000_000; // the beginning of a second
const key = "https://a.example#1";

let locks: Locks;
let rooms: Room[];

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: start });
  Channel.all = [];
  locks = new Locks();
  rooms = [];
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
  Object.assign(globalThis, { BroadcastChannel: Channel, localStorage: {} });
});
afterEach(() => {
  for (const room of rooms) leave(room);
  mock.timers.reset();
});

async function enter(credential = "secret", roomKey = key): Promise<{ room: Room; told: number[] }> {
  const told: number[] = [];
  const room = await open({ key: roomKey, name: "", told: (until) => void told.push(until) }, credential);
  rooms.push(room);
  return { room, told };
}

const channel = (): Channel => Channel.all.at(-1)!;
/** Word of another tab. */
const hear = (data: unknown): void => channel().onmessage!({ data });
/** Lets promises that are settled be heard. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await undefined;
};

/** Whether a turn has come. */
function watch(key: string): { granted: boolean; leave(): void } {
  const asked = turn(key)!;
  const state = { granted: false, leave: () => asked.leave() };
  void asked.granted.then(() => (state.granted = true));
  return state;
}

test("the same credential has the same room in each tab, another one another", async () => {
  const [a, b, c] = [await enter(), await enter(), await enter("other")];
  assert.equal(a.room.name, b.room.name);
  assert.notEqual(a.room.name, c.room.name);
  assert(/^retrystream-\d+-$/.test(a.room.name), a.room.name);
});

test("the name depends on the origin's own salt, and no secret is kept", async () => {
  const { room } = await enter();
  const salt = localStorage["retrystream-salt"];
  assert.equal(typeof salt, "string");
  hold(key, start + 5000);
  assert(!JSON.stringify([localStorage, channel().sent]).includes("secret"));
  localStorage["retrystream-salt"] = "another";
  assert.notEqual((await enter()).room.name, room.name);
  localStorage["retrystream-salt"] = salt;
  assert.equal((await enter()).room.name, room.name);
  delete localStorage["retrystream-salt"];
  assert.notEqual((await enter()).room.name, room.name, "another origin makes another");
});

test("without locks, a store or a channel the room stays the tab's own", async () => {
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true });
  assert.equal((await enter()).room.name, "");
  Object.assign(globalThis, { localStorage: undefined });
  const { room } = await enter();
  assert.equal(room.name, "");
  assert.equal(heldUntil(room), 0);
  assert.equal(turn(key), undefined);
  hold(key, start + 5000);
  assert.deepEqual(Channel.all, []);
});

test("a hold is told to the other tabs, and left for those to come", async () => {
  const { room } = await enter();
  assert.equal(heldUntil(room), 0);
  hold(key, start + 5000);
  assert.deepEqual(channel().sent, [{ [room.name]: start + 5000 }]);
  assert.equal(heldUntil(room), start + 5000);
  hold(key, 0);
  assert.deepEqual(channel().sent[1], { [room.name]: 0 });
  assert.equal(heldUntil(room), 0);
  assert.deepEqual(Object.keys(localStorage), ["retrystream-salt"], "what is over is not kept");
});

test("a hold ends by itself, and its word is swept away by the next", async () => {
  const [a, b] = [await enter(), await enter("other", "https://b.example#2")];
  hold(key, start + 5000);
  mock.timers.tick(4999);
  assert.equal(heldUntil(a.room), start + 5000);
  mock.timers.tick(1);
  assert.equal(heldUntil(a.room), 0);
  localStorage["other"] = "1";
  hold("https://b.example#2", start + 9000);
  assert.deepEqual(Object.keys(localStorage).sort(), ["other", b.room.name, "retrystream-salt"].sort());
});

test("only the rooms that a word is for hear it", async () => {
  const [a, again, b] = [await enter(), await enter(), await enter("other", "https://b.example#2")];
  hear({ [a.room.name]: start + 3000 });
  assert.deepEqual([a.told, again.told, b.told], [[start + 3000], [start + 3000], []]);
  hear({ [a.room.name]: 0 });
  assert.deepEqual(a.told, [start + 3000, 0]);
});

test("what cannot be is not believed", async () => {
  const { room, told } = await enter();
  for (const until of [start, start - 1, start + 600_000, Infinity, NaN, "5", null, undefined, -0.5]) {
    hear({ [room.name]: until });
    localStorage[room.name] = until;
    assert.equal(heldUntil(room), 0, String(until));
  }
  for (const data of [null, undefined, 7, "x", [], { [room.name]: String(start + 5000) }]) hear(data);
  assert.deepEqual(told, []);
  hear({ [room.name]: start + 599_999 });
  assert.deepEqual(told, [start + 599_999]);
});

test("a page that may look into no store any more is not held", async () => {
  const { room } = await enter();
  Object.assign(globalThis, { localStorage: undefined });
  assert.equal(heldUntil(room), 0);
});

test("one channel serves all rooms, and is closed with the last", async () => {
  const [a, b] = [await enter(), await enter("other")];
  assert.equal(Channel.all.length, 1);
  assert.equal(channel().name, "retrystream");
  leave(a.room);
  assert.equal(channel().closed, false);
  hear({ [a.room.name]: start + 3000 });
  assert.deepEqual(a.told, [], "it has left");
  leave(b.room);
  assert.equal(channel().closed, true);
  leave(undefined);
  await enter();
  assert.equal(Channel.all.length, 2);
});

test("a turn comes at once where nobody has it", async () => {
  await enter();
  const mine = watch(key);
  await settle();
  assert(mine.granted);
  mine.leave();
});

test("a turn has the locks of this second and of the next", async () => {
  const { room } = await enter();
  mock.timers.tick(300);
  const mine = watch(key);
  await settle();
  assert.deepEqual(locks.asked, [room.name + (start + 1000), room.name + (start + 2000)]);
  mock.timers.tick(5000);
  await settle();
  assert.equal(locks.asked.length, 2, "it asks for no more");
  mine.leave();
});

test("the next turn comes 50 ms after the one before was given back", async () => {
  await enter();
  const [first, second] = [watch(key), watch(key)];
  await settle();
  assert.deepEqual([first.granted, second.granted], [true, false]);
  first.leave();
  mock.timers.tick(49);
  await settle();
  assert.equal(second.granted, false);
  mock.timers.tick(1);
  await settle();
  assert.equal(second.granted, true);
  second.leave();
});

test("a turn that is not given back lasts a second", async () => {
  await enter();
  mock.timers.tick(900);
  const [first, second] = [watch(key), watch(key)];
  await settle();
  assert.deepEqual([first.granted, second.granted], [true, false]);
  mock.timers.tick(999);
  await settle();
  assert.equal(second.granted, false, "the next second's lock is the first's, too");
  mock.timers.tick(1);
  await settle();
  assert.equal(second.granted, true);
});

test("a tab that is frozen with a lock keeps the others for two seconds at most", async () => {
  const { room } = await enter();
  const never = new Promise<void>(() => {});
  void locks.request(room.name + (start + 1000), () => never);
  void locks.request(room.name + (start + 2000), () => never);
  const mine = watch(key);
  mock.timers.tick(1999);
  await settle();
  assert.equal(mine.granted, false);
  mock.timers.tick(1);
  await settle();
  assert.equal(mine.granted, true);
  mine.leave();
});

test("a lock that comes too late is no turn", async () => {
  const { room } = await enter();
  let free!: () => void;
  void locks.request(room.name + (start + 1000), () => new Promise<void>((resolve) => (free = resolve)));
  const never = new Promise<void>(() => {});
  void locks.request(room.name + (start + 2000), () => never);
  const mine = watch(key);
  await settle();
  mock.timers.tick(1000);
  free();
  await settle();
  assert.equal(mine.granted, false);
  mine.leave();
  mock.timers.tick(50);
  await settle();
  assert.equal(mine.granted, true, "it was given back");
});

test("who has given a turn back asks for no other", async () => {
  const { room } = await enter();
  let free!: () => void;
  void locks.request(room.name + (start + 1000), () => new Promise<void>((resolve) => (free = resolve)));
  const mine = watch(key);
  await settle();
  mine.leave();
  const asked = locks.asked.length;
  free();
  await settle();
  assert.equal(locks.asked.length, asked, "the lock that it asked for before is no turn");
  mock.timers.tick(5000);
  await settle();
  assert.equal(locks.asked.length, asked);
  assert(mine.granted);
});

test("where locks fail, nobody waits for a turn", async () => {
  await enter();
  locks.request = () => Promise.reject(new Error("not here"));
  const mine = watch(key);
  await settle();
  assert(mine.granted);
  mine.leave();
});
