/* One message as elements: bubble, sources, thumbs, quick replies, time. */
import { el, icon, iconButton, linkify } from "./dom.js";

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
  node.querySelector(".body").append(el("div", { class: "meta" }, stamp(author, name, message.at, tools)));
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
  // A question back is not an answer: it rests on nothing yet.
  const sources = (message.rung !== "clarify" && message.sources) || [];
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
  const toggle = (event) => event.target.scrollIntoView({ block: "nearest" });
  return el("details", { class: "sources", on: { toggle } }, summary, el("ol", {}, ...items));
}

function choices(buttons, { choose, config }) {
  const nodes = buttons.map((button) =>
    el("button", { type: "button", class: "chip", text: button.title, on: { click: () => choose(button) } })
  );
  return el("div", { class: "choices", role: "group", "aria-label": config.strings.choices }, ...nodes);
}

const MAX_COMMENT = 1000;

function rating(answerId, tools) {
  const { strings } = tools.config;
  const state = el("span", { class: "rating-state", role: "status" });
  const thumbs = ["up", "down"].map((value) =>
    iconButton("up", strings[value], () => choose(value), { class: `thumb ${value}`, "aria-pressed": "false" })
  );
  const node = el("div", { class: "rating", role: "group", "aria-label": strings.rate }, ...thumbs, state);

  const show = (value) => {
    thumbs.forEach((thumb) => thumb.setAttribute("aria-pressed", String(thumb.classList.contains(value))));
  };

  async function choose(value) {
    const before = tools.rated(answerId);
    show(value);
    node.querySelector("form")?.remove();
    const saved = await attempt(() => tools.rate(answerId, value), state, strings);
    if (!saved) show(before);
    else if (value === "down") offerComment();
  }

  function offerComment() {
    const form = commentForm(answerId, tools, state);
    node.append(form);
    form.scrollIntoView({ block: "nearest" });
  }

  show(tools.rated(answerId));
  return node;
}

function commentForm(answerId, tools, state) {
  const { strings } = tools.config;
  const input = el("textarea", {
    rows: 2, maxlength: MAX_COMMENT, placeholder: strings.commentAsk, "aria-label": strings.commentAsk,
  });
  const form = el("form", { class: "comment" }, input, el("button", { class: "chip", text: strings.commentSend }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const comment = input.value.trim();
    const saved = !comment || (await attempt(() => tools.rate(answerId, "down", comment), state, strings));
    if (saved) form.remove();
  });
  return form;
}

async function attempt(work, state, strings) {
  try {
    await work();
    state.textContent = strings.thanks;
    return true;
  } catch {
    state.textContent = strings.rateFailed;
    return false;
  }
}
