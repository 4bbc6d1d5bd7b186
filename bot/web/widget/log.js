/* The list of messages: in the gateway's order, each once, the waiting ones last. */
import { el, iconButton } from "./dom.js";
import { avatar, markRefused, messageElement, pendingElement } from "./message.js";

// Messages of one author this close together read as one; milliseconds.
const TOGETHER = 3 * 60_000;
const NEAR_BOTTOM = 120;

export class Log {
  #tools;
  #scroller;
  #stored = new Map();
  #pending = new Map();
  #past = el("div", { class: "past" });
  #said = el("div", { class: "said" });
  #waiting = el("div", { class: "waiting" });
  #typing;
  #writer;
  #follow = false;
  #frame = 0;
  jump;

  constructor(scroller, tools) {
    const { strings } = tools.config;
    this.#tools = { ...tools, time: (at) => this.#time(at) };
    this.#scroller = scroller;
    this.#typing = el("div", { class: "typing", hidden: true });
    this.jump = iconButton("down", strings.jump, () => this.toBottom(), { class: "jump", hidden: true });
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.element = el(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-label": strings.log, "aria-busy": "true" },
      this.#past,
      this.#said,
      this.#waiting,
      this.#typing
    );
  }

  get empty() {
    return this.#stored.size + this.#pending.size === 0;
  }

  get lastSeq() {
    return Math.max(0, ...this.#stored.keys());
  }

  messages() {
    return [...this.#stored.values()].sort((one, other) => one.seq - other.seq);
  }

  /** Screen readers speak only what comes from now on. */
  ready() {
    this.element.setAttribute("aria-busy", "false");
  }

  addPending(entry) {
    if (this.#pending.has(entry.id) || this.messages().some((message) => message.message_id === entry.id)) return;
    const node = pendingElement(entry, this.#tools.config.strings);
    this.#pending.set(entry.id, node);
    this.#refresh(true);
    this.#waiting.append(node);
  }

  add(message) {
    if (this.#stored.has(message.seq)) return;
    const mine = this.#pending.get(message.message_id);
    mine?.remove();
    this.#pending.delete(message.message_id);
    this.#stored.set(message.seq, message);
    const node = messageElement(message, this.#tools);
    if (mine) node.classList.add("settled");
    this.#refresh(Boolean(mine));
    this.#place(node);
  }

  refuse(entry, reason) {
    const node = this.#pending.get(entry.id);
    if (!node) return;
    this.#pending.delete(entry.id);
    markRefused(node, reason, this.#tools.config.strings);
    this.#refresh(true);
  }

  /** `writer` is a person's name, null the bot. */
  showTyping(on, writer) {
    const follow = this.#atBottom();
    if (on && this.#writer !== writer) this.#typing.replaceChildren(...this.#dots(writer));
    if (on) this.#writer = writer;
    this.#typing.hidden = !on;
    if (follow) this.toBottom();
  }

  #dots(writer) {
    const { strings } = this.#tools.config;
    const spoken = el("span", { class: "unseen", text: `${writer ?? strings.bot} ${strings.typing}` });
    const said = writer ? [el("div", { class: "meta", "aria-hidden": "true", text: `${writer} ${strings.typing}` })] : [];
    const bubble = el("div", { class: "dots" }, spoken, el("i"), el("i"), el("i"));
    return [avatar(writer ? "agent" : "bot", writer ?? ""), el("div", { class: "body" }, bubble, ...said)];
  }

  /** With a notice, what was said stays to be read; without, it goes. */
  startOver(notice) {
    if (notice) this.#past.append(...this.#said.childNodes, el("p", { class: "divider", text: notice }));
    else for (const part of [this.#past, this.#said, this.#waiting]) part.replaceChildren();
    for (const button of this.#past.querySelectorAll("button")) button.disabled = true;
    this.#stored.clear();
    if (!notice) this.#pending.clear();
    this.#refresh(true);
  }

  /** An answer taller than the panel is shown from its first line. */
  toBottom() {
    const last = this.#waiting.lastElementChild ?? this.#said.lastElementChild;
    this.#scroller.scrollTop = last ? last.offsetTop - 16 : 0;
  }

  #scrolled() {
    this.jump.hidden = this.#atBottom();
  }

  #place(node) {
    const later = [...this.#said.children].find((other) => Number(other.dataset.seq) > Number(node.dataset.seq));
    this.#said.insertBefore(node, later ?? null);
  }

  /** Arranges once a frame; who reads further up is left there. */
  #refresh(own) {
    this.#follow ||= own || this.#atBottom();
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#group();
      this.#retireChoices();
      if (this.#follow) this.toBottom();
      this.#follow = false;
    });
  }

  #group() {
    const messages = this.messages();
    [...this.#said.children].forEach((node, place) => {
      const [before, message] = [messages[place - 1], messages[place]];
      node.classList.toggle("follows", Boolean(before) && together(before, message));
      const day = this.#day(message.at);
      if (before && this.#day(before.at) === day) delete node.dataset.day;
      else node.dataset.day = day;
      const next = messages[place + 1];
      const near = message.from === "agent" ? together : soon;
      node.classList.toggle("continued", Boolean(next) && near(message, next));
    });
  }

  /** Once the visitor has gone on, earlier quick replies go. */
  #retireChoices() {
    const messages = this.messages();
    const last = messages.findLastIndex((message) => message.from === "customer");
    [...this.#said.children].forEach((node, place) => {
      const choices = node.querySelector(".choices");
      if (choices) choices.hidden = place < last || this.#pending.size > 0;
    });
  }

  #atBottom() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
  }

  #time(at) {
    return new Date(at).toLocaleTimeString(this.#tools.config.locale, { hour: "numeric", minute: "2-digit" });
  }

  #day(at) {
    const { locale, strings } = this.#tools.config;
    const midnight = new Date().setHours(0, 0, 0, 0);
    const days = Math.round((midnight - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
    if (days === 0) return strings.today;
    if (days === 1) return strings.yesterday;
    return new Date(at).toLocaleDateString(locale, { weekday: "long", day: "numeric", month: "long" });
  }
}

function together(one, other) {
  return one.from === other.from && one.agent === other.agent && soon(one, other);
}

function soon(one, other) {
  return new Date(other.at) - new Date(one.at) < TOGETHER;
}
