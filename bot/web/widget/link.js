/* Whether the gateway can be reached, and how long to leave it alone when it cannot. */

const LONGEST = 30_000;

export class Link extends EventTarget {
  #failures = 0;
  reachable = navigator.onLine !== false;

  reach(reachable) {
    this.#failures = reachable ? 0 : Math.min(this.#failures + 1, 10);
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    this.emit("connection", reachable);
  }

  /** Milliseconds, longer with every failure. */
  pause(first) {
    return Math.min(LONGEST, first * 2 ** this.#failures);
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
