/* Thumbs under an answer, and the comment that may follow a thumb down. */
import { el, iconButton } from "./dom.js";

const MAX_COMMENT = 1000;

/** Makes the thumbs of one answer. `tools`: config, rated(id), rate(id, value, comment?) → Promise. */
export function rating(answerId, tools) {
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
