/** What the device tells. Each method only takes note. */
export interface DeviceListener {
  online(online: boolean): void;
  wake(): void;
}

// How often to look whether the device has slept, and how far apart its clocks
// must be to be sure of it, in milliseconds.
const lookEvery = 10_000;
const slept = 5_000;

/** Whether there is a network, as far as the browser knows. */
export function isOnline(): boolean {
  // Node has a navigator, which knows nothing of networks.
  return globalThis.navigator?.onLine !== false;
}

/**
 * Tells of the network's coming and going, and when the page has been asleep. The
 * function returned ends that. Where a browser's events do not exist, there is
 * nothing to tell.
 */
export function watchDevice(listener: DeviceListener): () => void {
  const undo: (() => void)[] = [];
  // Without a signal: a window of jsdom's refuses Node's.
  const on = (target: Partial<EventTarget> | undefined, type: string, run: (event: Event) => void): void => {
    target?.addEventListener?.(type, run);
    undo.push(() => target?.removeEventListener?.(type, run));
  };
  on(globalThis, "online", () => listener.online(true));
  on(globalThis, "offline", () => listener.online(false));
  // A page that was frozen, or comes out of the back-forward cache.
  on(globalThis, "pageshow", (event) => (event as PageTransitionEvent).persisted && listener.wake());
  on(globalThis.document, "resume", () => listener.wake());
  return () => undo.forEach((off) => off());
}

/**
 * Tells when the whole device has been asleep. The function returned begins the
 * watch, which ends some time after there is nobody busy: the next may come soon.
 */
export function watchSleep(wake: () => void, busy: () => boolean): () => void {
  let last: number;
  let timer: ReturnType<typeof setInterval> | undefined;
  const look = (): void => {
    const now = drift();
    if (!busy()) {
      clearInterval(timer);
      timer = undefined;
    } else if (now - last > slept) wake();
    last = now;
  };
  return () => {
    last = drift();
    timer ??= setInterval(look, lookEvery);
    (timer as { unref?(): void }).unref?.(); // Node: no reason to stay alive
  };
}

// One clock stands still while the device sleeps, the other does not.
const drift = (): number => Date.now() - performance.now();
