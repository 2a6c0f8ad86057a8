/** What is to be done later, in the order in which it was asked for; until when by the page's clock. */
const all = new Map<() => void, number>();
let timer: ReturnType<typeof setTimeout> | undefined;
let due = Infinity;

// The longest that a timer can wait, in milliseconds; with more it does not wait at all.
const longest = 2 ** 31 - 1;

/**
 * Has run called after so many milliseconds, unless the function returned is called before. All have one timer, which is set
 * anew when it fires: setting one costs more than reading a word of a reply, and most of what is asked for here is taken back.
 */
export function later(ms: number, run: () => void): () => void {
  const at = performance.now() + ms;
  const own = (): void => run(); // the same may be asked for twice
  all.set(own, at);
  if (at < due) watch(at);
  return () => void all.delete(own);
}

function watch(at: number): void {
  clearTimeout(timer);
  due = at;
  timer = setTimeout(ring, Math.min(at - performance.now(), longest));
  (timer as { unref?(): void }).unref?.(); // Node: no reason to stay alive
}

function ring(): void {
  const now = performance.now();
  due = Infinity;
  try {
    for (const [run, at] of all) if (at <= now && all.delete(run)) run();
  } finally {
    // Whatever was thrown, the rest has its time.
    let next = Infinity;
    for (const at of all.values()) next = Math.min(next, at);
    if (next < due) watch(next);
  }
}
