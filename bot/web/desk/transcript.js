/* The whole conversation: both sides, what each answer rests on, and the team's notes in their place. */
import { el, linkify } from "../widget/dom.js";
import { percent, refusal, RUNGS, t, time } from "./words.js";

const NEAR_THE_END = 80;

export class Transcript {
  /** `earlier(seq)` asks for the page before a number. */
  constructor(earlier) {
    this.keys = [];
    this.said = new Map();
    this.list = el("ol", { class: "talk" });
    this.more = el("button", { type: "button", class: "plain", hidden: true, text: t("Earlier messages"), on: { click: () => earlier(Math.min(...this.said.keys())) } });
    this.node = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("What was said") }, this.more, this.list);
  }

  /* What was seen stays, while the last page moves on. */
  show({ messages, notes, more }, customer) {
    const first = messages[0]?.seq;
    if (!this.said.has(first)) {
      this.said.clear();
      this.more.hidden = !more;
    }
    this.render(messages, notes, customer);
  }

  prepend({ messages, notes, more }, customer) {
    const fromEnd = this.node.scrollHeight - this.node.scrollTop;
    this.more.hidden = !more;
    this.render(messages, notes, customer);
    this.node.scrollTop = this.node.scrollHeight - fromEnd;
    if (!more) this.node.focus();
  }

  render(messages, notes, customer) {
    for (const message of messages) this.said.set(message.seq, message);
    const first = this.more.hidden ? 0 : Math.min(...this.said.keys());
    const items = [
      ...[...this.said.values()].map((message) => ({ key: `m${message.seq}`, seq: message.seq, note: 0, message })),
      ...notes.filter((note) => note.seq >= first).map((note) => ({ key: `n${note.id}`, seq: note.seq, note: 1, message: note })),
    ].sort((a, b) => a.seq - b.seq || a.note - b.note || a.message.at.localeCompare(b.message.at));
    const fresh = this.keys.length === 0;
    const atEnd = fresh || this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < NEAR_THE_END;
    const keys = items.map((item) => item.key + (item.message.undelivered ? "!" : ""));
    const kept = this.keys.every((key, index) => keys[index] === key) ? this.keys.length : 0;
    if (kept === 0) this.list.replaceChildren();
    for (const item of items.slice(kept)) this.list.append(item.note ? noteElement(item.message) : messageElement(item.message, customer));
    this.keys = keys;
    if (atEnd) this.node.scrollTop = this.node.scrollHeight;
  }
}

function messageElement(message, customer) {
  const author = { customer, bot: t("Bot"), agent: message.agent }[message.from];
  const node = el(
    "li", { class: `said ${message.from}`, "data-seq": message.seq },
    el("div", { class: "by" }, el("strong", { text: author }), " ", el("time", { datetime: message.at, text: time(message.at) })),
    el("div", { class: "bubble", dir: "auto" }, linkify(message.text)),
  );
  if (message.buttons?.length) {
    node.append(el("p", { class: "offered quiet", text: t("Offered: {titles}", { titles: message.buttons.map((button) => button.title).join(" · ") }) }));
  }
  if (message.from === "bot" && message.sources?.length) node.append(knowledge(message));
  if (message.undelivered) node.append(el("p", { class: "refused", text: refusal(message.undelivered) }));
  return node;
}

/* Which tickets an answer came from, and for each sentence which words of them. */
function knowledge(message) {
  const details = el("details", {}, el("summary", { text: t("{rung}, {percent} sure", { rung: RUNGS[message.rung], percent: percent(message.confidence) }) }));
  const list = el("ul", { class: "sources" });
  for (const source of message.sources) list.append(sourceElement(source));
  details.append(list);
  for (const one of message.receipt ?? []) {
    details.append(
      el("figure", { class: "receipt" },
        el("blockquote", { dir: "auto", text: one.text }),
        el("figcaption", { dir: "auto", text: t("rests on {ticket_id}: {span}", one) })),
    );
  }
  return details;
}

export function sourceElement(source) {
  return el(
    "li", {},
    el("strong", { text: source.title }), " ", el("code", { text: source.score >= 0.005 ? `${source.id} · ${percent(source.score)}` : source.id }),
    el("p", { dir: "auto", text: source.excerpt }),
  );
}

function noteElement(note) {
  return el(
    "li", { class: "said note" },
    el("div", { class: "by" }, el("strong", { text: t("Note by {agent}", note) }), " ", el("time", { datetime: note.at, text: time(note.at) })),
    el("div", { class: "bubble", dir: "auto" }, linkify(note.text)),
  );
}
