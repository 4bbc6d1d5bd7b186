/* One visitor's conversation: nothing lost, nothing doubled, whatever the network does.
 * What was said comes only from the gateway, in its order, by stream or by poll. What the visitor writes stays in the
 * outbox under one id until the gateway has confirmed it, and may be sent any number of times.
 */
import { Stream } from "./gateway.js";
import { Outbox } from "./store.js";

const POLL = 3_000;
const LONGEST_PAUSE = 30_000;
// The stream is given this many tries before polling starts beside it.
const PATIENCE = 2;

export class Conversation extends EventTarget {
  #api;
  #store;
  #outbox;
  #stream;
  #token;
  #cursor = 0;
  #stored = new Set();
  #posting = new Set();
  #notBefore = 0;
  #failures = 0;
  #pumpTimer = 0;
  #pollTimer = 0;
  #syncing = null;
  #creating = null;
  reachable = true;

  constructor(api, store) {
    super();
    this.#api = api;
    this.#store = store;
    this.#outbox = new Outbox(store);
    this.#token = store.get("token");
    this.#stream = new Stream(api.streamAddress(), {
      hello: () => ({ token: this.#token, after: this.#cursor }),
      message: (message) => this.#receive(message),
      typing: () => this.#emit("typing"),
      changed: () => this.#streamChanged(),
      refused: () => this.#renew(this.#token),
    });
  }

  /** Takes up the conversation of an earlier visit; a first visit costs the gateway nothing. */
  async start() {
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.#reach(false));
    // A phone that slept has sockets that look alive and are not.
    document.addEventListener("visibilitychange", () => document.hidden || this.#stream.check());
    this.#store.watch("token", (token) => token && token !== this.#token && this.#adopt(token));
    for (const entry of this.#outbox.entries()) this.#emit("pending", entry);
    if (this.#token) await this.#connect();
    this.#emit("synced");
    this.#pump();
  }

  send(text, payload = null) {
    const entry = this.#outbox.add(text, payload);
    this.#emit("pending", entry);
    this.#pump();
  }

  async rate(answerId, value, comment) {
    await this.#api.rate(this.#token, answerId, value, comment);
  }

  get busy() {
    return this.#posting.size > 0;
  }

  async #connect() {
    await this.#sync();
    if (!this.#token) return;
    this.#stream.start();
    clearTimeout(this.#pollTimer);
    this.#pollTimer = setTimeout(() => this.#poll(), POLL);
  }

  async #poll() {
    if (!this.#stream.live && this.#stream.attempts >= PATIENCE) await this.#sync();
    const pause = Math.min(LONGEST_PAUSE, POLL * 2 ** this.#failures);
    this.#pollTimer = setTimeout(() => this.#poll(), pause);
  }

  #sync() {
    this.#syncing ??= this.#fetch().finally(() => (this.#syncing = null));
    return this.#syncing;
  }

  async #fetch() {
    const token = this.#token;
    if (!token) return;
    try {
      const { messages } = await this.#api.since(token, this.#cursor);
      if (token !== this.#token) return;
      messages.forEach((message) => this.#receive(message));
      this.#reach(true);
    } catch (error) {
      if (error.status === 401) this.#renew(token);
      else if (error.unreachable) this.#reach(false);
    }
  }

  #receive(message) {
    if (message.seq <= this.#cursor) return;
    this.#cursor = message.seq;
    if (message.message_id) this.#stored.add(message.message_id);
    this.#emit("message", message);
    if (message.from === "customer") this.#pump();
  }

  /** In order: the next one may go as soon as the one before it is in the ledger. */
  #pump() {
    for (const entry of this.#outbox.entries()) {
      if (!this.#posting.has(entry.id)) {
        if (Date.now() < this.#notBefore) return;
        this.#post(entry);
      }
      if (!this.#stored.has(entry.id)) return;
    }
  }

  async #post(entry) {
    this.#posting.add(entry.id);
    this.#emit("activity");
    let token = null;
    try {
      token = await this.#session();
      const answer = await this.#api.send(token, entry);
      this.#outbox.remove(entry.id);
      this.#reach(true);
      const newest = Math.max(answer.seq ?? Infinity, ...answer.replies.map((reply) => reply.seq));
      if (this.#cursor < newest) await this.#sync();
    } catch (error) {
      this.#failed(entry, error, token);
    } finally {
      this.#posting.delete(entry.id);
      this.#emit("activity");
      this.#pump();
    }
  }

  #failed(entry, error, token) {
    if (error.status === 401) {
      this.#renew(token);
      this.#pause(500);
    } else if (error.status === 429) {
      this.#pause(error.retryAfter * 1000);
      this.#emit("waiting", error.retryAfter);
    } else if (error.unreachable) {
      if (error.status === 0 || !this.#stream.live) this.#reach(false);
      this.#pause(Math.min(LONGEST_PAUSE, 1000 * 2 ** this.#failures));
    } else {
      this.#outbox.remove(entry.id);
      this.#emit("refused", { entry, error });
    }
  }

  #pause(milliseconds) {
    this.#notBefore = Date.now() + milliseconds;
    clearTimeout(this.#pumpTimer);
    this.#pumpTimer = setTimeout(() => this.#pump(), milliseconds + 50);
  }

  #session() {
    if (this.#token) return this.#token;
    this.#creating ??= this.#create().finally(() => (this.#creating = null));
    return this.#creating;
  }

  async #create() {
    const { token } = await this.#api.createSession();
    // Another tab may have been faster: both then speak in one conversation.
    this.#token = this.#store.get("token") ?? token;
    this.#store.set("token", this.#token);
    this.#connect();
    return this.#token;
  }

  /** The gateway no longer knows the session: a new one begins, and what was not sent goes there. */
  #renew(refused) {
    if (refused !== this.#token) return;
    const other = this.#store.get("token");
    if (other && other !== refused) {
      this.#adopt(other);
      return;
    }
    this.#store.remove("token");
    this.#adopt(null);
  }

  #adopt(token) {
    const had = this.#token;
    this.#stream.stop();
    clearTimeout(this.#pollTimer);
    this.#token = token;
    this.#cursor = 0;
    this.#stored.clear();
    this.#notBefore = 0;
    if (had) {
      this.#outbox.dropPayloads();
      this.#emit("renewed");
    }
    if (token) this.#connect();
    this.#pump();
  }

  #streamChanged() {
    if (this.#stream.live) {
      this.#reach(true);
      this.#notBefore = 0;
      this.#pump();
    }
    this.#emit("activity");
  }

  #hurry() {
    this.#notBefore = 0;
    if (this.#stream.live) this.#stream.check();
    else this.#stream.hurry();
    this.#pump();
  }

  #reach(reachable) {
    this.#failures = reachable ? 0 : Math.min(this.#failures + 1, 10);
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    this.#emit("connection", reachable);
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
