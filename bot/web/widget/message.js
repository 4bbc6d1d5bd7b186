/* One message as elements: bubble, sources, thumbs, quick replies, time. */
import { el, icon, linkify } from "./dom.js";
import { stars, thumbs } from "./rating.js";

/** `tools`: config, time(at), choose(button), rated(id), rate(id, value, comment?) → Promise. */
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
  const meta = el("div", { class: "meta" }, stamp(author, name, message.at, tools));
  node.querySelector(".body").append(meta);
  if (rateable(message)) meta.append(thumbs(message.answer_id, tools));
  return node;
}

export function pendingElement(entry, strings) {
  const node = frame("customer", strings.you, entry.text);
  node.classList.add("pending");
  node.dataset.id = entry.id;
  node.querySelector(".body").append(el("div", { class: "meta" }, el("span", { class: "state", text: strings.sending })));
  return node;
}

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

export function avatar(author, name) {
  if (author === "bot") return el("div", { class: "avatar", "aria-hidden": "true" }, icon("leaf"));
  return el("div", { class: "avatar person", "aria-hidden": "true", text: Array.from(name)[0]?.toUpperCase() ?? "" });
}

function stamp(author, name, at, { time }) {
  const text = author === "agent" ? `${name} · ${time(at)}` : time(at);
  return el("time", { datetime: at, text });
}

/** A question back is not an answer: it rests on nothing yet. */
function sourcesOf(message) {
  return (message.rung !== "clarify" && message.sources) || [];
}

function rateable(message) {
  return Boolean(message.answer_id) && sourcesOf(message).length > 0;
}

function extras(body, message, tools) {
  const [sources, buttons] = [sourcesOf(message), message.buttons ?? []];
  if (sources.length) body.append(sourceList(sources, tools.config.strings));
  if (!buttons.length) return;
  // How content the customer was with a person, from 1 to 5.
  const scale = buttons.length === 5 && buttons.every(({ title }, place) => parseInt(title, 10) === place + 1);
  body.append((scale ? stars : choices)(buttons, tools));
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
  const summary = el("summary", {}, icon("next", "turn"), strings.sources(sources.length));
  const toggle = (event) => event.target.scrollIntoView({ block: "nearest" });
  return el("details", { class: "sources", on: { toggle } }, summary, el("ol", {}, ...items));
}

function choices(buttons, { choose, config }) {
  const nodes = buttons.map((button) =>
    el("button", { type: "button", class: "chip", dir: "auto", text: button.title, on: { click: () => choose(button) } })
  );
  return el("div", { class: "choices", role: "group", "aria-label": config.strings.choices }, ...nodes);
}
