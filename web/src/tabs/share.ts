// Which streams wait together: those that show the same server the same
// credential. The module gets a number for it; the credential is not kept.

import { harmlessHeader } from "../module/border.gen.ts";
import { requestOf, type CheckedOptions } from "../request/options.ts";
import { open, type Room } from "./tabs.ts";

const seeds = crypto.getRandomValues(new Uint32Array(2));

/** The room that a request's stream waits in, until leave. */
export function enter({ shared, url }: CheckedOptions, input: string | URL | Request, init: RequestInit): Room | Promise<Room> {
  const room: Room = { key: "", name: "", told() {} };
  if (shared === "none") return room;
  // The URL is one that the browser has written: a path follows its origin.
  const origin = url.slice(0, url.indexOf("/", 8));
  const request = requestOf(input);
  const given = init.headers ?? request?.headers;
  let credential = `${init.credentials ?? request?.credentials ?? "same-origin"}${/\?[^#]*/.exec(url) ?? ""}`;
  for (const [name, value] of given instanceof Headers ? given : new Headers(given)) if (!harmlessHeader.test(name)) credential += `\n${name}:${value}`;
  room.key = `${origin}#${hash(credential)}`;
  return shared === "origin" ? open(room, origin + credential) : room;
}

/** A number for a text, which another page load would give another number. */
export function hash(text: string): string {
  let [a, b] = seeds as unknown as [number, number];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x2c9277b5);
    b = Math.imul(b ^ (a >>> 15) ^ unit, 0x5f356495);
    a ^= b >>> 13;
  }
  return `${a >>> 0}-${b >>> 0}`;
}
