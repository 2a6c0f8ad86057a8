import type { ResponseHead } from "../request/attempt.ts";
import type { Asked, RetryFacts } from "../request/before.ts";
import type { Resume } from "../request/resume.ts";
import type { RetryStreamError } from "../event/errors.ts";
import type { ChatStreamError, ChatStreamRetry } from "../event/types.gen.ts";
import type { Ending } from "./border.gen.ts";
import type { Memory } from "./records.ts";

/** What the engine needs of a call. Each method only takes note or starts something. */
export interface EngineCall {
  /** Sends the request of the next attempt, and hands over the response's head. Where respond says so it has the body read to its end. */
  open(resume: Resume | undefined, respond: (head: ResponseHead) => boolean): Promise<void>;
  /** A header of the response, by its name. */
  header(name: string): string;
  abort(): void;
  /** There are records to read now; chunk is what was fed. textOnly: they are what feed leaves where only the text is wanted. */
  records(memory: Memory, chunk: Uint8Array, textOnly?: boolean): void;
  /** All that was fed is passed on. */
  passed(chunk: Uint8Array): void;
  /** The reply got further by what was fed. */
  progress(): void;
  /** The body of the last request; empty if it is not known, or long. */
  body(): Promise<string>;
  /** Asks the page whether and how to send the request again, or another: another address, or false to refuse. */
  ask(who: Asked, retry: RetryFacts): Promise<Address | false | undefined>;
  retry(retry: ChatStreamRetry): void;
  /** The status has changed, to this in JSON but for when the last byte came and when the reply last got further, 0 for never. */
  status(status: string, byteAt: number, progressAt: number): void;
  /** The end; failed is null when the reply is complete or was canceled. ending tells what a relay does then. */
  done(failed: ChatStreamError | null, ending: Ending): void;
  /** The end, by a bug in the module. */
  crashed(error: RetryStreamError): void;
}

/** Where a changed request goes, and its stream waits. */
export interface Address {
  readonly url: string;
  readonly roomKey: string;
}
