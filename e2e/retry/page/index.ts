// What the tests of retrying run in pages.
export { passTime, takeTime } from "../../internal/library/page/clock.ts";
export { hurry } from "../../internal/library/page/read.ts";
export * from "./asked.ts";
export * from "./rooms.ts";
