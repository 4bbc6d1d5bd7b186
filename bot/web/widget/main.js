/* Wires the widget: the one place where its parts meet. */
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Api } from "./gateway.js";
import { Log } from "./log.js";
import { Panel } from "./panel.js";
import { Chime } from "./sound.js";
import { Store, remember, remembered } from "./store.js";
import { saveTranscript } from "./transcript.js";

// Somebody who was writing and stopped; milliseconds.
const TYPING_FOR = 12_000;
const RATINGS_KEPT = 200;

export class Widget {
  #config;
  #events;
  #store;
  #chime;
  #conversation;
  #panel;
  #log;
  #composer;
  #typingTimer = 0;
  #writer = null;
  #agent = "";
  #unread = 0;
  #loading = true;

  constructor(base, config, events) {
    this.#config = config;
    this.#events = events;
    this.#store = new Store(base.origin + base.pathname);
    this.#chime = new Chime(this.#store);
    this.#conversation = new Conversation(new Api(base), this.#store);
    this.#panel = new Panel(config, {
      opened: () => this.#opened(),
      closed: () => this.#closed(),
      save: () => saveTranscript(this.#log.messages(), config),
      sound: (on) => this.#chime.turn(on),
      suggest: (text) => this.ask(text),
    });
    this.#log = new Log(this.#panel.scroller, {
      config,
      choose: (button) => this.#say(button.title, button.payload),
      rated: (id) => this.#store.get("rated")?.[id],
      rate: (id, value, comment) => this.#rate(id, value, comment),
    });
    this.#composer = new Composer(config, (text) => this.#say(text));
    this.#panel.scroller.append(this.#log.element);
    this.#panel.mount(this.#log.jump, this.#composer.element);
    this.#panel.sound(this.#chime.on);
    this.#listen();
    this.#conversation.start();
    if (remembered()) this.#panel.open();
  }

  open() {
    this.#panel.open();
  }

  close() {
    this.#panel.close();
  }

  toggle() {
    this.#panel.toggle();
  }

  ask(text) {
    this.#panel.open();
    this.#say(String(text));
    this.#composer.focus();
  }

  identify(details) {
    const proven = this.#conversation.identify(details);
    if (this.#panel.isOpen) this.#conversation.wake();
    return proven;
  }

  logout() {
    this.#panel.close();
    this.#conversation.forget();
  }

  #say(text, payload = null) {
    this.#conversation.send(text, payload);
  }

  #listen() {
    const { strings } = this.#config;
    const on = (name, handler) => this.#conversation.addEventListener(name, (event) => handler(event.detail));
    on("pending", (entry) => this.#log.addPending(entry));
    on("message", (message) => this.#heard(message));
    on("refused", ({ entry, error }) => this.#refused(entry, error));
    on("renewed", () => this.#startOver(strings.renewed));
    on("forgotten", () => this.#startOver(""));
    on("typing", (frame) => this.#typing(frame));
    on("activity", () => this.#showTyping());
    on("waiting", (error) => this.#panel.notify(strings[error.status === 429 ? "waiting" : "crowded"](error.retryAfter)));
    on("connection", (reachable) => this.#connection(reachable));
    on("owner", (owner) => this.#owned(owner));
    on("identified", (who) => this.#events.emit("identified", who));
    on("error", (error) => this.#complain(error));
    on("synced", () => this.#synced());
    for (const name of ["pending", "message"]) on(name, () => this.#panel.welcome(this.#log.empty));
  }

  #startOver(notice) {
    this.#store.set("seen", 0);
    this.#agent = "";
    this.#log.startOver(notice);
    this.#panel.welcome(this.#log.empty);
    this.#panel.sound(this.#chime.on);
    this.#countUnread();
  }

  #connection(reachable) {
    this.#panel.notify(reachable ? "" : this.#config.strings.offline);
    this.#showTyping();
  }

  #synced() {
    this.#loading = false;
    this.#log.ready();
    this.#log.toBottom();
    this.#countUnread();
  }

  #heard(message) {
    this.#log.add(message);
    if (message.from !== "customer") this.#stopTyping();
    // What had to wait has arrived.
    else if (this.#conversation.reachable) this.#panel.notify("");
    if (message.from === "agent") this.#agent = message.agent ?? "";
    this.#nameOwner();
    this.#showTyping();
    if (this.#loading) return;
    this.#countUnread();
    if (message.from !== "customer" && (document.hidden || !this.#panel.isOpen)) this.#chime.ring();
    const { seq, from, at, text, agent } = message;
    this.#events.emit("message", { seq, from, at, text, agent });
  }

  #owned(owner) {
    this.#nameOwner();
    this.#events.emit("handoff", { owner, agent: owner === "human" ? this.#agent : "" });
  }

  #nameOwner() {
    const { strings, subtitle } = this.#config;
    const { owner } = this.#conversation;
    if (owner === "human") this.#panel.subtitle(strings.withPerson(this.#agent || strings.person));
    else this.#panel.subtitle(owner === "queued" ? strings.queued : subtitle);
  }

  #refused(entry, error) {
    const { strings } = this.#config;
    this.#log.refuse(entry, error.message || strings.refused);
    if (!entry.payload) this.#composer.giveBack(entry.text);
    this.#complain(error);
  }

  #complain({ code, message, status }) {
    this.#events.emit("error", { code, message, status });
  }

  async #rate(id, value, comment) {
    await this.#conversation.rate(id, value, comment);
    const rated = Object.entries({ ...this.#store.get("rated"), [id]: value });
    this.#store.set("rated", Object.fromEntries(rated.slice(-RATINGS_KEPT)));
  }

  #opened() {
    remember(true);
    this.#countUnread();
    this.#log.toBottom();
    this.#composer.focus();
    this.#conversation.wake();
    this.#events.emit("open");
  }

  #closed() {
    remember(false);
    this.#events.emit("close");
  }

  #countUnread() {
    if (this.#panel.isOpen) this.#store.set("seen", this.#log.lastSeq);
    const seen = this.#store.get("seen") ?? 0;
    const unread = this.#log.messages().filter((message) => message.from !== "customer" && message.seq > seen);
    this.#panel.unread(unread.length);
    if (unread.length !== this.#unread) this.#events.emit("unread", unread.length);
    this.#unread = unread.length;
  }

  #typing(frame) {
    clearTimeout(this.#typingTimer);
    this.#writer = frame.author === "agent" ? frame.agent || this.#agent || this.#config.strings.person : null;
    this.#typingTimer = setTimeout(() => this.#stopTyping(), TYPING_FOR);
    this.#showTyping();
  }

  #stopTyping() {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = 0;
    this.#writer = null;
    this.#showTyping();
  }

  #showTyping() {
    const { busy, owner, reachable } = this.#conversation;
    // While a person has the conversation, only that person's own sign counts.
    const working = busy && owner === "bot";
    this.#log.showTyping(reachable && (working || this.#typingTimer !== 0), this.#writer);
  }
}
