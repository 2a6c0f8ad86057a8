// Functions for the test that cuts streams: read to the end, through the
// library, whatever becomes of the first attempt.
import { plainEvents } from "../../internal/library/page/bodies.ts";
import { ask } from "../../internal/library/page/read.ts";
import type { StreamOptions } from "../../internal/library/page/types.ts";

interface Got {
  text: string;
  events: string[];
  resets: number;
  attempts: number;
  error: string;
}

/** Reads a reply, and gives what came since the last reset. */
async function readCut(url: string, options: StreamOptions): Promise<Got> {
  const seen: Got = { text: "", events: [], resets: 0, attempts: 0, error: "" };
  try {
    const stream = ask(url, {
      ...options,
      shared: "none",
      maxAttempts: 5,
      delays: { initialMs: 1, maxMs: 1 },
      onStatus: ({ attempt }) => (seen.attempts = Math.max(seen.attempts, attempt)),
    });
    for await (const one of stream) {
      if (one.type === "reset") {
        Object.assign(seen, { text: "", events: [], resets: seen.resets + 1 });
        continue;
      }
      const { event, data, id, text } = one;
      seen.events.push(JSON.stringify({ event, data, id }));
      seen.text += text;
    }
  } catch (error) {
    seen.error = String(error);
  }
  return seen;
}

/** A stream to cut. */
interface Cuttable {
  readonly name: string;
  readonly url: string;
  readonly options: StreamOptions;
  /** The reply's; empty where it is not known. */
  readonly text: string;
  /** What to add to the URL for each cut. */
  readonly cuts: readonly string[];
}

/**
 * Reads a stream uncut, then once for each cut, several at a time, and gives how many
 * of the replies came out as the uncut one did, and what was wrong with the others.
 */
export async function cutEverywhere({ name, url, options, text, cuts }: Cuttable, atOnce: number) {
  const found = { survived: 0, again: 0, resumed: 0, problems: [] as string[], tookMs: 0 };
  const began = performance.now();
  const uncut = await readCut(`${url}case=${encodeURIComponent(name)}`, options);
  const raw = await fetch(`${url}case=raw`, { method: "POST", body: `{"stream":true}` }).then((response) => response.arrayBuffer());
  const plain = plainEvents(new Uint8Array(raw)).map(({ event, data, id }) => JSON.stringify({ event, data, id }));
  const problems: string[] = [];
  if (uncut.error || uncut.attempts !== 1 || uncut.events.join() !== plain.join()) problems.push(`${name}: uncut ${uncut.error || "has other events"}`);
  if (text !== "" && uncut.text !== text) problems.push(`${name}: uncut the text is ${uncut.text}`);
  // A fake's second reply has ids of its own.
  const another = await readCut(`${url}case=${encodeURIComponent(name)}`, options);
  const rest = cuts.values();
  const work = async (): Promise<void> => {
    for (const cut of rest) {
      const got = await readCut(`${url}case=${encodeURIComponent(name + " " + cut)}&${cut}`, options);
      // Who has seen the end does not ask again, and lacks what follows it.
      const whole = ({ events }: Got) => (got.attempts === 1 ? events.slice(0, got.events.length) : events).join() === got.events.join();
      const wrong = [
        got.error,
        got.text !== uncut.text && "another text",
        ![uncut, another].some(whole) && "other events",
        got.resets > 1 && "two resets",
      ].filter(Boolean);
      if (wrong.length > 0) problems.push(`${name} ${cut}: ${wrong.join(", ")} (${got.events.length} events, ${got.attempts} attempts)`);
      else found.survived++;
      if (got.attempts > 1) found.again++;
      if (got.attempts > 1 && got.resets === 0 && options.partial === "resume") found.resumed++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  found.problems.push(...problems.slice(0, 5));
  found.tookMs = performance.now() - began;
  return found;
}
