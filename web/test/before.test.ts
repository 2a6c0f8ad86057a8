import assert from "node:assert/strict";
import { test } from "node:test";

import { changed, identity } from "../src/request/before.ts";
import type { CheckedOptions } from "../src/request/options.ts";

const url = "https://a.example/v1/chat";
const there = "https://b.example/v1/chat";
const post: RequestInit = { method: "POST", headers: { authorization: "secret" }, body: "{}" };

interface Sent {
  readonly input: string | URL | Request;
  readonly init: RequestInit;
  readonly options: CheckedOptions;
}

const sent = (init: RequestInit = post, input: string | Request = url): Sent => ({ input, init, options: { url } as CheckedOptions });

/** What is sent after a page's function has answered. */
async function after(given: unknown, last = sent()): Promise<Request> {
  const next = await changed(last, given, "beforeRetry");
  assert(next);
  const request = new Request(next.input, next.init);
  assert.equal(next.options.url, request.url, "the URL that the provider is told by");
  return request;
}

async function show(request: Request): Promise<object> {
  const { method, headers } = request;
  return { url: request.url, method, headers: Object.fromEntries([...headers].filter(([name]) => name !== "content-type")), body: await request.text() };
}

const refuses = (given: unknown, message: string, last = sent()): Promise<void> =>
  assert.rejects(changed(last, given, "beforeRetry"), { name: "TypeError", message: `retryStream: ${message}` });

test("nothing names no other request", async () => {
  assert.equal(await changed(sent(), undefined, "beforeRetry"), undefined);
  assert.equal(await changed(sent(), null, "fallback"), undefined);
});

test("members of init take the place of those before", async () => {
  assert.deepEqual(await show(await after({})), { url, method: "POST", headers: { authorization: "secret" }, body: "{}" });
  assert.deepEqual(await show(await after({ init: { body: "[]" } })), { url, method: "POST", headers: { authorization: "secret" }, body: "[]" });
  assert.deepEqual(await show(await after({ init: { headers: { x: "1" }, body: undefined } })), { url, method: "POST", headers: { x: "1" }, body: "{}" });
});

test("a URL of the same origin gets the same request", async () => {
  for (const input of ["https://a.example/v2", new URL("https://a.example/v2")]) {
    assert.deepEqual(await show(await after({ input })), { url: "https://a.example/v2", method: "POST", headers: { authorization: "secret" }, body: "{}" });
  }
  const request = new Request(url, { ...post, credentials: "include" });
  const next = await after({ input: "https://a.example/v2" }, sent({}, request));
  assert.equal(next.credentials, "include");
  assert.equal(request.bodyUsed, false, "it can be sent again");
  assert.deepEqual(await show(next), { url: "https://a.example/v2", method: "POST", headers: { authorization: "secret" }, body: "{}" });
});

test("another origin gets what init names, and nothing else", async () => {
  const init = { method: "POST", headers: { authorization: "theirs" }, body: "theirs" };
  assert.deepEqual(await show(await after({ input: there, init })), { url: there, method: "POST", headers: { authorization: "theirs" }, body: "theirs" });
  assert.deepEqual(await show(await after({ input: there, init: { method: "POST", body: "x" } })), { url: there, method: "POST", headers: {}, body: "x" });
  assert.deepEqual(await show(await after({ input: there }, sent({ headers: { authorization: "secret" } }))), { url: there, method: "GET", headers: {}, body: "" });
  assert.deepEqual(await show(await after({ input: there, init: { method: "get" } })), { url: there, method: "GET", headers: {}, body: "" }, "a GET has no body to name");
});

test("what another origin lacks is named", async () => {
  const said = (what: string): string =>
    `beforeRetry asks another origin, which gets nothing of the last request, and names no ${what}. Return { input, init: { method, headers, body } }, or a Request as the input.`;
  await refuses({ input: there }, said("method and no body"));
  await refuses({ input: there, init: { method: "POST" } }, said("body"));
  await refuses({ input: there, init: { body: "x" } }, said("method"));
  await refuses({ input: there }, said("method"), sent({ method: "POST" }));
  await refuses({ input: there }, said("method and no body"), sent({}, new Request(url, post)));
});

test("a Request stands for itself", async () => {
  const request = new Request(url, { method: "POST", body: "own" });
  assert.deepEqual(await show(await after({ input: request })), { url, method: "POST", headers: {}, body: "own" });
  assert.deepEqual(await show(await after({ input: new Request(there), init: { headers: { x: "1" } } })), { url: there, method: "GET", headers: { x: "1" }, body: "" });
});

test("what cannot be meant is refused", async () => {
  const shape = "beforeRetry must return nothing, false, or { input, init }.";
  for (const given of [true, 0, "", there, [], [there], new URL(there), new Request(there)]) await refuses(given, shape);
  await assert.rejects(changed(sent(), { url: there }, "beforeRetry"), { name: "TypeError", message: 'beforeRetry: unknown option "url".' });
  await assert.rejects(changed(sent(), { init: 7 }, "fallback"), { name: "TypeError", message: "fallback: init must be an object." });
  await assert.rejects(changed(sent(), { init: { body: new ReadableStream() } }, "beforeRetry"), /body must not be a ReadableStream/);
});

test("requests that send the same are known for the same", async () => {
  const same = await identity(sent());
  assert.equal(await identity(sent({ ...post, headers: new Headers({ Authorization: "secret" }) })), same);
  assert.equal(await identity(sent(post, `${url}#part`)), same);
  assert.equal(await identity(sent({}, new Request(url, post))), same);
  for (const other of [
    sent(post, `${url}?a`), sent({ ...post, body: "[]" }), sent({ ...post, method: "PUT" }), sent({ ...post, headers: {} }), sent({ ...post, credentials: "omit" }),
  ]) assert.notEqual(await identity(other), same);
});

test("a form's boundary, another one each time, tells no requests apart", async () => {
  const form = (value: string): Sent => {
    const body = new FormData();
    body.set("a", value);
    return sent({ method: "POST", body });
  };
  assert.equal(await identity(form("1")), await identity(form("1")));
  assert.notEqual(await identity(form("1")), await identity(form("2")));
});

test("identity leaves a Request to be sent", async () => {
  const request = new Request(url, post);
  await identity(sent({}, request));
  assert.equal(request.bodyUsed, false);
});
