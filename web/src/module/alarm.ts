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
  /** When Go wants to be rung. */
  #at = Infinity;
  /** When to ring all the same. */
  #soon = Infinity;
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

  /** Has it ring once more, after at most so many milliseconds: Go's own ring stays. */
  soon(delay: number): void {
    if (this.#soon < Infinity) return;
    this.#soon = performance.now() + delay;
    if (this.#soon < this.#due) this.#start(delay);
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
    this.#timer = setTimeout(() => this.#look(), delay);
    this.keepAlive(this.#busy);
  }

  #look(): void {
    this.#due = Infinity;
    const now = performance.now();
    const rings = Math.min(this.#at, this.#soon) <= now;
    if (this.#at <= now) this.#at = Infinity;
    if (this.#soon <= now) this.#soon = Infinity;
    if (rings) this.#ring();
    // Go does not set again what has not changed.
    const next = Math.min(this.#at, this.#soon);
    if (next < this.#due) this.#start(next - performance.now());
  }
}
