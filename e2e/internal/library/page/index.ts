// What the scripts of the test packages are made of.
export * from "./bodies.ts";
export * from "./clock.ts";
export * from "./fetch.ts";
export * from "./read.ts";
export * from "./tabs.ts";
