/* One message as elements: bubble, sources, thumbs, quick replies, time. */
import { el, icon, linkify } from "./dom.js";
import { rating } from "./rating.js";

/** Makes the element of a stored message. `tools`: config, time(at), choose(button), rated, rate. */
export function messageElement(message, tools) {
  const { strings } = tools.config;
  const author = message.from;
  const name = author === "agent" ? message.agent || strings.person : strings.bot;
  const node = frame(author, author === "customer" ? strings.you : name, message.text);
  node.dataset.seq = message.seq;
  if (message.rung) node.dataset.rung = message.rung;
  if (author !== "customer") {
    node.prepend(avatar(author, name));
    extras(node.querySelector(".body"), message, tools);
  }
  node.querySelector(".body").append(el("div", { class: "meta" }, stamp(author, name, message.at, tools)));
  return node;
}

/** Makes the element of a message that waits in the outbox. */
export function pendingElement(entry, strings) {
  const node = frame("customer", strings.you, entry.text);
  node.classList.add("pending");
  node.dataset.id = entry.id;
  node.querySelector(".body").append(el("div", { class: "meta" }, el("span", { class: "state", text: strings.sending })));
  return node;
}

/** Turns a waiting message into one that was refused, and says why. */
export function markRefused(node, reason, strings) {
  node.classList.remove("pending");
  node.classList.add("refused");
  node.querySelector(".state").textContent = `${strings.notSent}. ${reason}`;
}

function frame(author, name, text) {
  const spoken = el("span", { class: "unseen", text: `${name}: ` });
  const bubble = el("div", { class: "bubble", dir: "auto" }, spoken, linkify(text ?? ""));
  return el("div", { class: `message ${author}` }, el("div", { class: "body" }, bubble));
}

function avatar(author, name) {
  if (author === "bot") return el("div", { class: "avatar", "aria-hidden": "true" }, icon("leaf"));
  return el("div", { class: "avatar person", "aria-hidden": "true", text: Array.from(name)[0]?.toUpperCase() ?? "" });
}

function stamp(author, name, at, { time }) {
  const text = author === "agent" ? `${name} · ${time(at)}` : time(at);
  return el("time", { datetime: at, text });
}

function extras(body, message, tools) {
  const { strings } = tools.config;
  const sources = message.sources ?? [];
  if (sources.length) body.append(sourceList(sources, strings));
  if (sources.length && message.answer_id) body.append(rating(message.answer_id, tools));
  if (message.buttons?.length) body.append(choices(message.buttons, tools));
}

function sourceList(sources, strings) {
  const items = sources.map((source) =>
    el(
      "li",
      {},
      el("div", { class: "source-title", dir: "auto" }, el("code", { text: source.id }), source.title),
      el("p", { class: "source-excerpt", dir: "auto", text: source.excerpt })
    )
  );
  const summary = el("summary", {}, icon("down", "turn"), strings.sources(sources.length));
  return el("details", { class: "sources" }, summary, el("ol", {}, ...items));
}

function choices(buttons, { choose, config }) {
  const nodes = buttons.map((button) =>
    el("button", { type: "button", class: "chip", text: button.title, on: { click: () => choose(button) } })
  );
  return el("div", { class: "choices", role: "group", "aria-label": config.strings.choices }, ...nodes);
}
