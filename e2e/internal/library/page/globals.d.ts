/** The library, which the page has imported before any of these scripts runs. */
declare var retrystream: typeof import("../../../../web/src/index.ts");

/** What before.ts leaves in the page. */
declare var logged: string[];
declare var memories: WebAssembly.Memory[];
declare var changeExports: ((exports: WebAssembly.Exports, imports: WebAssembly.Imports) => Record<string, unknown>) | undefined;
