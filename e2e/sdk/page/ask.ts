/** What a use of an SDK is given. */
export interface Ask {
  /** The fake provider's address. */
  readonly url: string;
  /** retrystream's fetch; undefined where the SDK is to do without. */
  readonly fetch: typeof fetch | undefined;
  /** The SDK's own timeout in milliseconds, where it has one. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal;
  /** Shows a piece of the reply to the reader. */
  show(piece: string): void;
}

/**
 * One use of an SDK, as its documentation has it. It gives the reply that the
 * SDK put together itself, where it does that, and throws what the SDK throws.
 */
export type Use = (ask: Ask) => Promise<string | void>;

/** A key that no provider would take. */
export const apiKey = "sk-test";

export const question = "What is the weather in Florence?";

/** The tool of the uses that call one. */
export const tool = {
  name: "weather",
  description: "The weather in a city",
  schema: {
    type: "object" as const,
    properties: { city: { type: "string" as const } },
    required: ["city"],
    additionalProperties: false,
  },
};
