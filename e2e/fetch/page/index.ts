// What the tests of the library's fetch run in pages.
export { plain, begun, relay, relayed, relayLater } from "../../internal/library/page/fetch.ts";
export { endEverywhere } from "./aborts.ts";
export * from "./ways.ts";
