/* Where an agent writes: an answer to the customer or a note for the team. */
import { el } from "../widget/dom.js";
import { newId, post } from "./api.js";
import { arrived, draft, keepDraft, onItsWay, send } from "./drafts.js";
import { t } from "./words.js";

const KINDS = { messages: [t("Answer"), t("Write to the customer")], notes: [t("Note"), t("Only the team sees this")] };
/* How often the team and the customer are told that somebody is writing; milliseconds. */
const SIGN_EVERY = 2000;

export class Composer {
  constructor(handoffId, { sent, failed, sign }) {
    Object.assign(this, { handoffId, sent, failed, sign, kind: "messages", signedAt: 0 });
    this.box = el("textarea", { id: "words", rows: 3, dir: "auto", "aria-label": KINDS.messages[1], "aria-describedby": "hint", on: { input: () => this.pressed(), keydown: (event) => this.key(event) } });
    this.button = el("button", { class: "primary", type: "submit", text: t("Send") });
    this.tabs = Object.entries(KINDS).map(([kind, [title]]) =>
      el("button", { type: "button", class: "tab", "data-kind": kind, "aria-pressed": "false", text: title, on: { click: () => this.turn(kind) } }));
    this.node = el(
      "form", { class: "composer", on: { submit: (event) => this.submit(event) } },
      el("div", { class: "tabs", role: "group", "aria-label": t("What you write") }, ...this.tabs),
      this.box,
      el("div", { class: "row" }, el("span", { id: "hint", class: "quiet", text: t("Ctrl + Enter sends") }), this.button),
    );
    this.turn("messages", false);
    this.retry();
  }

  turn(kind, focus = true) {
    this.kind = kind;
    this.box.value = draft(this.handoffId, kind);
    this.box.placeholder = KINDS[kind][1];
    this.box.setAttribute("aria-label", KINDS[kind][1]);
    this.node.dataset.kind = kind;
    this.button.textContent = t(kind === "notes" ? "Keep note" : "Send");
    for (const tab of this.tabs) tab.setAttribute("aria-pressed", String(tab.dataset.kind === kind));
    if (focus) this.box.focus();
  }

  /* A key was pressed: who looks at the same conversation, and the customer, see that somebody writes. */
  pressed() {
    this.typed();
    const writing = this.kind === "messages" && this.box.value.trim() !== "";
    if (writing && Date.now() - this.signedAt < SIGN_EVERY) return;
    if (!writing && !this.signedAt) return;
    this.signedAt = writing ? Date.now() : 0;
    this.sign(writing ? "writing" : "idle");
  }

  typed() {
    keepDraft(this.handoffId, this.kind, this.box.value);
  }

  /* Put words there to be edited; what was begun stays before them. */
  suggest(text) {
    if (this.kind !== "messages") this.turn("messages");
    this.box.value = this.box.value.trim() ? `${this.box.value.trimEnd()}\n\n${text}` : text;
    this.typed();
    this.box.focus();
    this.box.setSelectionRange(0, 0);
    this.box.scrollTop = 0;
  }

  key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit(event);
  }

  submit(event) {
    event.preventDefault();
    const text = this.box.value.trim();
    if (!text) return;
    send(this.handoffId, { kind: this.kind, text, id: newId() });
    this.box.value = "";
    this.pressed();
    this.retry();
  }

  /* Send what is on its way, in order, one after the other. */
  async retry() {
    if (this.sending) return;
    this.sending = true;
    this.node.dataset.sending = "true";
    try {
      for (let [next] = onItsWay(this.handoffId); next; [next] = onItsWay(this.handoffId)) await this.send(next);
    } catch (error) {
      this.failed(error);
    } finally {
      this.sending = false;
      this.node.dataset.sending = String(onItsWay(this.handoffId).length > 0);
    }
  }

  async send({ kind, text, id }) {
    try {
      this.sent(await post(`handoffs/${this.handoffId}/${kind}`, { text, [kind === "notes" ? "note_id" : "message_id"]: id }));
      arrived(this.handoffId, id);
    } catch (error) {
      if (error.status && error.status < 500 && error.status !== 401 && error.status !== 429) {
        // Refused for good: the words go back to where they can be changed.
        arrived(this.handoffId, id);
        keepDraft(this.handoffId, kind, text);
        if (kind === this.kind) this.box.value = text;
      }
      throw error;
    }
  }
}
