// A page's clocks and timers, of which a test can let some time pass at once.

interface Timer {
  due: number;
  readonly fire: () => void;
  handle: number;
}

const plain = {
  setTimeout: setTimeout.bind(globalThis),
  clearTimeout: clearTimeout.bind(globalThis),
  performanceNow: performance.now.bind(performance),
  dateNow: Date.now,
};

let passed = 0;
let skew = 0;
let last = 1 << 20; // beside the browser's own numbers
const timers = new Map<number, Timer>();

const now = (): number => plain.performanceNow() + passed;

function arm(timer: Timer): void {
  timer.handle = plain.setTimeout(timer.fire, Math.max(0, timer.due - now()));
}

function start(run: TimerHandler, ms: number, repeats: boolean, args: unknown[]): number {
  const id = ++last;
  const fire = (): void => {
    if (repeats) {
      timer.due = now() + ms;
      arm(timer);
    } else {
      timers.delete(id);
    }
    (run as (...args: unknown[]) => void)(...args);
  };
  const timer: Timer = { due: now() + ms, fire, handle: 0 };
  timers.set(id, timer);
  arm(timer);
  return id;
}

function stop(id: number | undefined): void {
  plain.clearTimeout(timers.get(id!)?.handle ?? id);
  timers.delete(id!);
}

/** Has the page's clocks and timers go by passTime too. What is set already goes by its own. */
export function takeTime(): void {
  globalThis.setTimeout = ((run: TimerHandler, ms = 0, ...args: unknown[]) => start(run, ms, false, args)) as typeof setTimeout;
  globalThis.setInterval = ((run: TimerHandler, ms = 0, ...args: unknown[]) => start(run, ms, true, args)) as typeof setInterval;
  globalThis.clearTimeout = globalThis.clearInterval = stop;
  performance.now = now;
  takeDate();
}

let dateTaken = false;

/** Has the wall clock go by setWallClock, while all timers and the other clock go on as they are. */
function takeDate(): void {
  if (dateTaken) return;
  dateTaken = true;
  const wall = (): number => plain.dateNow() + passed + skew;
  const Plain = Date;
  globalThis.Date = class extends Plain {
    constructor(...args: unknown[]) {
      if (args.length > 0) super(...(args as [number]));
      else super(wall());
    }
    static override now(): number {
      return wall();
    }
  } as DateConstructor;
}

/** Sets the wall clock alone so much later: as after a sleep, or when somebody corrects it. */
export function skipWallClock(ms: number): void {
  takeDate();
  skew += ms;
}

/** How many timers are set. */
export const timersSet = (): number => timers.size;

function rearm(): void {
  for (const timer of [...timers.values()].sort((a, b) => a.due - b.due)) {
    plain.clearTimeout(timer.handle);
    arm(timer);
  }
}

/** Lets so much time pass and waits for nothing: in a page that is frozen no timer runs before it wakes. */
export function skipTime(ms: number): void {
  passed += ms;
  rearm();
}

/** Lets so much time pass while the page is left, once it is. */
export function passTimeAway(ms: number): void {
  addEventListener("pagehide", () => (passed += ms), { once: true, capture: true });
  addEventListener("pageshow", rearm, { once: true, capture: true });
}

/**
 * Lets so much time pass at once. When the promise is kept, all that was due in it has
 * been done, what that set off in the page's next tasks too, and every request sent by it
 * is on its way.
 */
export async function passTime(ms: number): Promise<void> {
  passed += ms;
  rearm();
  for (let i = 0; i < 20; i++) await new Promise((done) => plain.setTimeout(done));
  // What the page has sent before this goes out before it.
  await fetch(`${location.origin}/favicon.ico?time-has-passed`, { cache: "no-store" }).catch(() => {});
}
