/** The page of the tests with the providers' own SDKs. */
import * as retrystream from "retrystream";

import { anthropicUses, openaiUses } from "./ai.ts";
import { uses as anthropic } from "./anthropic.ts";
import type { Use } from "./ask.ts";
import { uses as genai } from "./genai.ts";
import { uses as openai } from "./openai.ts";

/** One cell of the table. */
interface Cell {
  sdk: string;
  use: string;
  /**
   * The fake provider's address. Under it, /page/shown is told that text is shown,
   * and /page/answered answers when the first request has been.
   */
  url: string;
  /** Options of createRetryFetch; null: the SDK does without. */
  options: retrystream.RetryFetchOptions | null;
  /** The SDK's own timeout. */
  timeoutMs?: number;
  /** When the page gives up. */
  abort?: "shown" | "waiting";
  /** When the use counts as hanging. */
  boundMs: number;
}

interface Outcome {
  /** All that was shown. */
  text: string;
  /** What the SDK put together itself. */
  final: string | null;
  error: { name: string; message: string; status: number | null } | null;
  /** Whether the use had not ended in time. */
  hung: boolean;
  /** The kinds of failure that onRetry told of. */
  retries: (string | undefined)[];
}

const sdks: Record<string, Record<string, Use>> = {
  openai,
  "@anthropic-ai/sdk": anthropic,
  "@google/genai": genai,
  "@ai-sdk/openai": openaiUses,
  "@ai-sdk/anthropic": anthropicUses,
};

function named(error: unknown): Outcome["error"] {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error), status: null };
  const name = error.name === "Error" ? error.constructor.name : error.name;
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown };
  const code = status ?? statusCode;
  return { name, message: error.message, status: typeof code === "number" ? code : null };
}

async function run({ sdk, use, url, options, timeoutMs, abort, boundMs }: Cell): Promise<Outcome> {
  const outcome: Outcome = { text: "", final: null, error: null, hung: false, retries: [] };
  const ask = sdks[sdk]?.[use];
  if (!ask) throw new Error(`there is no such use: ${sdk} ${use}`);
  const controller = new AbortController();
  const waits = (): void => {
    if (abort === "waiting") controller.abort();
  };
  const onRetry: NonNullable<retrystream.RetryFetchOptions["onRetry"]> = ({ kind }) => {
    outcome.retries.push(kind);
    waits();
  };
  // An SDK tells nobody that it waits, so the page gives it time to begin.
  if (!options && abort === "waiting") void fetch(`${url}/page/answered`).then(() => setTimeout(waits, 500), () => {});
  const show = (piece: string): void => {
    const first = outcome.text === "" && piece !== "";
    outcome.text += piece;
    if (!first) return;
    if (abort === "shown") controller.abort();
    fetch(`${url}/page/shown`).catch(() => {});
  };
  const bound = new Promise<"hung">((done) => setTimeout(done, boundMs, "hung"));
  const fetcher = options ? retrystream.createRetryFetch({ ...options, onRetry }) : undefined;
  try {
    const reply = ask({ url, fetch: fetcher, timeout: timeoutMs, signal: controller.signal, show });
    const ended = await Promise.race([reply.then((final) => ({ final })), bound]);
    if (ended === "hung") {
      outcome.hung = true;
      reply.catch(() => {});
    } else {
      outcome.final = ended.final ?? null;
    }
  } catch (error) {
    outcome.error = named(error);
  }
  const seen = structuredClone(outcome);
  if (outcome.hung) controller.abort();
  return seen;
}

Object.assign(globalThis, { retrystream, tests: { run: (cells: Cell[]) => Promise.all(cells.map(run)) } });
