/* One visitor's conversation: nothing lost, nothing doubled, whatever the network does.
 * What was said comes only from the gateway, in its order, by stream or by poll. What the visitor writes stays in the
 * outbox under one id until the gateway has confirmed it, and may be sent any number of times.
 */
import { Stream } from "./gateway.js";
import { Identity } from "./identity.js";
import { Link } from "./link.js";
import { Poll } from "./poll.js";
import { Sender } from "./sender.js";
import { Session } from "./session.js";

// The stream is given this many tries before polling starts beside it.
const PATIENCE = 2;

export class Conversation extends Link {
  #api;
  #store;
  #session;
  #sender;
  #poll;
  #stream;
  #identity;
  #cursor = 0;
  owner = "bot";

  constructor(api, store) {
    super();
    const emit = this.emit.bind(this);
    this.#api = api;
    this.#store = store;
    this.#session = new Session(api, store);
    this.#sender = new Sender(store, {
      session: () => this.#ready(),
      deliver: (token, entry, taken) => this.#deliver(token, entry, taken),
      pauseAfter: (error, token) => this.#pauseAfter(error, token),
      emit,
    });
    this.#identity = new Identity({
      send: (details) => this.#api.identify(this.#session.token, details),
      refused: (error) => this.#unidentified(error),
      emit,
    });
    this.#poll = new Poll({
      fetch: () => this.#fetch(),
      needed: () => !this.#stream.live && this.#stream.attempts >= PATIENCE,
      pause: (first) => this.pause(first),
    });
    this.#stream = new Stream(api.streamAddress(), {
      hello: () => ({ token: this.#session.token, after: this.#cursor }),
      message: (message) => this.#receive(message, true),
      typing: (frame) => this.emit("typing", frame),
      changed: () => this.#streamChanged(),
      refused: () => this.#renew(this.#session.token),
    });
  }

  /** Takes up the conversation of an earlier visit; a first visit costs the gateway nothing. */
  async start() {
    window.addEventListener("online", () => this.#hurry());
    window.addEventListener("offline", () => this.reach(false));
    // A phone that slept has sockets that look alive and are not.
    document.addEventListener("visibilitychange", () => document.hidden || this.#stream.check());
    this.#store.watch("token", (token) => token && token !== this.#session.token && this.#adopt(token));
    this.#store.watch("left", () => this.#leave({ here: false }));
    if (!this.reachable) this.emit("connection", false);
    for (const entry of this.#sender.entries()) this.emit("pending", entry);
    if (this.#session.token) {
      await this.#connect();
      this.#session.refresh();
    }
    this.emit("synced");
    this.#sender.pump();
  }

  get busy() {
    return this.#sender.busy;
  }

  send(text, payload) {
    this.#sender.add(text, payload);
  }

  rate(answerId, value, comment) {
    return this.#api.rate(this.#session.token, answerId, value, comment);
  }

  /** Sent at once where there is a conversation, else when the visitor opens the panel or writes. */
  identify(details) {
    const proven = this.#identity.set(details);
    if (this.#session.token) this.#identity.prove();
    return proven;
  }

  /** The visitor is there. */
  wake() {
    if (this.#identity.waiting) this.#ready().catch(() => {});
  }

  /** Leaves nothing of the visitor in this browser; other tabs follow. */
  forget() {
    this.#identity.forget();
    this.#leave({ here: true });
  }

  async #connect() {
    this.#identity.prove();
    await this.#poll.now();
    if (!this.#session.token) return;
    this.#stream.start();
    this.#poll.start();
  }

  async #fetch() {
    const token = this.#session.token;
    if (!token) return;
    try {
      const { messages, owner, more } = await this.#api.since(token, this.#cursor);
      if (token !== this.#session.token) return;
      messages.forEach((message) => this.#receive(message));
      if (more) return this.#fetch();
      this.#owned(owner);
      this.reach(true);
    } catch (error) {
      if (error.status === 401) this.#renew(token);
      else if (error.unreachable) this.reach(false);
    }
  }

  #receive(message, live = false) {
    if (message.seq <= this.#cursor) return;
    this.#cursor = message.seq;
    if (message.message_id) this.#sender.confirm(message.message_id);
    this.emit("message", message);
    if (message.from === "customer") this.#sender.pump();
    if (!live) return;
    if (message.from === "agent") this.#owned("human");
    // The stream does not say who has the conversation now.
    else if (message.from === "bot" && this.owner !== "bot") this.#poll.now();
  }

  #owned(owner) {
    if (!owner || owner === this.owner) return;
    this.owner = owner;
    this.emit("owner", owner);
  }

  async #deliver(token, entry, taken) {
    const answer = await this.#api.send(token, entry);
    taken();
    if (token !== this.#session.token) return;
    this.reach(true);
    const newest = Math.max(answer.seq ?? Infinity, ...answer.replies.map((reply) => reply.seq));
    if (this.#cursor < newest) await this.#poll.now();
    this.#owned(answer.owner);
  }

  #pauseAfter(error, token) {
    if (error.status === 401) this.#renew(token);
    if (error.status === 401) return 500;
    if (error.retryAfter) this.emit("waiting", error);
    if (error.retryAfter) return error.retryAfter * 1000;
    if (!error.unreachable) return null;
    if (error.status === 0 || !this.#stream.live) this.reach(false);
    return this.pause(1000);
  }

  async #ready() {
    await this.#session.ensure(() => this.#connect());
    // Whoever answers knows from the first word on who it is.
    await this.#identity.prove();
    return this.#session.token;
  }

  /** True where a new session can be told the same. */
  #unidentified({ status }) {
    if (status === 401) this.#renew(this.#session.token);
    // What is here belongs to another customer.
    else if (status === 409) this.#leave({ here: true });
    else return false;
    return setTimeout(() => this.wake()) > 0;
  }

  #leave({ here }) {
    if (here) {
      this.#store.clear();
      this.#store.set("left", Date.now());
    }
    this.#sender.forget();
    this.#switch(null);
    this.emit("forgotten");
  }

  /** The gateway no longer knows the session: a new one begins, and what was not sent goes there. */
  #renew(refused) {
    if (refused !== this.#session.token) return;
    const other = this.#store.get("token");
    if (other === refused) this.#store.remove("token");
    this.#adopt(other === refused ? null : other);
  }

  #adopt(token) {
    const had = this.#session.token;
    if (this.#session.isMine(token)) {
      this.#session.token = token;
      return;
    }
    this.#switch(token);
    if (had) {
      this.#sender.dropPayloads();
      this.#identity.again();
      this.emit("renewed");
    }
    if (token) this.#connect();
    this.#sender.pump();
  }

  #switch(token) {
    this.#stream.stop();
    this.#poll.stop();
    this.#session.change(token);
    this.#cursor = 0;
    this.#sender.restart();
    this.#owned("bot");
  }

  #streamChanged() {
    if (this.#stream.live) {
      this.reach(true);
      this.#sender.hurry();
    }
    this.emit("activity");
  }

  #hurry() {
    if (this.#stream.live) this.#stream.check();
    else this.#stream.hurry();
    this.#sender.hurry();
    if (!this.#session.token) this.reach(true);
  }
}
