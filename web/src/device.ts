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
  const on = (target: EventTarget | undefined, type: string, run: (event: Event) => void): void => {
    if (typeof target?.addEventListener !== "function") return;
    target.addEventListener(type, run);
    undo.push(() => target.removeEventListener(type, run));
  };
  const page = globalThis as unknown as EventTarget;
  on(page, "online", () => listener.online(true));
  on(page, "offline", () => listener.online(false));
  // A page that was frozen, or comes out of the back-forward cache.
  on(page, "pageshow", (event) => (event as PageTransitionEvent).persisted && listener.wake());
  on(globalThis.document, "resume", () => listener.wake());
  return () => undo.forEach((off) => off());
}

/** Tells when the whole device has been asleep, as long as there is somebody to tell. */
export class SleepWatch {
  readonly #wake: () => void;
  readonly #busy: () => boolean;
  #last = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(wake: () => void, busy: () => boolean) {
    this.#wake = wake;
    this.#busy = busy;
  }

  /** Watches from now on. The timer outlasts who needs it, as the next may come soon. */
  start(): void {
    this.#last = drift();
    if (this.#timer) return;
    this.#timer = setInterval(() => {
      if (!this.#busy()) return this.stop();
      const now = drift();
      if (now - this.#last > slept) this.#wake();
      this.#last = now;
    }, lookEvery);
    (this.#timer as { unref?(): void }).unref?.(); // Node: no reason to stay alive
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

// One clock stands still while the device sleeps, the other does not.
const drift = (): number => Date.now() - performance.now();
