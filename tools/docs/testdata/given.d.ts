// What a script of the documentation may take for granted.

declare const apiKey: string;
declare const messages: { role: "user" | "assistant"; content: string }[];
declare const url: string;
declare const headers: Record<string, string>;
declare const body: string;
declare const smallerModel: string;
/** Of another provider. */
declare const otherURL: string, otherHeaders: Record<string, string>, otherBody: string;
/** The element that shows a reply. */
declare const reply: HTMLElement;
/** A page's own. */
declare function onRetry(retry: import("retrystream").ChatStreamRetry): void;
declare function show(text: string): void;
/** Node's. */
declare const process: { env: Record<string, string>; stdout: { write(text: string): void } };
