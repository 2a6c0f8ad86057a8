import { ask, promised } from "../../internal/library/page/read.ts";
import type { Stream, StreamOptions } from "../../internal/library/page/types.ts";

type Sent = StreamOptions & { query?: string };

function send(url: string, { query = "", ...init }: Sent): { stream: Stream; came: Promise<string> } {
  const seen = promised<string>();
  const stream = ask(url + query, { ...init, onStatus: ({ phase }) => { if (phase === "retrying") seen.keep("waits"); } });
  stream.text().then(seen.keep, () => {});
  return { stream, came: seen.promise };
}

/** What comes of a request while another one waits: its text, or that it waits too. */
export async function second(url: string, first: Sent, other: Sent): Promise<string> {
  const waits = send(url, first);
  await waits.came;
  const two = send(url, other);
  const came = await two.came;
  waits.stream.cancel();
  two.stream.cancel();
  return came;
}

/** All that a page could see of a stream, and of what was logged, in one text. */
export const allOf = (seen: object): string => JSON.stringify([seen, logged]);

/** Whether all who ask for a stream's error get the same one. */
export async function sameError(url: string): Promise<boolean> {
  const stream = ask(url);
  const errors: unknown[] = [];
  const iterator = stream[Symbol.asyncIterator]();
  const keep = (error: unknown) => errors.push(error);
  for (let i = 0; i < 2; i++) await iterator.next().catch(keep);
  await stream.text().catch(keep);
  return errors.length === 3 && errors.every((error) => error === errors[0]);
}

/** Starts a stream whose text nobody asks for, and waits until it has ended. */
export function unheard(url: string): Promise<void> {
  const ended = promised<void>();
  ask(url, { onStatus: ({ phase }) => { if (phase === "failed") ended.keep(); } });
  return ended.promise;
}
