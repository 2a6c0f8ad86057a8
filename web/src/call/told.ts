import type { ChatStreamStatus } from "../event/types.gen.ts";

/** A status that was told. It is in JSON, and without its times, until somebody asks for it: mostly nobody does. */
export class Told {
  #status: ChatStreamStatus | string;
  readonly #byteAt: number;
  readonly #progressAt: number;

  constructor(status: ChatStreamStatus | string, byteAt = 0, progressAt = 0) {
    this.#status = status;
    this.#byteAt = byteAt;
    this.#progressAt = progressAt;
  }

  get status(): ChatStreamStatus {
    if (typeof this.#status !== "object") this.#status = dated(JSON.parse(this.#status) as ChatStreamStatus, this.#byteAt, this.#progressAt);
    return this.#status;
  }
}

/** A status with its times, 0 for never. */
export function dated(status: ChatStreamStatus, byteAt: number, progressAt: number): ChatStreamStatus {
  const iso = (at: number): string => new Date(at).toISOString();
  return { ...status, ...(byteAt > 0 && { last_byte_at: iso(byteAt) }), ...(progressAt > 0 && { last_progress_at: iso(progressAt) }) };
}
