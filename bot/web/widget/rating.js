/* How good an answer was: two thumbs, a comment after a thumb down, and stars for the work of a person. */
import { el, icon, iconButton } from "./dom.js";

const MAX_COMMENT = 1000;

/** `tools`: config, rated(id), rate(id, value, comment?) → Promise. */
export function thumbs(answerId, tools) {
  const { strings } = tools.config;
  const state = el("span", { class: "rating-state", role: "status" });
  const buttons = ["up", "down"].map((value) =>
    iconButton("up", strings[value], () => choose(value), { class: `thumb ${value}`, "aria-pressed": "false" })
  );
  const node = el("div", { class: "rating", role: "group", "aria-label": strings.rate }, ...buttons, state);

  const show = (value) => {
    buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.classList.contains(value))));
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
    node.querySelector("form")?.remove();
    const form = commentForm(answerId, tools, state, () => buttons[1].focus());
    node.append(form);
    form.querySelector("textarea").focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  show(tools.rated(answerId));
  return node;
}

function commentForm(answerId, tools, state, left) {
  const { strings } = tools.config;
  const input = el("textarea", {
    rows: 2, maxlength: MAX_COMMENT, placeholder: strings.commentAsk, "aria-label": strings.commentAsk, dir: "auto",
  });
  const leave = () => {
    form.remove();
    left();
  };
  const form = el("form", { class: "comment" }, input,
    el("button", { class: "chip", text: strings.commentSend }),
    el("button", { class: "skip", type: "button", text: strings.commentSkip, on: { click: leave } }));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    // It closes the field, not the panel.
    event.stopPropagation();
    leave();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const comment = input.value.trim();
    if (!comment || (await attempt(() => tools.rate(answerId, "down", comment), state, strings))) leave();
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

/** Numbers from bad to good, as stars: each star is one of the gateway's buttons. */
export function stars(buttons, { choose, config }) {
  const nodes = buttons.map((button) =>
    el("button", {
      type: "button", class: "chip star", "aria-label": button.title, title: button.title, on: { click: () => choose(button) },
    }, icon("star"))
  );
  return el("div", { class: "choices stars", role: "group", "aria-label": config.strings.stars }, ...nodes);
}
