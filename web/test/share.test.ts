import assert from "node:assert/strict";
import { test } from "node:test";

import type { CheckedOptions } from "../src/request/options.ts";
import { enter, hash } from "../src/tabs/share.ts";
import type { Room } from "../src/tabs/tabs.ts";

const url = "https://a.example/v1/chat";

/** The key of the room that a request waits in. */
function key(init: RequestInit = {}, at = url, input: string | Request = at, shared: CheckedOptions["shared"] = "tab"): string {
  const room = enter({ url: at, shared } as CheckedOptions, input, init);
  assert(!(room instanceof Promise));
  return (room satisfies Room).key;
}

const authorization = "Bearer secret";
const mine = key({ headers: { authorization } });

test("the same credential at the same origin is the same room", () => {
  assert.equal(key({ headers: new Headers({ Authorization: authorization }) }), mine);
  assert.equal(key({ headers: [["authorization", authorization]] }, "https://a.example/v1/responses#part"), mine);
  assert.equal(key({}, url, new Request(url, { headers: { authorization } })), mine);
  assert.equal(key({ headers: { authorization } }, url, new Request(url, { headers: { authorization: "other" } })), mine, "init goes before the Request's");
});

test("what may tell callers apart tells rooms apart", () => {
  const keys = [
    mine,
    key(),
    key({ headers: { authorization: "Bearer other" } }),
    key({ headers: { authorization, "x-api-key": "k" } }),
    key({ headers: { authorization, "x-tenant": "t" } }),
    key({ headers: { authorization, "x-team": "t" } }),
    key({ headers: { authorization }, credentials: "include" }),
    key({ headers: { authorization } }, `${url}?key=1`),
    key({ headers: { authorization } }, `${url}?key=2`),
    key({ headers: { authorization } }, "https://b.example/v1/chat"),
    key({ headers: { authorization } }, "http://a.example/v1/chat"),
    key({ headers: { authorization } }, "https://a.example:8443/v1/chat"),
  ];
  assert.equal(new Set(keys).size, keys.length);
});

test("the part of a page that a URL names is not sent, and tells nobody apart", () => {
  assert.equal(key({}, `${url}?key=1#a`), key({}, `${url}?key=1#b`));
});

test("what tells nobody apart does not", () => {
  const headers = {
    authorization, accept: "text/event-stream", "content-type": "application/json", "x-stainless-lang": "js", "sec-fetch-mode": "cors",
    "anthropic-version": "2023-06-01", "anthropic-beta": "a", "openai-beta": "b", "idempotency-key": "i", "x-request-id": "r", traceparent: "t", origin: "o",
  };
  assert.equal(key({ headers }), mine);
  for (const close of ["x-accept", "anthropic-key", "x-origin", "originator"]) assert.notEqual(key({ headers: { authorization, [close]: "1" } }), mine, close);
});

test("the credentials mode that is left out is the Request's, or fetch's own", () => {
  assert.equal(key({ headers: { authorization }, credentials: "same-origin" }), mine);
  assert.equal(key({ headers: { authorization } }, url, new Request(url, { credentials: "include" })), key({ headers: { authorization }, credentials: "include" }));
});

test("the key holds the origin and no secret", () => {
  assert(/^https:\/\/a\.example#\d+-\d+$/.test(mine), mine);
  assert(!key({}, `${url}?key=secret`).includes("secret"));
});

test("who waits alone has no key", () => {
  assert.equal(key({ headers: { authorization } }, url, url, "none"), "");
});

test("hashes of a text are alike, those of others are not", () => {
  const texts = ["", "a", "b", "ab", "ba", "aa", "\0", "a\0", "é", "e", "🚀", "\ud83d", "x".repeat(1000), "x".repeat(1001)];
  assert.equal(new Set(texts.map(hash)).size, texts.length);
  for (const text of texts) assert.equal(hash(text), hash(text));
});
