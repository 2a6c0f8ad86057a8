// Which streams wait together: those that show the same server the same
// credential. The module gets a number for it; the credential stays here.

import { requestOf, type CheckedOptions } from "./options.ts";
import { open, type Room } from "./tabs.ts";

const credentialHeaders = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];

// As many as a page may use before they share a number; nothing may grow without bound.
const maxCredentials = 1000;
const credentials = new Map<string, number>();

/** The room that a request's stream waits in, until leave. */
export function enter({ shared, url }: CheckedOptions, input: string | URL | Request, init: RequestInit): Room | Promise<Room> {
  const room: Room = { key: "", name: "", told() {} };
  if (shared === "none") return room;
  // The URL is one that the browser has written: a path follows its origin.
  const origin = url.slice(0, url.indexOf("/", 8));
  const key = /[?&]key=/.test(url) ? new URL(url).searchParams.get("key") : null;
  const given = init.headers ?? requestOf(input)?.headers;
  const headers = given instanceof Headers ? given : new Headers(given);
  const credential = [...credentialHeaders.map((name) => headers.get(name)), key].join("\n");
  let number = credentials.get(credential);
  if (number === undefined) {
    number = credentials.size;
    if (number < maxCredentials) credentials.set(credential, number);
  }
  room.key = `${origin}#${number}`;
  return shared === "origin" ? open(room, origin + credential) : room;
}
