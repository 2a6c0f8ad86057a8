import type { ChatStreamError, Kind } from "./types.gen.ts";

/** What a {@link RetryStreamError} can be about: a failure's kind, or "module" when the WebAssembly module itself did not load or failed. */
export type ErrorKind = Kind | "module";

/** Why a stream failed for good. Its message is for a person: what happened and what to do. */
export class RetryStreamError extends Error {
  override readonly name = "RetryStreamError";
  /** What went wrong. */
  declare readonly kind: ErrorKind;
  /** The provider's id, such as "anthropic"; empty when it is not known. */
  declare readonly provider: string;
  /** The HTTP status, undefined when there was none. */
  declare readonly statusCode: number | undefined;
  /** Whether the same request may succeed later. */
  declare readonly retryable: boolean;
  /** How many requests were made. */
  declare readonly attempts: number;
  /** What the provider said, without secrets: untrusted text, often empty. */
  declare readonly detail: string;
  /** The delay the provider asked for, in milliseconds; undefined when it asked for none. */
  declare readonly retryAfterMs: number | undefined;
  /** The reply text that came before, empty when there was none. */
  declare readonly text: string;

  constructor(failure: ChatStreamError | ModuleFailure, cause?: unknown, text = "") {
    super(failure.message, cause === undefined ? undefined : { cause });
    this.kind = failure.kind ?? "unknown";
    this.provider = failure.provider ?? "";
    this.statusCode = failure.status_code;
    this.retryable = failure.retryable;
    this.attempts = failure.attempts;
    this.detail = failure.detail ?? "";
    this.retryAfterMs = failure.retry_after_ms;
    this.text = text;
  }
}

type ModuleFailure = Omit<ChatStreamError, "kind"> & { readonly kind: "module" };

/** A failure of the module: it did not load, or a bug ended it. Another call loads it afresh. */
export function moduleError(message: string, cause?: unknown): RetryStreamError {
  return new RetryStreamError({ kind: "module", message, retryable: true, attempts: 0 }, cause);
}
