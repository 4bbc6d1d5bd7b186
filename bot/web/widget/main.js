/* Wires the widget: the one place where its parts meet. */
import { Conversation } from "./conversation.js";
import { Api } from "./gateway.js";
import { Log } from "./log.js";
import { Composer, Panel } from "./panel.js";
import { Store } from "./store.js";
import { stringsFor } from "./strings.js";

// Somebody who was writing and stopped; milliseconds.
const TYPING_FOR = 12_000;
const RATINGS_KEPT = 200;
const MAX_CHARACTERS = 4000;

export async function start({ base, attributes }) {
  if (document.readyState === "loading") {
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  }
  return new Widget(base, await readConfig(attributes));
}

/** What a host page may set on the script tag; nothing else is configurable. */
async function readConfig(attributes) {
  const lang = attributes.lang || document.documentElement.lang || "en";
  const strings = await stringsFor(lang);
  return {
    // Dates are written in the visitor's own variety of the language.
    locale: navigator.languages.find((tag) => tag.startsWith(strings.lang)) ?? strings.lang,
    strings,
    title: attributes.title || strings.title,
    subtitle: attributes.subtitle || strings.subtitle,
    welcome: attributes.welcome || strings.welcome,
    suggestions: list(attributes.suggestions) ?? strings.suggestions,
    accent: attributes.accent || "",
    theme: ["light", "dark"].includes(attributes.theme) ? attributes.theme : "auto",
    position: attributes.position === "left" ? "left" : "right",
    direction: attributes.dir || document.documentElement.dir || "ltr",
    limit: Number.parseInt(attributes.maxCharacters, 10) || MAX_CHARACTERS,
  };
}

function list(value) {
  if (value === undefined) return null;
  return value.split("|").map((part) => part.trim()).filter(Boolean).slice(0, 4);
}

class Widget {
  #config;
  #store;
  #conversation;
  #panel;
  #log;
  #composer;
  #typingTimer = 0;
  #loading = true;

  constructor(base, config) {
    this.#config = config;
    this.#store = new Store(base.origin + base.pathname);
    this.#conversation = new Conversation(new Api(base), this.#store);
    this.#panel = new Panel(config, {
      opened: () => this.#opened(),
      closed: () => remember(false),
      save: () => this.#save(),
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
    this.#panel.mount(this.#composer.element);
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

  ask(text) {
    this.#panel.open();
    this.#say(String(text));
    this.#composer.focus();
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
    on("renewed", () => this.#renewed());
    on("typing", () => this.#typing());
    on("activity", () => this.#showTyping());
    on("waiting", (seconds) => this.#panel.notify(strings.waiting(seconds)));
    on("connection", (reachable) => this.#connection(reachable));
    on("synced", () => this.#synced());
    for (const name of ["pending", "message"]) on(name, () => this.#panel.welcome(this.#log.empty));
  }

  #renewed() {
    this.#store.set("seen", 0);
    this.#log.startOver(this.#config.strings.renewed);
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
    if (this.#conversation.reachable) this.#panel.notify("");
    if (message.from !== "customer") this.#stopTyping();
    this.#nameOwner(message);
    this.#showTyping();
    if (!this.#loading) this.#countUnread();
  }

  #nameOwner(message) {
    const { strings, subtitle } = this.#config;
    if (message.from === "agent") this.#panel.subtitle(strings.withPerson(message.agent || strings.person));
    else if (message.from === "bot") this.#panel.subtitle(subtitle);
  }

  #refused(entry, error) {
    const { strings } = this.#config;
    this.#log.refuse(entry, error.message || strings.refused);
    if (!entry.payload) this.#composer.giveBack(entry.text);
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
  }

  async #save() {
    const { saveTranscript } = await import("./transcript.js");
    saveTranscript(this.#log.messages(), this.#config);
  }

  #countUnread() {
    if (this.#panel.isOpen) this.#store.set("seen", this.#log.lastSeq);
    const seen = this.#store.get("seen") ?? 0;
    const unread = this.#log.messages().filter((message) => message.from !== "customer" && message.seq > seen);
    this.#panel.unread(unread.length);
  }

  #typing() {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(() => this.#stopTyping(), TYPING_FOR);
    this.#showTyping();
  }

  #stopTyping() {
    clearTimeout(this.#typingTimer);
    this.#typingTimer = 0;
    this.#showTyping();
  }

  #showTyping() {
    const { busy, reachable } = this.#conversation;
    this.#log.showTyping(reachable && (busy || this.#typingTimer !== 0));
  }
}

/** A reload keeps the panel as it was, in this tab alone. */
function remember(open) {
  try {
    sessionStorage.setItem("frontdesk:open", String(open));
  } catch {
  }
}

function remembered() {
  try {
    return sessionStorage.getItem("frontdesk:open") === "true";
  } catch {
    return false;
  }
}
