/* What the keyboard does: opened by a button, or by "?" outside of a field. */
import { el } from "../widget/dom.js";
import { t } from "./words.js";

const KEYS = [
  ["↑ ↓", t("Move through the list")],
  ["Enter", t("Open the conversation")],
  ["Tab", t("To the next part of the page")],
  ["Ctrl + Enter, ⌘ + Enter", t("Send what you have written")],
  ["?", t("Show this help (outside of a field)")],
  ["Esc", t("Close this help")],
];

const dialog = el(
  "dialog", { class: "help", "aria-labelledby": "help-title" },
  el("h2", { id: "help-title", text: t("Keyboard") }),
  el("dl", {}, ...KEYS.flatMap(([keys, what]) => [el("dt", {}, el("kbd", { text: keys })), el("dd", { text: what })])),
  el("form", { method: "dialog" }, el("button", { class: "primary", text: t("Done") })),
);

const open = () => {
  if (!dialog.isConnected) document.body.append(dialog);
  if (!dialog.open) dialog.showModal();
};

/* Only while somebody is logged in: the button is part of the bar then. */
const button = el("button", { type: "button", class: "plain", "aria-label": t("Keyboard"), text: "?", on: { click: open } });
addEventListener("keydown", (event) => {
  const field = event.target.closest?.("input, textarea, select, dialog");
  if (event.key === "?" && !field && button.isConnected) {
    event.preventDefault();
    open();
  }
});

export const help = { button };
