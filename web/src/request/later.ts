/** What is to be done later, in the order in which it was asked for; until when by the page's clock. */
const all = new Map<() => void, number>();
let timer: ReturnType<typeof setTimeout> | undefined;
let due = Infinity;

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
  timer = setTimeout(ring, at - performance.now());
  (timer as { unref?(): void }).unref?.(); // Node: no reason to stay alive
}

function ring(): void {
  const now = performance.now();
  let next = Infinity;
  due = -Infinity; // what is asked for meanwhile is seen below
  for (const [run, at] of all) {
    if (at > now) next = Math.min(next, at);
    else {
      all.delete(run);
      run();
    }
  }
  due = Infinity;
  if (next < Infinity) watch(next);
}
