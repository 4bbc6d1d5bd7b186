/* Asks the gateway for what is new: never twice at once, and every few seconds while nothing else brings it. */

const EVERY = 3_000;

export class Poll {
  #host;
  #timer = 0;
  #asking = null;

  /** `host`: fetch() → Promise, needed() → whether asking is worth it now, pause(ms) → ms. */
  constructor(host) {
    this.#host = host;
  }

  now() {
    this.#asking ??= this.#host.fetch().finally(() => (this.#asking = null));
    return this.#asking;
  }

  start() {
    this.stop();
    this.#timer = setTimeout(() => this.#turn(), this.#host.pause(EVERY));
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  async #turn() {
    const mine = this.#timer;
    if (this.#host.needed()) await this.now();
    if (mine === this.#timer) this.start();
  }
}
