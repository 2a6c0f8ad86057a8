// What the tests of this package run in pages.
export * from "../../internal/library/page/index.ts";
