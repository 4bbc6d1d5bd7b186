/* What helps to answer: why the bot stopped, what it had found, who the customer is, solved tickets, canned replies. */
import { el } from "../widget/dom.js";
import { call, get, post } from "./api.js";
import { sourceElement } from "./transcript.js";
import { ENDINGS, OUTCOMES, percent, problem, reason, t, time } from "./words.js";

export class Side {
  constructor({ me, use, failed }) {
    Object.assign(this, { me, use, failed, own: false, followed: "" });
    this.why = card(t("Why the bot stopped"));
    this.past = card(t("The customer"));
    this.hits = el("ul", { class: "hits", "aria-live": "polite" });
    this.query = el("input", { id: "query", type: "search", "aria-label": t("Search solved tickets"), maxlength: 400 });
    this.tickets = card(
      t("Answers from solved tickets"),
      el("form", { class: "search", role: "search", on: { submit: (event) => this.search(event) } }, this.query, el("button", { class: "plain", type: "submit", text: t("Search") })),
      this.hits,
    );
    this.replies = el("ul", { class: "canned" });
    this.canned = card(t("Canned replies"), this.replies);
    if (me.role === "admin") this.canned.append(this.newReply());
    this.node = el("aside", { class: "side", "aria-label": t("What helps to answer") }, this.why, this.past, this.tickets, this.canned);
    this.loadCanned();
  }

  show({ handoff, messages, earlier }) {
    const question = informative(messages);
    const known = messages.filter((message) => message.from === "bot" && message.sources?.length && message.at <= handoff.requested_at).at(-1);
    const last = messages.filter((message) => message.from === "bot" && message.at >= handoff.requested_at).at(0);
    fill(this.why, el("p", { class: "reason", text: reason(handoff.reason) }), ...facts(informative(messages.filter((message) => message.at <= handoff.requested_at)), known, last));
    fill(this.past, ...past(handoff, earlier));
    // Follows the customer until the agent searches for words of their own.
    if (question && question.text !== this.followed && !this.own) {
      this.followed = question.text;
      this.query.value = question.text.slice(0, 400);
      this.search();
    }
  }

  async search(event) {
    event?.preventDefault();
    this.own ||= Boolean(event);
    const words = this.query.value.trim();
    if (!words) return;
    this.hits.replaceChildren(el("li", { class: "quiet", text: t("Looking…") }));
    try {
      const { hits } = await get(`search?q=${encodeURIComponent(words)}`);
      this.hits.replaceChildren(...(hits.length ? hits.map((hit) => this.hit(hit)) : [el("li", { class: "quiet", text: t("Nothing near these words.") })]));
    } catch (error) {
      this.hits.replaceChildren(el("li", { class: "quiet", text: problem(error) }));
    }
  }

  hit(hit) {
    const node = sourceElement(hit);
    node.append(el("button", { type: "button", class: "plain", "aria-label": t("Use the answer of {id}", hit), text: t("Use this answer"), on: { click: () => this.use(hit.draft ?? hit.answer ?? hit.excerpt) } }));
    return node;
  }

  async loadCanned() {
    try {
      const { canned } = await get("canned");
      this.replies.replaceChildren(...(canned.length ? canned.map((reply) => this.reply(reply)) : [el("li", { class: "quiet", text: t("None yet.") })]));
    } catch (error) {
      this.failed(error);
    }
  }

  reply(reply) {
    const node = el("li", {}, el("button", { type: "button", class: "plain", title: reply.text, text: reply.title, on: { click: () => this.use(reply.text) } }));
    if (this.me.role === "admin") {
      const remove = async () => {
        await call("DELETE", `canned/${reply.id}`).catch(this.failed);
        this.loadCanned();
      };
      node.append(el("button", { type: "button", class: "remove", "aria-label": t("Remove {title}", reply), text: "×", on: { click: remove } }));
    }
    return node;
  }

  newReply() {
    const title = el("input", { "aria-label": t("Title of a new canned reply"), placeholder: t("Title"), maxlength: 80, required: true });
    const text = el("textarea", { "aria-label": t("Text of a new canned reply"), placeholder: t("Text"), rows: 3, required: true });
    const submit = async (event) => {
      event.preventDefault();
      await post("canned", { title: title.value, text: text.value }).then(() => event.target.reset(), this.failed);
      this.loadCanned();
    };
    return el("details", { class: "new" }, el("summary", { text: t("Add one") }), el("form", { on: { submit } }, title, text, el("button", { class: "plain", type: "submit", text: t("Add") })));
  }
}

/* What it is about: the customer's last question, or else the last words of some length before a person answered. */
function informative(messages) {
  // A command of Telegram ("/start") is about nothing.
  const spoken = messages.filter((message) => message.from === "customer" && !message.text.startsWith("/"));
  const said = spoken.filter((message) => (message.text.split(/\s+/).length > 3 || /[\u3400-\u9fff]{5}/.test(message.text)));
  const answered = messages.find((message) => message.from === "agent")?.seq ?? Infinity;
  return said.filter((message) => /[?？]/.test(message.text)).at(-1) ?? said.filter((message) => message.seq < answered).at(-1) ?? said.at(-1) ?? spoken[0];
}

function card(title, ...children) {
  return el("section", { class: "card", "aria-label": title }, el("h2", { text: title }), ...children);
}

function fill(section, ...children) {
  section.replaceChildren(section.firstChild, ...children);
}

function facts(question, known, last) {
  const found = [];
  if (question) found.push(el("blockquote", { dir: "auto", text: question.text }));
  const words = last && last.rung === "handoff" && last.confidence > 0 && last.confidence < 1 ? t("It was {percent} sure, which is too little to answer.", { percent: percent(last.confidence) }) : "";
  if (words) found.push(el("p", { class: "quiet", text: words }));
  const sources = (last?.sources?.length ? last : known)?.sources ?? [];
  if (sources.length) {
    found.push(el("p", { class: "quiet", text: t("What it had found:") }), el("ul", { class: "sources" }, ...sources.slice(0, 3).map(sourceElement)));
  } else found.push(el("p", { class: "quiet", text: t("It had found nothing in the solved tickets.") }));
  return found;
}

function past(handoff, earlier) {
  const rows = [[t("Channel"), handoff.channel], [t("Asked for a person"), time(handoff.requested_at)]];
  // What the shop's own server vouches for stands apart from what somebody has typed.
  const { customer } = handoff;
  if (customer) rows.unshift([t("Verified customer"), [customer.name, customer.email, customer.user_id].filter(Boolean).join(" · ")]);
  if (handoff.contact) rows.push([t("Wants to be reached at"), handoff.contact]);
  if (handoff.csat) rows.push([t("Rated us"), t("{csat} of 5", handoff)]);
  const list = el("dl", {}, ...rows.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })]));
  const before = earlier.filter((one) => one.closed_at);
  if (!before.length) return [list];
  const lines = before.map((one) => el("li", { text: [time(one.requested_at), reason(one.reason), OUTCOMES[one.outcome] ?? ENDINGS[one.ended], one.agent, one.csat && t("rated {csat}/5", one)].filter(Boolean).join(" · ") }));
  return [list, el("h3", { text: t("Earlier") }), el("ul", { class: "earlier" }, ...lines)];
}
