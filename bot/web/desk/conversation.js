/* One conversation: who has it, what can be done with it, what was said, where to write. */
import { el } from "../widget/dom.js";
import { get, post } from "./api.js";
import { Composer } from "./composer.js";
import { Side } from "./side.js";
import { Transcript } from "./transcript.js";
import { ENDINGS, nameOf, OUTCOMES, t } from "./words.js";

export class Conversation {
  constructor(id, me, { changed, failed, back, sign }) {
    Object.assign(this, { id, me, changed, failed });
    this.title = el("h1", { tabindex: "-1" });
    this.owner = el("p", { class: "quiet owner" });
    this.others = el("p", { class: "quiet others", "aria-live": "polite" });
    this.actions = el("div", { class: "actions", role: "group", "aria-label": t("What to do") });
    this.transcript = new Transcript((seq) => this.earlier(seq));
    this.composer = new Composer(id, { sent: (data) => this.show(data), failed, sign });
    this.side = new Side({ me, failed, use: (text) => this.composer.suggest(text) });
    const head = el("header", {}, el("button", { type: "button", class: "plain back", text: t("‹ All"), on: { click: back } }), el("div", { class: "names" }, this.title, this.owner, this.others), this.actions);
    this.node = el("main", { class: "conversation" }, head, this.transcript.node, this.composer.node);
  }

  show(data) {
    const { handoff } = data;
    this.handoff = handoff;
    this.title.textContent = nameOf(handoff);
    const mine = handoff.owner === "human" && handoff.agent === this.me.name;
    const open = !handoff.closed_at;
    this.owner.textContent = standing(handoff, mine);
    this.node.dataset.state = open ? (mine ? "mine" : handoff.owner) : "closed";
    this.transcript.show(data, nameOf(handoff));
    this.side.show(data);
    const others = open && handoff.owner === "human" && !mine;
    // Notes stay possible; the customer is written to by whoever has the conversation, or takes it by answering.
    if ((others || !open) && this.composer.kind === "messages") this.composer.turn("notes", false);
    this.composer.tabs[0].disabled = others || !open;
    this.renderActions(open, mine, others);
  }

  async earlier(seq) {
    try {
      this.transcript.prepend(await get(`handoffs/${encodeURIComponent(this.id)}?before=${seq}`), nameOf(this.handoff));
    } catch (error) {
      this.failed(error);
    }
  }

  renderActions(open, mine, others) {
    const key = JSON.stringify([open, mine, others, this.handoff.epoch]);
    if (key === this.actionsKey) return;
    this.actionsKey = key;
    const buttons = [];
    const act = (text, path, body, kind = "plain") => buttons.push(el("button", { type: "button", class: kind, text, on: { click: () => this.act(path, body) } }));
    if (open && !mine) act(t(others ? "Take over" : "Take"), "take", { epoch: this.handoff.epoch }, "primary");
    if (mine) act(t("Release"), "release");
    if (open && !others) act(t("Return to bot"), "return");
    if (open && !others) buttons.push(this.closing());
    this.actions.replaceChildren(...buttons);
  }

  closing() {
    const outcome = el("select", { "aria-label": t("Outcome") }, ...Object.entries(OUTCOMES).map(([value, text]) => el("option", { value, text })));
    const submit = (event) => {
      event.preventDefault();
      this.act("close", { outcome: outcome.value });
    };
    return el("form", { class: "closing", on: { submit } }, outcome, el("button", { type: "submit", class: "plain", text: t("Close") }));
  }

  /* Colleagues who look at this conversation too. */
  met(places) {
    const here = places.filter((place) => place.handoff === this.id);
    this.others.textContent = here.map(({ name, writing }) => t(writing ? "{name} is writing…" : "{name} is looking", { name })).join(" · ");
  }

  async act(path, body) {
    try {
      this.show(await post(`handoffs/${this.id}/${path}`, body));
      if (path === "take") {
        this.composer.turn("messages");
      } else this.title.focus();
    } catch (error) {
      this.failed(error);
    }
    this.changed();
  }
}

function standing(handoff, mine) {
  if (handoff.closed_at) {
    const rated = handoff.csat ? t(", rated {csat} of 5", handoff) : "";
    const outcome = handoff.outcome ? t(": {outcome}", { outcome: OUTCOMES[handoff.outcome].toLowerCase() }) : "";
    return `${ENDINGS[handoff.ended] ?? t("Closed")}${outcome}${handoff.agent ? t(" by {agent}", handoff) : ""}${rated}`;
  }
  if (handoff.owner === "queued") return t("Waits for a person");
  return mine ? t("Yours; the bot keeps still") : t("{agent} has it; the bot keeps still", handoff);
}
