/* Who the shop's server says the visitor is. Told to the gateway when there is a conversation, not before. */

const RETRY = 5_000;
// A session that has ended and one that is another customer's may be replaced; a third refusal is an answer.
const MOST_RESTARTS = 2;

export class Identity {
  #host;
  #details = null;
  #settle = null;
  #proving = null;
  #timer = 0;
  #restarts = 0;

  /** `host`: send(details) → Promise, refused(error) → true when another session follows, emit(name, detail). */
  constructor(host) {
    this.#host = host;
  }

  /** Resolves with what the gateway has verified. */
  set(details) {
    if (details?.user_id === undefined || !details.signature || !details.expires) {
      return Promise.reject(new TypeError("identify needs user_id, expires and signature, made by your server."));
    }
    this.#details = { ...details };
    this.#restarts = 0;
    return new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  get waiting() {
    return this.#settle !== null;
  }

  forget() {
    clearTimeout(this.#timer);
    this.#details = this.#settle = null;
  }

  /** A new session knows nobody yet. */
  again() {
    if (this.#details) this.#settle ??= { resolve() {}, reject() {} };
  }

  prove() {
    if (!this.waiting) return null;
    this.#proving ??= this.#attempt(this.#details, this.#settle).finally(() => (this.#proving = null));
    return this.#proving;
  }

  async #attempt(details, settle) {
    clearTimeout(this.#timer);
    try {
      const who = await this.#host.send(details);
      if (this.#settle === settle) this.#settle = null;
      settle.resolve(who);
      this.#host.emit("identified", who);
    } catch (error) {
      if (error.unreachable || error.status === 429) {
        this.#timer = setTimeout(() => this.prove(), (error.retryAfter || 0) * 1000 || RETRY);
      } else if (this.#restarts++ >= MOST_RESTARTS || !this.#host.refused(error)) {
        this.#settle = null;
        settle.reject(error);
        this.#host.emit("error", error);
      }
    }
  }
}
