/* What the visitor has written: sent in order, under one id, until the gateway has confirmed it. */
import { Outbox } from "./store.js";

export class Sender {
  #outbox;
  #host;
  #posting = new Set();
  #stored = new Set();
  #notBefore = 0;
  #told = false;
  #timer = 0;

  /** `host`: session(), deliver(token, entry), pauseAfter(error, token) → ms or null for "never", emit(name, detail). */
  constructor(store, host) {
    this.#outbox = new Outbox(store);
    this.#host = host;
  }

  get busy() {
    return this.#posting.size > 0;
  }

  entries() {
    return this.#outbox.entries();
  }

  add(text, payload) {
    this.#host.emit("pending", this.#outbox.add(text, payload));
    this.pump();
  }

  /** The ledger has it: the next one may go. */
  confirm(id) {
    this.#stored.add(id);
  }

  /** The network is back. What the gateway has asked for, it gets. */
  hurry() {
    if (!this.#told) this.#notBefore = 0;
    this.pump();
  }

  /** Another session: what is confirmed there is not known yet. */
  restart() {
    this.#stored.clear();
    this.#notBefore = 0;
  }

  dropPayloads() {
    this.#outbox.dropPayloads();
  }

  forget() {
    for (const entry of this.entries()) this.#outbox.remove(entry.id);
    this.restart();
  }

  /** In order: the next one may go as soon as the one before it is in the ledger. */
  pump() {
    for (const entry of this.entries()) {
      if (!this.#posting.has(entry.id)) {
        if (Date.now() < this.#notBefore) return;
        this.#post(entry);
      }
      if (!this.#stored.has(entry.id)) return;
    }
  }

  async #post(entry) {
    this.#posting.add(entry.id);
    this.#host.emit("activity");
    let token = null;
    try {
      token = await this.#host.session();
      // The visitor may have logged out meanwhile.
      if (this.#has(entry)) await this.#host.deliver(token, entry, () => this.#outbox.remove(entry.id));
    } catch (error) {
      this.#failed(entry, this.#host.pauseAfter(error, token), error);
    } finally {
      this.#posting.delete(entry.id);
      this.#host.emit("activity");
      this.pump();
    }
  }

  #has(entry) {
    return this.entries().some((other) => other.id === entry.id);
  }

  #failed(entry, pause, error) {
    if (pause === null) {
      this.#outbox.remove(entry.id);
      this.#host.emit("refused", { entry, error });
      return;
    }
    this.#told = Boolean(error.retryAfter);
    this.#notBefore = Date.now() + pause;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.pump(), pause + 50);
  }
}
