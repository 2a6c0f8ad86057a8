import { chatEnd, chatURL, delta, utf8, type Part } from "../../internal/library/page/bodies.ts";
import { post } from "../../internal/library/page/fetch.ts";
import { ask, task } from "../../internal/library/page/read.ts";
import type { FetchOptions } from "../../internal/library/page/types.ts";

interface Reply {
  readonly status: number;
  readonly chunks: readonly Part[];
  /** Whether it does not end. */
  readonly open?: boolean;
}

const big = "x".repeat(50_000);
const replies: readonly Reply[] = [
  { status: 500, chunks: [big, big, big, big] },
  { status: 200, chunks: [delta(""), new TypeError("network error")] },
  { status: 500, chunks: [big], open: true },
  { status: 200, chunks: [delta(""), delta("one"), chatEnd] },
];

let onStep = (): void => {};
let requests = 0;

/** Answers with the replies, one after the other, step by step. */
async function reply(_: unknown, init?: RequestInit): Promise<Response> {
  const signal = init!.signal!;
  const { status, chunks, open } = replies[requests++] ?? replies.at(-1)!;
  const aborted = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
  aborted.catch(() => {});
  signal.throwIfAborted();
  onStep();
  await Promise.race([task(), aborted]);
  let at = 0;
  const source = new ReadableStream({
    start: (controller) => void aborted.catch((reason) => { try { controller.error(reason); } catch {} }),
    async pull(controller) {
      await task();
      onStep();
      if (signal.aborted) return;
      const chunk = chunks[at++];
      if (chunk instanceof Error) controller.error(chunk);
      else if (chunk !== undefined) controller.enqueue(utf8(chunk as string));
      else if (open) await aborted.catch(() => {});
      else controller.close();
    },
  }, { highWaterMark: 0 });
  return new Response(source, { status, headers: { "content-type": "text/event-stream" } });
}

/** A response's text() does not tell why it failed. */
async function drain(response: Response): Promise<void> {
  for (const reader = response.body!.getReader(); !(await reader.read()).done; );
}

let retry = (): void => {};
const options: FetchOptions = { delays: { initialMs: 1 }, onRetry: () => retry() };

/** Who asks: what comes of it, and how it is ended. */
const ways: Record<string, () => [Promise<unknown>, () => void]> = {
  abort() {
    const controller = new AbortController();
    const send = retrystream.createRetryFetch(options);
    retry = send.retryNow;
    return [send(chatURL, post({ signal: controller.signal })).then(drain), () => controller.abort()];
  },
  cancel() {
    const send = retrystream.createRetryFetch(options);
    retry = send.retryNow;
    return [send(chatURL, post()).then(drain), send.cancel];
  },
  stream() {
    const stream = ask(chatURL, options as object);
    retry = () => stream.retryNow();
    return [stream.text(), () => stream.cancel()];
  },
  // Nobody reads what comes.
  unread() {
    const stream = ask(chatURL, options as object);
    retry = () => stream.retryNow();
    return [new Promise<void>((resolve) => setTimeout(() => (stream.cancel(), resolve()), 20)), () => stream.cancel()];
  },
};

/**
 * Ends requests at each step of scripted replies, and gives how many steps there are
 * and how else than by an AbortError a request ended that was read.
 */
export async function endEverywhere(): Promise<{ steps: number; others: string[] }> {
  globalThis.fetch = reply as typeof fetch;
  // An error's body that stays open is waited for no longer than this.
  const plainTimer = globalThis.setTimeout;
  globalThis.setTimeout = ((run: TimerHandler, ms = 0, ...args: unknown[]) => plainTimer(run, Math.min(ms, 20), ...args)) as typeof setTimeout;

  let steps = 0;
  const others: string[] = [];
  for (const [way, begin] of Object.entries(ways)) {
    for (let at = 0; way === "abort" || at <= steps; at++) {
      for (const later of [(run: () => void) => run(), (run: () => void) => void setTimeout(run)]) {
        requests = 0;
        let step = 0;
        let stop = (): void => {}; // the first step comes before there is anything to stop
        onStep = () => {
          if (step++ === at) later(() => stop());
        };
        const [done, end] = begin();
        stop = end;
        if (at === 0) stop();
        const name = await done.then(() => "done", (error: Error) => (error.name === "AbortError" ? error.name : error.stack));
        if (name !== "AbortError" && name !== "done") others.push(`${way} at ${at}: ${name}`);
        steps = Math.max(steps, step);
      }
      if (way === "abort" && at > steps) break;
    }
  }
  for (let i = 0; i < 5; i++) await task();
  return { steps, others };
}
