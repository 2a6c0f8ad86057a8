// What the tests of the demo page run in it.
export { passTime, takeTime } from "../../internal/library/page/clock.ts";
export * from "./banner.ts";
export * from "./chat.ts";
export * from "./watch.ts";
