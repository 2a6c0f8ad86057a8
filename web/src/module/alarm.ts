interface NodeTimer {
  ref?(): void;
  unref?(): void;
}

/**
 * Go's one timer. Go sets it whenever it comes to rest and takes it back when it
 * is resumed, mostly for the same moment; so a timer of the page's stays until it
 * is due, and is only then looked at.
 */
export class Alarm {
  readonly #ring: () => void;
  /** When to ring. */
  #at = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the timer is due. */
  #due = Infinity;
  #busy = true;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Has it ring after so many milliseconds, and not before. */
  set(delay: number): void {
    this.#at = performance.now() + delay;
    if (this.#at < this.#due) this.#start(delay);
  }

  /** Has it ring after so many milliseconds, or before if it is to. */
  setBy(delay: number): void {
    if (performance.now() + delay < this.#at) this.set(delay);
  }

  /** Takes the ring back. */
  forget(): void {
    this.#at = Infinity;
  }

  /** Tells whether it should keep a Node process alive. */
  keepAlive(busy: boolean): void {
    this.#busy = busy;
    const timer = this.#timer as NodeTimer | undefined;
    busy ? timer?.ref?.() : timer?.unref?.();
  }

  /** Ends it for good. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#due = -Infinity;
  }

  #start(delay: number): void {
    clearTimeout(this.#timer);
    this.#due = performance.now() + delay;
    this.#timer = setTimeout(() => {
      this.#due = Infinity;
      const left = this.#at - performance.now();
      if (left <= 0) this.#ring();
      else if (left < Infinity) this.#start(left);
    }, delay);
    this.keepAlive(this.#busy);
  }
}
