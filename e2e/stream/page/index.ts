// What the tests of reading a stream run in pages.
export { answerRequests } from "../../internal/library/page/bodies.ts";
export { passTime, takeTime } from "../../internal/library/page/clock.ts";
export { hurry } from "../../internal/library/page/read.ts";
export * from "./batches.ts";
export * from "./calls.ts";
export * from "./cut.ts";
export { finish, follow as followMemory, left, settle } from "./left.ts";
export * from "./text.ts";
